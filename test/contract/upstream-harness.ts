// What the upstream contract needs: scripted servers on raw sockets, and a caller that writes down what it is told.

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import type {
  BodySink,
  BodySource,
  Upstream,
  UpstreamCall,
  UpstreamFailure,
  UpstreamRequest,
  UpstreamTarget,
} from '../../src/exchange/upstream.ts';
import type { UpstreamOptions } from '../../src/gateway/upstream/index.ts';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { selfSigned } from '../upstream/certificates.ts';

/** One client under one scheme, and what it cannot do, with the reason. */
export interface Subject {
  readonly name: string;
  readonly client: 'lean' | 'undici';
  readonly secure: boolean;
  readonly cannot: Readonly<Record<string, string>>;
  /** How targets are made, when not by their origin. */
  readonly target?: (t: TestContext, origin: string, options: UpstreamOptions) => UpstreamTarget;
}

const certificate = selfSigned({ host: '127.0.0.1' });

/** A server that runs `script` on each connection. */
export interface ScriptServer {
  readonly origin: string;
  connections: number;
  /** Requests seen so far, heads and bodies as they came, per connection. */
  readonly received: string[];
}

/** Starts a server on a free port; it ends with the test. */
export async function serve(
  t: TestContext,
  subject: Subject,
  script: (socket: Socket, index: number) => void,
): Promise<ScriptServer> {
  const sockets = new Set<Socket>();
  const state: ScriptServer = { origin: '', connections: 0, received: [] };
  const onSocket = (socket: Socket): void => {
    const index = state.connections++;
    state.received.push('');
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (data) => {
      state.received[index] += data.toString('latin1');
    });
    socket.setNoDelay(true);
    script(socket, index);
  };
  const server = subject.secure
    ? createTlsServer({ ...certificate, allowHalfOpen: true } as never, onSocket)
    : createServer({ allowHalfOpen: true }, onSocket);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { origin: `${subject.secure ? 'https' : 'http'}://127.0.0.1:${port}` });
}

/** A script: calls `answer` once for each request, when its body of known length has come, or before a chunked one. */
export function onEachRequest(answer: (socket: Socket, head: string) => void): (socket: Socket) => void {
  return (socket) => {
    let text = '';
    let inChunks = false;
    socket.on('data', (data) => {
      text += data.toString('latin1');
      for (;;) {
        if (inChunks) {
          const last = text.indexOf('0\r\n\r\n');
          if (last < 0) return;
          text = text.slice(last + 5);
          inChunks = false;
        }
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = text.slice(0, end + 4);
        const length = /\r\ncontent-length: (\d+)/i.exec(head);
        const total = end + 4 + Number(length?.[1] ?? 0);
        if (text.length < total) return;
        text = text.slice(total);
        inChunks = /\r\ntransfer-encoding:/i.test(head);
        answer(socket, head);
      }
    });
  };
}

/** A script that answers every request with the same bytes. */
export function answering(bytes: string): (socket: Socket) => void {
  return onEachRequest((socket) => socket.write(bytes, 'latin1'));
}

export function upstreamOf(t: TestContext, subject: Subject, options: UpstreamOptions = {}): Upstream {
  const upstream = createUpstream({ client: subject.client, ...options });
  t.after(() => upstream.close());
  return upstream;
}

/** The target of a scripted server, its self-signed certificate accepted. */
export function targetOf(
  t: TestContext,
  subject: Subject,
  server: ScriptServer,
  options?: UpstreamOptions,
): UpstreamTarget {
  if (subject.target !== undefined) return subject.target(t, server.origin, options ?? {});
  return upstreamOf(t, subject, options).target(server.origin, { insecureSkipVerification: true });
}

/** What a caller was told, in order. */
export interface Answer {
  status: number;
  headers: readonly string[];
  lengthBytes: number | null;
  body: string;
  failure: UpstreamFailure | null;
  /** 'head', 'data' (consecutive ones once), 'end', 'error' */
  events: string[];
}

/** Hooks into a call under way. */
export interface Watch {
  onHead?(call: UpstreamCall): void;
  onData?(call: UpstreamCall, chunk: Uint8Array): boolean;
  onCall?(call: UpstreamCall): void;
}

/** Sends and waits for onEnd or onError. */
export function exchange(
  target: UpstreamTarget,
  request: Partial<UpstreamRequest> = {},
  watch: Watch = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const answer: Answer = { status: 0, headers: [], lengthBytes: null, body: '', failure: null, events: [] };
    const call = target.send(requestOf(request), {
      onHead(status, headers, lengthBytes) {
        Object.assign(answer, { status, headers, lengthBytes });
        answer.events.push('head');
        watch.onHead?.(call);
      },
      onData(chunk) {
        answer.body += Buffer.from(chunk).toString('latin1');
        if (answer.events.at(-1) !== 'data') answer.events.push('data');
        return watch.onData?.(call, chunk) ?? true;
      },
      onEnd() {
        answer.events.push('end');
        resolve(answer);
      },
      onError(failure) {
        answer.events.push('error');
        answer.failure = failure;
        resolve(answer);
      },
    });
    watch.onCall?.(call);
  });
}

export function requestOf(request: Partial<UpstreamRequest>): UpstreamRequest {
  return {
    method: 'GET',
    path: '/pets',
    headers: [],
    body: null,
    timeoutMs: 10_000,
    timeoutCovers: 'answer',
    ...request,
  };
}

/** A source that a test drives by hand. */
export class HandSource implements BodySource {
  readonly lengthBytes: number | null;
  sink: BodySink | null = null;
  cancelled = 0;
  resumed = 0;
  readonly #onStart: (sink: BodySink) => void;

  constructor(lengthBytes: number | null, onStart: (sink: BodySink) => void = () => {}) {
    this.lengthBytes = lengthBytes;
    this.#onStart = onStart;
  }

  start(sink: BodySink): void {
    this.sink = sink;
    this.#onStart(sink);
  }

  resume(): void {
    this.resumed++;
  }

  cancel(): void {
    this.cancelled++;
  }
}

/** Lets everything that is already due happen, sockets on loopback included. */
export async function settle(turns = 50): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until `holds` is true, turn by turn of the event loop; the test's own time limit ends a wait in vain. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
