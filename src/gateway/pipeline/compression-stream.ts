// Bodies that arrive in pieces, through zlib's streams: libuv's threads compress, and both ends can hold the flow.

import { createDeflate, createGzip, type Deflate, type Gzip } from 'node:zlib';
import type { BodyCompressor, CompressedSink } from '../../exchange/compression.ts';
import type { ContentCoding } from '../../exchange/content-coding.ts';
import { compressionLevel } from './compression-zlib.ts';

/** Each takes about 300 KB: 150 MB at most in a process. More answers at one time go out as they are. */
const compressorsMax = 512;
let compressorCount = 0;

const options = { level: compressionLevel, highWaterMark: 65_536, chunkSize: 32_768 };

export function hasCompressorFree(): boolean {
  return compressorCount < compressorsMax;
}

export function openCompressor(coding: ContentCoding, sink: CompressedSink): BodyCompressor {
  return new ZlibCompressor(coding, sink);
}

class ZlibCompressor implements BodyCompressor {
  readonly #zlib: Gzip | Deflate;

  constructor(coding: ContentCoding, sink: CompressedSink) {
    compressorCount++;
    const zlib = coding === 'gzip' ? createGzip(options) : createDeflate(options);
    zlib.on('data', (chunk: Buffer) => {
      if (!sink.onCompressed(chunk)) zlib.pause();
    });
    zlib.on('drain', () => sink.onRoom());
    zlib.on('end', () => sink.onCompressedEnd());
    zlib.on('error', (error) => sink.onCompressorError(error));
    zlib.on('close', () => {
      compressorCount--;
    });
    this.#zlib = zlib;
  }

  write(chunk: Uint8Array): boolean {
    return this.#zlib.write(Buffer.from(chunk));
  }

  end(): void {
    this.#zlib.end();
  }

  resume(): void {
    this.#zlib.resume();
  }

  close(): void {
    this.#zlib.destroy();
  }
}
