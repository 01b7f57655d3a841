// One request of a connection: its head, where its body goes, and how it is answered.

import type { RequestHead } from '../../base/http1/request-reader.ts';
import type { AnswerStream } from '../protocol/made-answer.ts';

/** Where a body goes. `onEnd` or `onGone` comes last, once. */
export interface BodySink {
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** The client is gone, or was too slow: nothing comes any more, and nobody is left to answer. */
  onGone(): void;
}

/** What its connection does for it. */
interface Line {
  readonly sourceIp: string;
  /** Whether an answer can still be written. */
  readonly isOpen: boolean;
  /** The client has sent all that it will ever send. */
  readonly hasClientEnded: boolean;
  sendContinue(): void;
  send(
    request: HttpRequest,
    status: number,
    fields: readonly string[],
    body: string | Uint8Array | null,
    isLast: boolean,
  ): void;
  sendStream(request: HttpRequest, status: number, fields: readonly string[], isLast: boolean): AnswerStream;
  destroy(): void;
}

export class HttpRequest {
  readonly head: RequestHead;
  /** It was read to its end. */
  isComplete = false;
  isAnswered = false;
  readonly #line: Line;
  #sink: BodySink | null = null;

  constructor(head: RequestHead, line: Line) {
    this.head = head;
    this.#line = line;
  }

  /** Whether its head announces a body. */
  get hasBody(): boolean {
    return this.head.contentLength !== 0;
  }

  /** Address of the peer; IPv4 in its own form. */
  get sourceIp(): string {
    return this.#line.sourceIp;
  }

  get isAnswerable(): boolean {
    return !this.isAnswered && this.#line.isOpen;
  }

  /** For answers that only somebody who still listens may have. */
  get isClientThere(): boolean {
    return this.#line.isOpen && !this.#line.hasClientEnded;
  }

  /** To be called before anything is waited for; a body that nobody wants is thrown away. */
  readTo(sink: BodySink): void {
    this.#sink = sink;
  }

  /** Lets a client go on that waits for leave to send its body. */
  allowBody(): void {
    this.#line.sendContinue();
  }

  /**
   * @param fields - name, value, name, value; without those of the connection
   * @param isLast - the connection is closed then; it is too when the request was not read to its end
   * @throws TypeError when a field cannot be written; nothing was then
   */
  answer(status: number, fields: readonly string[], body: string | Uint8Array | null, isLast: boolean): void {
    this.#line.send(this, status, fields, body, isLast);
  }

  /** Begins an answer that is written as it comes. @throws TypeError when a field cannot be written */
  answerStream(status: number, fields: readonly string[], isLast: boolean): AnswerStream {
    return this.#line.sendStream(this, status, fields, isLast);
  }

  /** Ends the connection without an answer. */
  destroy(): void {
    this.#line.destroy();
  }

  // What the connection tells.

  onData(chunk: Buffer): void {
    this.#sink?.onData(chunk);
  }

  onEnd(): void {
    this.isComplete = true;
    const sink = this.#sink;
    this.#sink = null;
    sink?.onEnd();
  }

  onGone(): void {
    const sink = this.#sink;
    this.#sink = null;
    sink?.onGone();
  }
}
