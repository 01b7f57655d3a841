// METHOD RESPONSE: answers are compressed for clients that can read it, on APIs with a minimumCompressionSize.
// See data-plane reference, sections 15 and 19.

import { fieldIn } from '../../base/flat-list.ts';
import { type HeaderBlock, joinBlocks, uncheckedBlock } from '../../base/header-field.ts';
import type { Compression } from '../../exchange/compression.ts';
import { acceptedCoding, type ContentCoding } from '../../exchange/content-coding.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Phase } from '../../exchange/phase.ts';
import { hasCompressorFree, openCompressor } from './compression-stream.ts';
import { compressLater, compressSync } from './compression-zlib.ts';

/**
 * Up to here the event loop compresses by itself. Measured on JSON (Node 24, level 4): 16 KB take 140 µs and 64 KB
 * 530 µs in place; handing any size to a thread costs the loop 45 to 90 µs and the answer 150 to 200 µs more.
 */
const inPlaceBytesMax = 16_384;
/** Gateway responses have no later turn; half a millisecond is what one may cost. */
const refusalBytesMax = 65_536;

/**
 * @param minimumCompressionSize - bytes of the plain body; absent = off
 * @returns null when off: then nothing is added to any plan
 */
export function compileCompression(minimumCompressionSize: number | null | undefined): Compression | null {
  return minimumCompressionSize === null || minimumCompressionSize === undefined
    ? null
    : new AnswerCompression(minimumCompressionSize);
}

/** The phase after the integration's. */
export function compileCompressAnswer(compression: Compression): Phase {
  return (exchange) => {
    if (!compression.appliesTo(exchange)) return undefined;
    return compression.compress(exchange)?.then(() => undefined);
  };
}

class AnswerCompression implements Compression {
  readonly heldBytesMax: number;
  readonly #minimumBytes: number;
  readonly #refusals = new RefusalMemory();

  constructor(minimumBytes: number) {
    // Nothing to compress is never compressed: a coded body of no bytes would have twenty.
    this.#minimumBytes = Math.max(minimumBytes, 1);
    this.heldBytesMax = Math.max(minimumBytes, inPlaceBytesMax);
  }

  appliesTo(exchange: Exchange): boolean {
    const { responseStatus, method } = exchange;
    // 206 holds a range of the plain representation: coded, its Content-Range would be wrong (RFC 9110, section 14.4).
    if (responseStatus === 204 || responseStatus === 206 || responseStatus === 304) return false;
    return method !== 'HEAD' && !isEncoded(exchange);
  }

  compress(exchange: Exchange): Promise<void> | undefined {
    const bytes = this.#longEnough(exchange.responseBody);
    if (bytes === null) return undefined;
    const coding = codingFor(exchange);
    if (coding === null) {
      addFields(exchange, null);
      return undefined;
    }
    if (bytes.byteLength <= inPlaceBytesMax) {
      accept(exchange, coding, compressSync(bytes, coding));
      return undefined;
    }
    const pending = compressLater(bytes, coding);
    if (pending !== null)
      return pending.then((made) => accept(exchange, made === null ? null : coding, made));
    addFields(exchange, null);
    return undefined;
  }

  compressNow(exchange: Exchange): void {
    if (!this.appliesTo(exchange)) return;
    const { responseBody: body } = exchange;
    const bytes = this.#longEnough(body);
    if (bytes === null) return;
    const coding = bytes.byteLength > refusalBytesMax ? null : codingFor(exchange);
    if (coding === null) addFields(exchange, null);
    else accept(exchange, coding, this.#refusals.compressed(body, bytes, coding));
  }

  open(...[exchange, lengthBytes, sink]: Parameters<Compression['open']>): ReturnType<Compression['open']> {
    if (lengthBytes !== null && lengthBytes < this.#minimumBytes) return null;
    const coding = hasCompressorFree() ? codingFor(exchange) : null;
    addFields(exchange, coding);
    return coding === null ? null : openCompressor(coding, sink);
  }

  #longEnough(body: string | Uint8Array | null): Uint8Array | null {
    if (body === null) return null;
    // A character has at most three bytes per UTF-16 unit, so most short texts need no look at their letters.
    if (typeof body === 'string' && body.length * 3 < this.#minimumBytes) return null;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    return bytes.byteLength < this.#minimumBytes ? null : bytes;
  }
}

/**
 * Refusals compressed before: under a flood most are the same few texts, and compressing 30 bytes costs 25 µs where
 * the rest of a 429 costs less than that.
 */
class RefusalMemory {
  readonly #byText = new Map<string, Buffer>();
  readonly #textsMax = 64;
  readonly #textLengthMax = 1024;

  compressed(body: string | Uint8Array | null, bytes: Uint8Array, coding: ContentCoding): Buffer {
    if (typeof body !== 'string' || body.length > this.#textLengthMax) return compressSync(bytes, coding);
    const key = coding + body;
    const found = this.#byText.get(key);
    if (found !== undefined) return found;
    const made = compressSync(bytes, coding);
    if (this.#byText.size < this.#textsMax) this.#byText.set(key, made);
    return made;
  }
}

function codingFor(exchange: Exchange): ContentCoding | null {
  const field = exchange.header('accept-encoding');
  // One field as a rule; several are one list (RFC 9110, section 5.3).
  return acceptedCoding(field === null ? null : exchange.headerAll('accept-encoding').join(','));
}

/** Takes what was made; null for both when there was no memory for it. */
function accept(exchange: Exchange, coding: ContentCoding | null, made: Uint8Array | null): void {
  if (made !== null) exchange.responseBody = made;
  addFields(exchange, coding);
}

const contentEncoding = /\r\ncontent-encoding:/i;
const varies = /\r\nvary:[^\r\n]*(?:accept-encoding|\*)/i;

/** In the answer's own fields, or in those of the backend's answer, whose body they may not describe any more. */
function isEncoded(exchange: Exchange): boolean {
  if (contentEncoding.test(textOfBlock(exchange.responseHeaders))) return true;
  return fieldIn(exchange.integrationAnswer?.headers ?? [], 'content-encoding') !== null;
}

const codingFields: Readonly<Record<ContentCoding, HeaderBlock>> = {
  gzip: uncheckedBlock('\r\nContent-Encoding: gzip'),
  deflate: uncheckedBlock('\r\nContent-Encoding: deflate'),
};
const varyField = uncheckedBlock('\r\nVary: Accept-Encoding');

/**
 * `Vary: Accept-Encoding` goes on every answer for which the client's field was asked, the plain ones too: a shared cache
 * would hand gzip to clients that cannot read it (RFC 9110, section 12.5.5; the reference is silent). ETags stay as
 * they are, as on AWS: weakened ones would break If-Match against the backend.
 */
function addFields(exchange: Exchange, coding: ContentCoding | null): void {
  if (coding !== null) exchange.responseHeaders = joinBlocks(exchange.responseHeaders, codingFields[coding]);
  if (!varies.test(textOfBlock(exchange.responseHeaders)))
    exchange.responseHeaders = joinBlocks(exchange.responseHeaders, varyField);
}

function textOfBlock(block: HeaderBlock): string {
  return typeof block === 'string' ? block : Buffer.from(block as Uint8Array).toString('latin1');
}
