// Coded request bodies through zlib. A body of 10 KB may hold 10 MB, so what comes out is bounded three times: for one
// body, for those being inflated at a time, and for all that exchanges in flight still hold.

import { gunzip, gunzipSync, inflate, inflateRaw, inflateRawSync, inflateSync } from 'node:zlib';
import type { ContentCoding } from '../../exchange/content-coding.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { requestBodyBytesMax } from '../../resources/index.ts';

/**
 * What a coded body may cost in place: up to 64 KB come out in 125 µs; one that has more in it is found out after
 * 70 µs and goes to a thread.
 */
const inPlace = { bytesInMax: 16_384, bytesOutMax: 65_536 } as const;
/** At most 80 MB are coming out; libuv has four threads, so that more at a time would not be faster. */
const runningMax = 8;
/** Bodies that wait for one of those; they are as they came, so the client paid for their bytes. */
const waitingMax = 1_000;
/** Of inflated bodies that exchanges in flight hold, in this process: without it 1,000 small requests could hold 10 GB. */
const heldBytesMax = 268_435_456;

export type Inflated =
  | Buffer
  | 'broken' // not in that coding, or not all of it
  | 'too large' // more than 10 MB would come out
  | 'overloaded'; // no room for one more

interface Job {
  readonly exchange: Exchange;
  readonly bytes: Uint8Array;
  readonly coding: ContentCoding;
  readonly done: (result: Inflated) => void;
}

const waiting: Job[] = [];
let runningCount = 0;
/** Large bodies that were handed out; an exchange that has ended, or is gone, holds none. */
let held: { readonly exchange: WeakRef<Exchange>; readonly bytes: number }[] = [];

/** Undoes a request's coding. @param done - called once, from inside this call or later */
export function inflateBody(
  exchange: Exchange,
  bytes: Uint8Array,
  coding: ContentCoding,
  done: (result: Inflated) => void,
): void {
  const result = bytes.byteLength <= inPlace.bytesInMax ? inflateInPlace(bytes, coding) : 'too large';
  if (result !== 'too large') {
    done(result);
    return;
  }
  const job = { exchange, bytes, coding, done };
  if (runningCount < runningMax) start(job);
  else if (waiting.length < waitingMax) waiting.push(job);
  else done('overloaded');
}

function inflateInPlace(bytes: Uint8Array, coding: ContentCoding): Inflated {
  const inflateSome = coding === 'gzip' ? gunzipSync : isZlib(bytes) ? inflateSync : inflateRawSync;
  try {
    return inflateSome(bytes, { maxOutputLength: inPlace.bytesOutMax });
  } catch (error) {
    return failureOf(error);
  }
}

const limits = { maxOutputLength: requestBodyBytesMax, chunkSize: 65_536 };

function start({ exchange, bytes, coding, done }: Job): void {
  if (heldBytes() > heldBytesMax) {
    done('overloaded');
    return;
  }
  runningCount++;
  const inflateAll = coding === 'gzip' ? gunzip : isZlib(bytes) ? inflate : inflateRaw;
  inflateAll(bytes, limits, (error, made) => {
    runningCount--;
    if (error === null) held.push({ exchange: new WeakRef(exchange), bytes: made.byteLength });
    startNext();
    done(error === null ? made : failureOf(error));
  });
}

function startNext(): void {
  while (runningCount < runningMax) {
    const next = waiting.shift();
    if (next === undefined) return;
    start(next);
  }
}

function heldBytes(): number {
  held = held.filter(({ exchange }) => exchange.deref()?.endedNs === 0);
  return held.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** `deflate` is the zlib format, but some clients send it bare (RFC 9110, section 8.4.1.2, note). */
function isZlib(bytes: Uint8Array): boolean {
  return bytes.byteLength >= 2 && (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
}

const failureOf = (error: unknown): Inflated =>
  (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'broken';
