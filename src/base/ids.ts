// Identifiers that go to clients and logs. Unique, not secret: nothing is authorised by knowing one.

import { randomBytes, randomUUID } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const pairs: readonly string[] = Array.from(
  { length: 4096 },
  (_, i) => alphabet.charAt(i >> 6) + alphabet.charAt(i & 63),
);

const hex4: readonly string[] = Array.from({ length: 65_536 }, (_, i) => i.toString(16).padStart(4, '0'));

/** One piece of text: what is put together of several is copied piece by piece each time it is sent. */
const inOnePiece = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

let requestIdBase = '';
let requestIdsLeft = 0;
let requestIdLow = 0;

/**
 * `$context.requestId` and `x-amzn-RequestId`: a UUID, version 4. Random, but for a counter in the last four digits,
 * which come back only with another random part: 107 ns less than a fresh one for each request.
 */
export function newRequestId(): string {
  if (requestIdsLeft-- === 0) {
    requestIdBase = inOnePiece(randomUUID().slice(0, 32));
    requestIdsLeft = hex4.length - 1;
    requestIdLow = randomBytes(2).readUInt16BE(0);
  }
  requestIdLow = (requestIdLow + 1) & 0xffff;
  return requestIdBase + hex4[requestIdLow]!;
}

// The process's own random part, then a counter: 7 + 8 characters and AWS's closing `=`. Counting costs 20 ns
// where sixteen fresh random bytes cost 250.
const processPart = randomBytes(6).toString('base64url').slice(0, 7);
const lastPairs: readonly string[] = pairs.map((pair) => `${pair}=`);
let extendedIdCount = randomBytes(5).readUIntBE(0, 5);
let extendedIdBase = '';

/** `$context.extendedRequestId` and `x-amz-apigw-id`: 15 characters of base64 and `=`. */
export function newExtendedRequestId(): string {
  const last = extendedIdCount % 4096;
  if (last === 0 || extendedIdBase === '') {
    const high = Math.floor(extendedIdCount / 4096);
    const pairAt = (weight: number): string => pairs[Math.floor(high / weight) % 4096]!;
    extendedIdBase = inOnePiece(processPart + pairAt(4096 * 4096) + pairAt(4096) + pairAt(1));
  }
  extendedIdCount++;
  return extendedIdBase + lastPairs[last]!;
}

// Trace ids: 64 bits that are this process's own, then a counter. Fresh random digits for each request would cost
// 0.5 us in look-ups that miss the processor's cache.
const tracePart = randomBytes(8).toString('hex');
const segmentPart = randomBytes(4).toString('hex');
let traceHigh = randomBytes(2).readUInt16BE(0);
let traceLow = randomBytes(2).readUInt16BE(0);
let traceSecond = 0;
let traceTime = '';

function nextCount(): string {
  traceLow = (traceLow + 1) & 0xffff;
  if (traceLow === 0) traceHigh = (traceHigh + 1) & 0xffff;
  return hex4[traceHigh]! + hex4[traceLow]!;
}

/** A fresh X-Ray root: `1-{8 hex digits of the time}-{24 hex digits}`. @param nowMs - wall time */
export function newTraceRoot(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== traceSecond) {
    traceSecond = second;
    traceTime = inOnePiece(`1-${second.toString(16).padStart(8, '0')}-${tracePart}`);
  }
  return traceTime + nextCount();
}

/** An X-Ray segment id: 16 hex digits. */
export function newSegmentId(): string {
  return segmentPart + nextCount();
}

const lower = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Of a random byte only what is below is taken: the largest multiple of 36, so that all characters are as likely. */
const bytesTaken = 252;
let randomPool: Buffer = Buffer.alloc(0);
let randomAt = 0;

/** Bytes are fetched by the kilobyte: asking for one costs as much as asking for hundreds. */
function randomByte(): number {
  if (randomAt === randomPool.length) {
    randomPool = randomBytes(1_024);
    randomAt = 0;
  }
  return randomPool[randomAt++]!;
}

/** A resource id in AWS's form: lower-case letters and digits. @param length - 10 for APIs and resources, 6 for most others */
export function newResourceId(length: number): string {
  let id = '';
  while (id.length < length) {
    const byte = randomByte();
    if (byte < bytesTaken) id += lower[byte % lower.length];
  }
  return id;
}
