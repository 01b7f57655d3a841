// Reads the head of one answer from bytes, as strictly as RFC 9112 allows: what two readers could understand
// differently is refused. One pass over the octets, one string per head, field strings as slices of it.

import { COLON, CR, HTAB, LF, SP, tokenOctets, valueOctets } from './octets.ts';

/** Results of `read` that are not an offset. */
export const INCOMPLETE = -1;
const MALFORMED = -2;
export const TOO_LARGE = -3;

/** A head that came in pieces leaves at most this much memory with its connection. */
const keptBytesMax = 4096;
const nothing = Buffer.alloc(0);
const prefix = Buffer.from('HTTP/1.');
const contentLengthName = Buffer.from('content-length');
const transferEncodingName = Buffer.from('transfer-encoding');
const connectionName = Buffer.from('connection');
const keepAliveName = Buffer.from('keep-alive');

/** Reads heads one after another; the public fields hold the latest complete one. */
export class ResponseHead {
  status = 0;
  headers: string[] = [];
  /** Minor version of HTTP/1. */
  minor = 1;
  /** The value of Content-Length, or -1. */
  lengthBytes = -1;
  chunked = false;
  /** `Connection: close` was said. */
  close = false;
  /** `Keep-Alive: timeout=`, in seconds, or -1. */
  keepAliveSeconds = -1;

  readonly #bytesMax: number;
  // What of the head arrived in earlier reads. Empty while heads come whole, which is nearly always.
  #kept: Buffer<ArrayBufferLike> = nothing;
  #keptLength = 0;
  // Relative to the start of the head: the first line not yet read, and start and end of each name and value.
  #line = 0;
  #marks: number[] = [];

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Some of a head has arrived, but not all. */
  get begun(): boolean {
    return this.#keptLength > 0;
  }

  /** Forgets everything before the next answer. */
  reset(): void {
    this.#keptLength = 0;
    if (this.#kept.length > keptBytesMax) this.#kept = nothing;
    this.#line = 0;
    this.#marks.length = 0;
    this.lengthBytes = -1;
    this.chunked = false;
    this.close = false;
    this.keepAliveSeconds = -1;
  }

  /** @returns the offset after the head, or INCOMPLETE, MALFORMED, TOO_LARGE */
  read(bytes: Buffer, start: number, end: number): number {
    if (this.#keptLength === 0) {
      const after = this.#readLines(bytes, start, end);
      if (after === INCOMPLETE) return this.#keep(bytes, start, end);
      return after < 0 ? after : this.#complete(bytes, start, after);
    }
    const keptBefore = this.#keptLength;
    // TOO_LARGE stands only if the head is not complete: the read that ends a head may hold much of the body.
    const kept = this.#keep(bytes, start, end);
    // A line is looked at again only when it is whole, so that a head that drips in costs no more than one.
    const lineFeed = bytes.indexOf(LF, start);
    if (lineFeed < 0 || lineFeed >= end) return kept;
    const after = this.#readLines(this.#kept, 0, this.#keptLength);
    if (after === INCOMPLETE) return kept;
    if (after < 0) return after;
    const outcome = this.#complete(this.#kept, 0, after);
    return outcome < 0 ? outcome : start + after - keptBefore;
  }

  /** The connection ended inside the head. @returns MALFORMED when it could not have become one */
  finish(): number {
    return this.#readLines(this.#kept, 0, this.#keptLength) === MALFORMED ? MALFORMED : INCOMPLETE;
  }

  #keep(bytes: Buffer, start: number, end: number): number {
    const length = this.#keptLength + (end - start);
    if (length > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#kept.length, 1024));
      this.#kept.copy(larger, 0, 0, this.#keptLength);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#keptLength, start, end);
    this.#keptLength = length;
    return length > this.#bytesMax ? TOO_LARGE : INCOMPLETE;
  }

  #readLines(bytes: Buffer, base: number, end: number): number {
    let at = base + this.#line;
    if (this.#line === 0) {
      at = this.#readStatusLine(bytes, base, end);
      if (at < 0) return at;
      this.#line = at - base;
    }
    const marks = this.#marks;
    while (at < end) {
      if (bytes[at] === CR) return at + 1 >= end ? INCOMPLETE : bytes[at + 1] === LF ? at + 2 : MALFORMED;
      // A line that begins with white space (obs-fold) has no token here and is refused, as is "name :".
      let i = at;
      while (i < end && tokenOctets[bytes[i]!] === 1) i++;
      if (i === end) return INCOMPLETE;
      if (bytes[i] !== COLON || i === at) return MALFORMED;
      const nameEnd = i++;
      while (i < end && (bytes[i] === SP || bytes[i] === HTAB)) i++;
      const valueStart = i;
      while (i < end && valueOctets[bytes[i]!] === 1) i++;
      if (i === end) return INCOMPLETE;
      if (bytes[i] !== CR) return MALFORMED;
      if (i + 1 === end) return INCOMPLETE;
      if (bytes[i + 1] !== LF) return MALFORMED;
      let valueEnd = i;
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === SP || bytes[valueEnd - 1] === HTAB))
        valueEnd--;
      if (!this.#readFraming(bytes, at, nameEnd, valueStart, valueEnd)) return MALFORMED;
      marks.push(at - base, nameEnd - base, valueStart - base, valueEnd - base);
      at = i + 2;
      this.#line = at - base;
    }
    return INCOMPLETE;
  }

  // HTTP/1.x NNN[ reason]
  #readStatusLine(bytes: Buffer, base: number, end: number): number {
    for (let i = 0; i < prefix.length; i++) {
      if (base + i === end) return INCOMPLETE;
      if (bytes[base + i] !== prefix[i]) return MALFORMED;
    }
    let at = base + prefix.length;
    if (at + 7 > end) return INCOMPLETE;
    this.minor = bytes[at]! - 48;
    if ((this.minor !== 0 && this.minor !== 1) || bytes[at + 1] !== SP) return MALFORMED;
    const hundreds = bytes[at + 2]! - 48;
    const tens = bytes[at + 3]! - 48;
    const ones = bytes[at + 4]! - 48;
    if (hundreds < 1 || hundreds > 5 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return MALFORMED;
    this.status = hundreds * 100 + tens * 10 + ones;
    at += 5;
    if (bytes[at] !== SP && bytes[at] !== CR) return MALFORMED;
    while (at < end && valueOctets[bytes[at]!] === 1) at++;
    if (at === end) return INCOMPLETE;
    if (bytes[at] !== CR) return MALFORMED;
    if (at + 1 === end) return INCOMPLETE;
    return bytes[at + 1] === LF ? at + 2 : MALFORMED;
  }

  #readFraming(bytes: Buffer, name: number, nameEnd: number, value: number, valueEnd: number): boolean {
    switch (nameEnd - name) {
      case 10:
        if (isName(bytes, name, connectionName)) {
          if (hasToken(bytes.toString('latin1', value, valueEnd), 'close')) this.close = true;
        } else if (isName(bytes, name, keepAliveName)) {
          this.keepAliveSeconds = timeoutOf(bytes.toString('latin1', value, valueEnd));
        }
        return true;
      case 14:
        if (!isName(bytes, name, contentLengthName)) return true;
        // A repeated Content-Length is refused even when equal: the list goes on to a client who may not be as careful.
        if (this.lengthBytes >= 0) return false;
        this.lengthBytes = digitsOf(bytes, value, valueEnd);
        return this.lengthBytes >= 0;
      case 17:
        if (!isName(bytes, name, transferEncodingName)) return true;
        if (this.chunked || bytes.toString('latin1', value, valueEnd).toLowerCase() !== 'chunked')
          return false;
        this.chunked = true;
        return true;
      default:
        return true;
    }
  }

  #complete(bytes: Buffer, base: number, after: number): number {
    if (after - base > this.#bytesMax) return TOO_LARGE;
    // RFC 9112 section 6.3: both at once is how smuggling looks; and HTTP/1.0 knows no transfer coding (6.1).
    if (this.chunked && (this.lengthBytes >= 0 || this.minor === 0)) return MALFORMED;
    const text = bytes.toString('latin1', base, after);
    const marks = this.#marks;
    const headers: string[] = [];
    for (let i = 0; i < marks.length; i += 4) {
      headers.push(text.slice(marks[i], marks[i + 1]), text.slice(marks[i + 2], marks[i + 3]));
    }
    this.headers = headers;
    return after;
  }
}

// Setting bit 5 makes letters lower case and leaves `-` as it is; no other token octet becomes either.
function isName(bytes: Buffer, at: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) {
    if ((bytes[at + i]! | 0x20) !== name[i]) return false;
  }
  return true;
}

// Fifteen digits are exact in a double and beyond any body.
function digitsOf(bytes: Buffer, at: number, end: number): number {
  if (at === end || end - at > 15) return -1;
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function hasToken(list: string, token: string): boolean {
  return list === token || list.split(',').some((item) => item.trim().toLowerCase() === token);
}

function timeoutOf(parameters: string): number {
  const match = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,9})/i.exec(parameters);
  return match === null ? -1 : Number(match[1]);
}
