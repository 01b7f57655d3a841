// Answers whose head a handler makes too: those of Lambda's Invoke.

/** A whole answer. */
export class MadeAnswer {
  readonly status: number;
  /** Name, value, name, value. */
  readonly fields: readonly string[];
  readonly body: Uint8Array;

  constructor(status: number, fields: readonly string[], body: Uint8Array) {
    this.status = status;
    this.fields = fields;
    this.body = body;
  }
}

/** Where a streamed answer is written. After `onGone` has been called nothing is written any more. */
export interface AnswerStream {
  /** @returns false to ask for a pause */
  write(chunk: Uint8Array): boolean;
  end(): void;
  /** The client may be sent more. */
  onDrain: () => void;
  /** The client is gone. */
  onGone: () => void;
}

/** An answer that is written as it comes. */
export class StreamedAnswer {
  readonly status: number;
  readonly fields: readonly string[];
  /** Called once, when the head is written. */
  readonly start: (stream: AnswerStream) => void;

  constructor(status: number, fields: readonly string[], start: (stream: AnswerStream) => void) {
    this.status = status;
    this.fields = fields;
    this.start = start;
  }
}
