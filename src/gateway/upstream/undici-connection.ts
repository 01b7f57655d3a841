// The undici client behind the same interface: one undici Client, which is one connection, per Connection.
// Our pool does the pooling, because undici's queue is unbounded and does not tell whether a connection was reused,
// and without that no retry is safe. The only importer of undici.

import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Client, Dispatcher } from 'undici';
import { unwrittenBytes } from '../../base/direct-write.ts';
import { BodyReadable, SourceAborted } from './body-readable.ts';
import type { Call } from './call.ts';
import type { Connection, Owner } from './connection.ts';
import { type Dialling, dial, textOf } from './dial.ts';
import { diagnose } from './undici-failure.ts';

// Loaded with the first https origin: reading undici takes 90 ms, which a gateway in front of http does not spend.
const require = createRequire(import.meta.url);
const undici = (): typeof import('undici') => require('undici');

type Controller = Dispatcher.DispatchController;

/** How much earlier than a server's `Keep-Alive: timeout` undici stops to use a connection. */
const keepAliveMarginMs = 1000;

export class UndiciConnection implements Connection, Dispatcher.DispatchHandler {
  // undici lets idle connections go by itself and says so with 'disconnect'.
  idleUntilMs = Number.POSITIVE_INFINITY;
  readonly #owner: Owner;
  readonly #client: Client;
  #dialling: Dialling | null = null;
  #socket: Socket | null = null;
  #call: Call | null = null;
  #controller: Controller | null = null;
  #dropped = false;
  #connected = false;
  /** Requests begun on the present socket. undici may quietly replace a socket that died idle. */
  #requestCount = 0;
  #answerBegan = false;

  constructor(owner: Owner) {
    const { endpoint, limits } = owner;
    this.#owner = owner;
    this.#client = new (undici().Client)(endpoint.origin, {
      pipelining: 1,
      headersTimeout: 0, // the sweep keeps all deadlines
      bodyTimeout: 0,
      keepAliveTimeout: limits.idleTimeoutMs,
      keepAliveMaxTimeout: limits.idleTimeoutMs,
      keepAliveTimeoutThreshold: keepAliveMarginMs,
      maxHeaderSize: limits.headBytesMax,
      strictContentLength: true,
      connect: (_, callback) => {
        this.#requestCount = 0;
        this.#connected = false;
        this.#dialling = dial(endpoint, undefined, (error, socket) => {
          this.#dialling = null;
          this.#socket = socket;
          this.#connected = error === null;
          if (socket === null) {
            if (!this.#dropped) owner.connectFailed(this, textOf(error!));
            callback(error!, null);
            return;
          }
          if (!this.#dropped) owner.connected(this);
          // undici listens to a socket from the moment it is handed over.
          callback(null, socket);
        });
      },
    });
    this.#client.on('disconnect', () => this.#onDisconnect());
  }

  run(call: Call): void {
    const { endpoint } = this.#owner;
    const { method, path, headers, body } = call.request;
    this.#call = call;
    this.#controller = null;
    this.#answerBegan = false;
    const source = call.source;
    const length = source?.lengthBytes ?? null;
    const options = {
      path,
      method,
      headers: length === null ? (headers as string[]) : [...headers, 'content-length', String(length)],
      body: source === null ? (body as string | Uint8Array | null) : new BodyReadable(call, source),
      // Bodies on methods that expect none, and HEAD, need not cost the connection.
      reset: false,
      // Else undici would take the TLS server name from a Host field and reconnect when it changes.
      servername: endpoint.hostname,
    };
    this.#client.dispatch(options, this);
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  drop(): void {
    this.#dropped = true;
    this.#call = null;
    this.#controller = null;
    this.#dialling?.cancel();
    this.#socket?.destroy();
    this.#client.destroy(null, () => {});
  }

  onRequestStart(controller: Controller): void {
    this.#requestCount++;
    this.#controller = controller;
  }

  onResponseStarted(): void {
    this.#answerBegan = true;
  }

  onResponseStart(controller: Controller, status: number): void {
    const call = this.#call;
    // undici reports 1xx answers too.
    if (call === null || (status >= 100 && status < 200)) return;
    const headers = textsOf((controller.rawHeaders ?? []) as readonly (Buffer | string)[]);
    const framing = framingOf(headers, status, call.request.method);
    if (framing === undefined) {
      call.fail(
        'malformed',
        'upstream',
        `${this.#owner.endpoint.origin}: the answer is not valid HTTP/1.1`,
        false,
      );
      return;
    }
    if (call.onHead(status, headers, framing) && call.paused) controller.pause();
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const call = this.#call;
    if (call?.onData(chunk) && call.paused) controller.pause();
  }

  onResponseEnd(): void {
    const call = this.#call;
    if (call === null) return;
    this.#call = null;
    this.#controller = null;
    // An early answer: undici resets a connection on which the request was not finished, and connects anew for
    // the next one; simpler to see through when the connection is ours to end. A body of bytes counts as finished
    // once the socket has it: where the server has not taken it all, the next request would wait behind the rest.
    const isSent = (call.source === null || call.sourceDone) && unwrittenBytes(this.#socket!) === 0;
    if (isSent) this.#owner.release(this);
    else this.#retire();
    call.onEnd();
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    const call = this.#call;
    if (call === null) return;
    const { origin } = this.#owner.endpoint;
    const began = this.#controller !== null;
    // Not begun although connected: the idle connection was reset while undici had not written yet.
    if (!began && !this.#connected && !isOurs(error)) {
      call.fail('connect', 'upstream', `${origin}: ${textOf(error)}`, true, error);
      return;
    }
    const { kind, source } = diagnose(error, call.headSeen);
    if (kind !== 'closed' || source !== 'upstream') {
      if (!(error instanceof SourceAborted))
        call.fail(kind, source, `${origin}: ${error.message}`, false, error);
      return;
    }
    const reused = this.#requestCount > (began ? 1 : 0);
    const detail = `${error.message} before ${this.#answerBegan ? 'the end of the answer' : 'any answer'}`;
    this.drop();
    this.#owner.gone(this, call, {
      detail,
      cause: error,
      reused,
      answerBegan: this.#answerBegan,
      // undici writes as soon as a request starts.
      requestWritten: began,
    });
  }

  // With a call, the call is told through onResponseError, or undici connects again because it had not begun.
  #onDisconnect(): void {
    if (!this.#dropped && this.#call === null) this.#retire();
  }

  #retire(): void {
    this.drop();
    this.#owner.gone(this, null, null);
  }
}

// Faults of the request itself, which undici may find before it has a connection.
function isOurs(error: Error): boolean {
  const { code } = error as { code?: string };
  return (
    code === 'UND_ERR_INVALID_ARG' ||
    code === 'UND_ERR_NOT_SUPPORTED' ||
    code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
  );
}

// undici leaves the white space behind a value.
function textsOf(raw: readonly (Buffer | string)[]): string[] {
  const texts: string[] = [];
  for (const item of raw) texts.push(item.toString('latin1').replace(/[ \t]+$/, ''));
  return texts;
}

/**
 * What undici's parser lets pass and we do not: transfer codings other than chunked, and a length beside them.
 * @returns the length, null when it is not announced, or undefined for an answer that must be refused
 */
function framingOf(headers: readonly string[], status: number, method: string): number | null | undefined {
  let length: number | null = null;
  let chunked = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (length !== null || !/^\d{1,15}$/.test(headers[i + 1]!)) return undefined;
      length = Number(headers[i + 1]);
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (chunked || headers[i + 1]!.toLowerCase() !== 'chunked') return undefined;
      chunked = true;
    }
  }
  if ((chunked && length !== null) || status < 100 || status > 599) return undefined;
  return method === 'HEAD' || status === 204 || status === 304 ? 0 : length;
}
