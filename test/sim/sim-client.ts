// A client and the listener before it, simulated: a body that comes in pieces, a socket that fills up, a client that
// goes away at any moment. Keeps to the contract of exchange/downstream.ts and notes who breaks it.

import type { HeaderBlock } from '../../src/base/header-field.ts';
import type { Downstream, RequestBody } from '../../src/exchange/downstream.ts';
import type { BodySink } from '../../src/exchange/upstream.ts';
import type { World } from './world.ts';

export type End = 'sent' | 'streamed' | 'cut' | 'client gone' | null;

export class SimClient implements Downstream {
  aborted = false;
  readonly tls = false;
  readonly connection = null;
  readonly localPort = 80;
  readonly body: SimBody | null;
  readonly upgrade = null;
  readonly faults: string[] = [];
  end_: End = null;
  status = 0;
  headers = '';
  bytes = 0;
  readonly #world: World;
  #isStreaming = false;
  #onAborts: (() => void)[] = [];
  #onDrain: (() => void) | null = null;

  /** @param bodyChunks - sizes of the pieces of the body; empty for none */
  constructor(world: World, bodyChunks: readonly number[]) {
    this.#world = world;
    this.body = bodyChunks.length === 0 ? null : new SimBody(world, this, bodyChunks);
  }

  get isOver(): boolean {
    return this.end_ !== null;
  }

  remoteAddress(): string {
    return '192.0.2.1';
  }

  onAbort(callback: () => void): void {
    if (this.aborted) callback();
    else this.#onAborts.push(callback);
  }

  /** The client goes away. */
  leave(): void {
    if (this.isOver) return;
    this.end_ = 'client gone';
    this.aborted = true;
    this.body?.abort();
    for (const callback of this.#onAborts.splice(0)) callback();
  }

  send(status: number, headers: HeaderBlock, body: string | Uint8Array | null): void {
    if (!this.#begins(status, headers)) return;
    this.bytes = body === null ? 0 : Buffer.byteLength(body);
    this.#over('sent');
  }

  begin(status: number, headers: HeaderBlock, _lengthBytes: number | null): void {
    if (this.#begins(status, headers)) this.#isStreaming = true;
  }

  write(chunk: Uint8Array): boolean {
    if (this.isOver) return true;
    if (!this.#isStreaming) this.faults.push('write before begin');
    this.bytes += chunk.byteLength;
    if (this.#world.chance(0.6)) return true;
    this.#world.soon(() => {
      if (!this.isOver) this.#onDrain?.();
    });
    return false;
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  end(): void {
    if (this.isOver) return;
    if (!this.#isStreaming) this.faults.push('end before begin');
    this.#over('streamed');
  }

  destroy(): void {
    if (!this.isOver) this.#over('cut');
  }

  #begins(status: number, headers: HeaderBlock): boolean {
    if (this.isOver && this.end_ !== 'client gone') this.faults.push(`a second answer, ${status}`);
    if (this.#isStreaming) this.faults.push(`an answer ${status} inside a streamed one`);
    if (this.isOver) return false;
    this.status = status;
    this.headers = headers.toString();
    return true;
  }

  #over(end: End): void {
    this.end_ = end;
    this.body?.cancel();
  }
}

class SimBody implements RequestBody {
  readonly lengthBytes: number | null;
  /** All of it has arrived and was taken. */
  isWhole = false;
  readonly #world: World;
  readonly #client: SimClient;
  readonly #chunks: number[];
  #sink: BodySink | null = null;
  #done: ((body: Uint8Array | null) => void) | null = null;
  #gathered = 0;
  #isPaused = false;
  #isOver = false;

  constructor(world: World, client: SimClient, chunks: readonly number[]) {
    this.#world = world;
    this.#client = client;
    this.#chunks = [...chunks];
    this.lengthBytes = world.chance(0.5) ? null : chunks.reduce((a, b) => a + b, 0);
  }

  start(sink: BodySink): void {
    if (this.#sink !== null || this.#done !== null) this.#client.faults.push('the body is read twice');
    if (this.#isOver) sink.onAbort();
    else {
      this.#sink = sink;
      this.#next();
    }
  }

  collect(done: (body: Uint8Array | null) => void): void {
    if (this.#sink !== null || this.#done !== null) this.#client.faults.push('the body is read twice');
    if (this.#isOver) done(null);
    else {
      this.#done = done;
      this.#next();
    }
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#next();
  }

  cancel(): void {
    this.#isOver = true;
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink?.onAbort();
    this.#done?.(null);
  }

  #next(): void {
    this.#world.soon(() => {
      if (this.#isOver) return;
      const size = this.#chunks.shift();
      if (size === undefined) {
        this.#isOver = true;
        this.isWhole = true;
        this.#sink?.onEnd();
        this.#done?.(Buffer.from(`"${'x'.repeat(this.#gathered)}"`));
        return;
      }
      this.#gathered += size;
      const wantsMore = this.#sink?.onChunk(Buffer.alloc(size, 'x')) ?? true;
      if (wantsMore) this.#next();
      else this.#isPaused = true;
    });
  }
}
