// Backends, simulated: they answer late, in pieces, cut, never, or before they have read the request. Keeps to the
// contract of exchange/upstream.ts and notes who breaks it.

import type {
  Upstream,
  UpstreamCall,
  UpstreamFailure,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamTarget,
} from '../../src/exchange/upstream.ts';
import type { World } from './world.ts';

export class SimUpstream implements Upstream {
  readonly calls: SimCall[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  target(): UpstreamTarget {
    return {
      send: (request, handler) => {
        const call = new SimCall(this.#world, request, handler);
        this.calls.push(call);
        return call;
      },
    };
  }

  close(): void {}
}

export class SimCall implements UpstreamCall {
  readonly request: UpstreamRequest;
  isOver = false;
  readonly #world: World;
  readonly #handler: UpstreamHandler;
  #isPaused = false;
  #onResume: (() => void) | null = null;
  #bodyIsCancelled = false;

  constructor(world: World, request: UpstreamRequest, handler: UpstreamHandler) {
    this.request = request;
    this.#world = world;
    this.#handler = handler;
    world.after(request.timeoutMs, () => this.#fail('timeout'));
    world.soon(() => this.#readBody());
    if (world.chance(0.15))
      world.after(world.between(0, 60), () => this.#fail(world.pick(['connect', 'closed', 'malformed'])));
    // Some never answer: the time-out ends them.
    if (world.chance(0.9)) world.after(world.between(1, 40), () => this.#answer());
  }

  abort(): void {
    this.isOver = true;
    this.#cancelBody();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const go = this.#onResume;
    this.#onResume = null;
    go?.();
  }

  #readBody(): void {
    const { body } = this.request;
    if (this.isOver || body === null || typeof body === 'string' || body instanceof Uint8Array) return;
    body.start({
      onChunk: () => {
        if (this.#world.chance(0.7)) return true;
        this.#world.soon(() => {
          if (!this.#bodyIsCancelled) body.resume();
        });
        return false;
      },
      onEnd: () => {},
      onAbort: () => this.#fail('request-body'),
    });
  }

  #cancelBody(): void {
    const { body } = this.request;
    if (body === null || typeof body === 'string' || body instanceof Uint8Array) return;
    this.#bodyIsCancelled = true;
    body.cancel();
  }

  #fail(kind: UpstreamFailure['kind']): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#cancelBody();
    this.#handler.onError({ kind, source: 'upstream', detail: `simulated ${kind}`, retrySafe: false });
  }

  #answer(): void {
    if (this.isOver) return;
    const chunks = Array.from({ length: this.#world.between(0, 4) }, () => this.#world.between(1, 50_000));
    const length = chunks.reduce((a, b) => a + b, 0);
    const isAnnounced = this.#world.chance(0.5);
    const fields = ['X-Seen', headerOf(this.request.headers, 'x-v') ?? 'none'];
    if (isAnnounced) fields.push('Content-Length', String(length));
    this.#handler.onHead(this.#world.pick([200, 201, 404, 503]), fields, isAnnounced ? length : null);
    if (this.#world.chance(0.5)) this.#body(chunks);
    else this.#world.soon(() => this.#body(chunks));
  }

  #body(chunks: number[]): void {
    if (this.isOver) return;
    if (this.#isPaused) {
      this.#onResume = () => this.#body(chunks);
      return;
    }
    const size = chunks.shift();
    if (size === undefined) {
      this.isOver = true;
      this.#cancelBody();
      this.#handler.onEnd();
      return;
    }
    if (!this.#handler.onData(Buffer.alloc(size, 'y'))) this.#isPaused = true;
    this.#world.soon(() => this.#body(chunks));
  }
}

export function headerOf(headers: readonly string[], name: string): string | null {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === name) return headers[i + 1]!;
  return null;
}
