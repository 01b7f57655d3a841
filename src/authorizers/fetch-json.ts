// One question over HTTP whose answer is a JSON document: discovery, keys, introspection.

import type { Upstream, UpstreamFailure, UpstreamHandler, UpstreamRequest } from '../exchange/upstream.ts';
import { jsonObject } from './jwt/jws.ts';

const documentBytesMax = 1_048_576;

export interface JsonQuestion extends Partial<Pick<UpstreamRequest, 'method' | 'headers' | 'body'>> {
  /** An http or https URL. */
  readonly address: string;
  readonly timeoutMs: number;
}

export interface JsonAnswer {
  readonly status: number;
  /** null: it is none. */
  readonly document: Record<string, unknown> | null;
  readonly bytes: Uint8Array;
}

export interface JsonCall {
  /** Rejects with an Error in one line when there is no whole answer; stays open for good after `abort`. */
  readonly answer: Promise<JsonAnswer>;
  abort(): void;
}

export function fetchJson(
  upstream: Upstream,
  { address, timeoutMs, method = 'GET', headers = [], body = null }: JsonQuestion,
): JsonCall {
  const url = URL.parse(address);
  if (url === null) return refusing(`"${address}" is no URL`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return refusing(`"${address}" is no http or https URL`);
  const request: UpstreamRequest = {
    method,
    path: url.pathname + url.search,
    headers: ['Accept', 'application/json', 'User-Agent', 'Sluice', ...headers],
    body,
    timeoutMs,
    timeoutCovers: 'answer',
  };
  const { promise, resolve, reject } = Promise.withResolvers<JsonAnswer>();
  const handler = new Document(address, resolve, reject, () => call.abort());
  const call = upstream.target(url.origin, { insecureSkipVerification: false }).send(request, handler);
  return { answer: promise, abort: () => call.abort() };
}

const refusing = (message: string): JsonCall => ({
  answer: Promise.reject(new Error(message)),
  abort: () => {},
});

/** Gathers one document. */
class Document implements UpstreamHandler {
  readonly #address: string;
  readonly #resolve: (answer: JsonAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #abort: () => void;
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #bytesCount = 0;

  constructor(
    address: string,
    resolve: (answer: JsonAnswer) => void,
    reject: (error: Error) => void,
    abort: () => void,
  ) {
    this.#address = address;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#abort = abort;
  }

  onHead(status: number): void {
    this.#status = status;
  }

  onData(chunk: Uint8Array): boolean {
    this.#bytesCount += chunk.byteLength;
    if (this.#bytesCount > documentBytesMax) {
      this.#abort();
      this.#reject(new Error(`"${this.#address}" is above ${documentBytesMax} bytes`));
      return false;
    }
    this.#chunks.push(Buffer.from(chunk));
    return true;
  }

  onEnd(): void {
    const bytes = Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, document: jsonObject(bytes), bytes });
  }

  onError({ detail }: UpstreamFailure): void {
    this.#reject(new Error(`"${this.#address}" cannot be fetched: ${detail}`));
  }
}
