// The data trace of a proxied answer: as much of its body as a log event can hold, kept while the rest streams by.

import type { ExecutionLog } from '../exchange/recorder.ts';

/** More than an event holds, so that the log can tell that there was more. */
const keptBytes = 1_100;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class ProxyTrace {
  readonly #log: ExecutionLog;
  /** What the client is told, flat list. */
  readonly #fields: readonly string[];
  readonly #received = new BodyStart();
  readonly #sent = new BodyStart();

  /** @param fields - the answer's header fields as the client gets them, flat list */
  constructor(log: ExecutionLog, fields: readonly string[]) {
    this.#log = log;
    this.#fields = fields;
  }

  /** A piece of the body came from the backend. */
  received(chunk: Uint8Array): void {
    this.#received.add(chunk);
  }

  /** A piece of the body goes to the client, before it is compressed. */
  sent(body: string | Uint8Array | null): void {
    if (body !== null) this.#sent.add(typeof body === 'string' ? Buffer.from(body) : body);
  }

  /** The answer is complete. @see observability reference, section 3: lines 19 and 20 */
  write(): void {
    this.#log.info(`Endpoint response body before transformations: ${this.#received.text()}`);
    this.#log.info(`Method response body after transformations: ${this.#sent.text()}`);
    this.#log.fields('Method response headers', this.#fields);
  }
}

class BodyStart {
  readonly #bytes = Buffer.alloc(keptBytes);
  #length = 0;

  add(chunk: Uint8Array): void {
    const taken = chunk.subarray(0, keptBytes - this.#length);
    this.#bytes.set(taken, this.#length);
    this.#length += taken.byteLength;
  }

  text(): string {
    return utf8.decode(this.#bytes.subarray(0, this.#length));
  }
}
