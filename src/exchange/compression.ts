// Compression of one API's answers, as phases and integrations see it. Types only; gateway/pipeline implements them.

import type { Exchange } from './exchange.ts';

/** What an API with `minimumCompressionSize` does to answers; an API without it has none of this. */
export interface Compression {
  /** A body of unknown length is held until it has this many bytes: then it is worth a stream of its own. */
  readonly heldBytesMax: number;

  /**
   * Whether the answer's verb, status and fields let it be compressed, whatever the client accepts and however
   * long it is. Needs `responseStatus` and `responseHeaders`.
   */
  appliesTo(exchange: Exchange): boolean;

  /**
   * Compresses `responseBody`, if it is long enough and the client reads a coding; adds the fields that say so.
   * @returns a promise, which never rejects, when the work was handed to another thread
   */
  compress(exchange: Exchange): Promise<void> | undefined;

  /** As `compress`, in this turn: for gateway responses. A body that would take long stays as it is. */
  compressNow(exchange: Exchange): void;

  /**
   * Opens a compressor for a body that arrives in pieces and adds the fields to the answer, which must apply.
   * @param lengthBytes - of the body before compression; null = unknown, but not below the minimum
   * @returns null when the answer goes on as it is
   */
  open(exchange: Exchange, lengthBytes: number | null, sink: CompressedSink): BodyCompressor | null;
}

/** Where the compressed bytes go. None of it is called from inside `write`, `end` or `close`. */
export interface CompressedSink {
  /** @returns false: pause until `resume` */
  onCompressed(chunk: Uint8Array): boolean;
  /** There is room again after a `write` that returned false. */
  onRoom(): void;
  /** The last byte was given to `onCompressed`. */
  onCompressedEnd(): void;
  /** The compressor failed, for want of memory; nothing follows. */
  onCompressorError(error: Error): void;
}

/** One body on its way through. */
export interface BodyCompressor {
  /** Takes a copy of the chunk. @returns false: pause until `onRoom` */
  write(chunk: Uint8Array): boolean;
  end(): void;
  resume(): void;
  /** Nobody wants the rest. Nothing is called any more. */
  close(): void;
}
