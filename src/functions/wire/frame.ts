// Frames on a byte stream between those who call functions and the function host. One connection carries all calls of
// a process; a frame belongs to one of them, or, with call 0, to the connection.
//
//   u32 length of what follows | u8 type | u32 call | body
//
// All numbers are big-endian. Types and the layout of `hello` never change: every version can tell that it does not
// understand another.

/** What a frame is. */
export const frameType = {
  /** Both ways, first: `Hello`. */
  hello: 1,
  /** To the host. u32 length of the head | head | payload */
  invoke: 2,
  /** To the host: nobody waits any more. */
  abort: 3,
  /** To the host. u32: so many bytes more of a streamed answer may be sent */
  credit: 4,
  /** From the host: the content type of a streamed answer, which begins. */
  head: 5,
  /** From the host: bytes of a streamed answer. */
  data: 6,
  /** From the host, last. u32 length of the head | head | payload */
  end: 7,
  /**
   * From the host: what is under way ends here, what is new belongs on another connection. Answered with the same: no
   * call follows on this connection.
   */
  goAway: 8,
} as const;

/** Bytes of length, type and call. */
export const frameHeadBytes = 9;
/** Length, type and call without the length. */
const afterLengthBytes = 5;

/**
 * The longest frame. Payloads end at 6 MB by AWS's quota, which the host refuses in AWS's words; what is longer than
 * this does not even reach it.
 */
export const frameBytesMax = 16 * 1024 * 1024;

/** Told of each frame. The body is a view of what was received: it lives on only if it is not kept for long. */
export type OnFrame = (type: number, call: number, body: Buffer) => void;

/** Cuts a stream of chunks into frames. Whole frames are views of their chunk; one that spans several is gathered once. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose length is not known yet: fewer than four bytes. */
  #start: Buffer | null = null;
  /** A frame that is being gathered, without its length. */
  #partial: Buffer | null = null;
  #filled = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** @throws Error when the stream is not made of frames, or one is longer than `frameBytesMax` */
  push(received: Buffer): void {
    let chunk = received;
    if (this.#start !== null) {
      chunk = Buffer.concat([this.#start, chunk]);
      this.#start = null;
    }
    let at = this.#partial === null ? 0 : this.#fill(chunk, 0);
    while (chunk.length - at >= 4) {
      const length = chunk.readUInt32BE(at);
      if (length < afterLengthBytes || length > frameBytesMax)
        throw new Error(`a frame of ${length} bytes; expected ${afterLengthBytes} to ${frameBytesMax}`);
      at += 4;
      if (chunk.length - at < length) {
        this.#partial = Buffer.allocUnsafe(length);
        this.#filled = 0;
        at = this.#fill(chunk, at);
        return;
      }
      this.#tell(chunk, at, at + length);
      at += length;
    }
    if (at < chunk.length) this.#start = Buffer.from(chunk.subarray(at));
  }

  /** @returns where the chunk goes on after what the frame took */
  #fill(chunk: Buffer, at: number): number {
    const frame = this.#partial!;
    const copied = chunk.copy(frame, this.#filled, at);
    this.#filled += copied;
    if (this.#filled === frame.length) {
      this.#partial = null;
      this.#tell(frame, 0, frame.length);
    }
    return at + copied;
  }

  #tell(bytes: Buffer, start: number, end: number): void {
    this.#onFrame(
      bytes[start]!,
      bytes.readUInt32BE(start + 1),
      bytes.subarray(start + afterLengthBytes, end),
    );
  }
}
