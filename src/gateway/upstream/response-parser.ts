// One answer from the bytes of a connection: skips 1xx, decides the framing, hands out head, data and end.

import { ChunkedDecoder } from './chunked.ts';
import { INCOMPLETE, ResponseHead, TOO_LARGE } from './response-head.ts';

/** Told of an answer as it is read. Both return false to stop the parser (the call has ended). */
export interface AnswerSink {
  onHead(status: number, headers: readonly string[], lengthBytes: number | null): boolean;
  onData(chunk: Uint8Array): boolean;
}

/**
 * How far an answer has come. 'stopped': the sink did not want more. 'malformed' and 'too-large' are final.
 */
export type AnswerState =
  | 'head'
  | 'length'
  | 'chunked'
  | 'until-close'
  | 'done'
  | 'stopped'
  | 'malformed'
  | 'too-large';

/** Reads one answer at a time; `begin` before each. */
export class ResponseParser {
  state: AnswerState = 'done';
  readonly head: ResponseHead;
  readonly #chunked: ChunkedDecoder;
  #headOnly = false;
  #left = 0;
  #reusable = false;

  constructor(headBytesMax: number) {
    this.head = new ResponseHead(headBytesMax);
    this.#chunked = new ChunkedDecoder(headBytesMax);
  }

  /** After 'done': whether the server agreed to another request on this connection. */
  get reusable(): boolean {
    return this.#reusable;
  }

  /** @param headOnly - the request was HEAD: the answer has no body whatever its fields say */
  begin(headOnly: boolean): void {
    this.state = 'head';
    this.head.reset();
    this.#headOnly = headOnly;
    this.#reusable = false;
  }

  /**
   * Reads `bytes` from `start` to `end`; the outcome is in `state`.
   * @returns the offset of the first byte not used: less than `end` only when the answer is over
   */
  execute(bytes: Buffer, start: number, end: number, sink: AnswerSink): number {
    let at = start;
    while (at < end) {
      switch (this.state) {
        case 'head':
          at = this.#executeHead(bytes, at, end, sink);
          break;
        case 'length': {
          const stop = Math.min(end, at + this.#left);
          this.#left -= stop - at;
          if (!sink.onData(bytes.subarray(at, stop))) this.state = 'stopped';
          else if (this.#left === 0) this.state = 'done';
          at = stop;
          break;
        }
        case 'chunked':
          at = this.#executeChunked(bytes, at, end, sink);
          break;
        case 'until-close':
          if (!sink.onData(bytes.subarray(at, end))) this.state = 'stopped';
          at = end;
          break;
        default:
          return at;
      }
    }
    return at;
  }

  /** The connection ended. `state` becomes 'done' when that ends the answer, 'malformed' when it never was one. */
  finish(): void {
    if (this.state === 'until-close') this.state = 'done';
    else if (this.state === 'head' && this.head.begun && this.head.finish() !== INCOMPLETE)
      this.state = 'malformed';
  }

  #executeHead(bytes: Buffer, start: number, end: number, sink: AnswerSink): number {
    const head = this.head;
    const after = head.read(bytes, start, end);
    if (after === INCOMPLETE) return end;
    if (after < 0) {
      this.state = after === TOO_LARGE ? 'too-large' : 'malformed';
      return end;
    }
    const status = head.status;
    if (status < 200) {
      // We never ask to switch protocols, so 101 cannot be an answer to us.
      if (status === 101) this.state = 'malformed';
      else head.reset();
      return after;
    }
    const next = this.#frame(status);
    const known = next === 'done' ? 0 : next === 'length' ? this.#left : null;
    this.state = sink.onHead(status, head.headers, known) ? next : 'stopped';
    return after;
  }

  // RFC 9112 section 6.3, in its order; faulty combinations were refused with the head.
  #frame(status: number): AnswerState {
    const head = this.head;
    this.#reusable = head.minor === 1 && !head.close;
    if (this.#headOnly) return 'done';
    if (status === 204 || status === 304) {
      // A server that announces a body here may also send it, and it would be read as the next answer.
      if (head.chunked || head.lengthBytes > 0) this.#reusable = false;
      return 'done';
    }
    if (head.chunked) {
      this.#chunked.reset();
      return 'chunked';
    }
    if (head.lengthBytes >= 0) {
      this.#left = head.lengthBytes;
      return this.#left === 0 ? 'done' : 'length';
    }
    this.#reusable = false;
    return 'until-close';
  }

  #executeChunked(bytes: Buffer, start: number, end: number, sink: AnswerSink): number {
    const chunked = this.#chunked;
    if (!chunked.step(bytes, start, end)) {
      this.state = 'malformed';
      return end;
    }
    if (chunked.done) this.state = 'done';
    else if (
      chunked.dataStart < chunked.next &&
      !sink.onData(bytes.subarray(chunked.dataStart, chunked.next))
    ) {
      this.state = 'stopped';
    }
    return chunked.next;
  }
}
