// Decodes chunked bodies (RFC 9112 section 7.1): extensions are ignored, trailers dropped, everything else strict.

import { CR, hexDigits, LF, SEMICOLON, valueOctets } from './octets.ts';

type State =
  | 'size-first' // the first digit of a chunk size
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer-first' // first octet of a trailer line, or the CR of the empty line that ends the body
  | 'trailer'
  | 'trailer-lf'
  | 'end-lf'
  | 'done';

/** What one step gives: data from `dataStart` to `next` when they differ, or the end, or a fault. */
export class ChunkedDecoder {
  /** Where the caller goes on. */
  next = 0;
  dataStart = 0;
  readonly #extraBytesMax: number;
  #state: State = 'size-first';
  #left = 0;
  #digits = 0;
  // Extensions and trailers: octets that carry nothing, bounded together.
  #extraBytes = 0;

  constructor(extraBytesMax: number) {
    this.#extraBytesMax = extraBytesMax;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  reset(): void {
    this.#state = 'size-first';
    this.#left = 0;
    this.#digits = 0;
    this.#extraBytes = 0;
  }

  /**
   * Goes on to the next piece of data, or as far as the bytes reach.
   * @returns false when the bytes are no chunked body (or its extensions and trailers are above the limit)
   */
  step(bytes: Buffer, start: number, end: number): boolean {
    let at = start;
    this.dataStart = end;
    while (at < end) {
      const octet = bytes[at]!;
      switch (this.#state) {
        case 'size-first':
          this.#left = hexDigits[octet]!;
          if (this.#left === 255) return false;
          this.#digits = 1;
          this.#state = 'size';
          at++;
          break;
        case 'size':
          at++;
          if (hexDigits[octet] !== 255) {
            // Twelve digits are 2^48 bytes: exact in a double and beyond any body.
            if (++this.#digits > 12) return false;
            this.#left = this.#left * 16 + hexDigits[octet]!;
          } else if (octet === CR) this.#state = 'size-lf';
          else if (octet === SEMICOLON) this.#state = 'extension';
          else return false;
          break;
        case 'extension':
          at++;
          if (octet === CR) this.#state = 'size-lf';
          else if (!this.#extra(octet)) return false;
          break;
        case 'size-lf':
          if (octet !== LF) return false;
          this.#state = this.#left === 0 ? 'trailer-first' : 'data';
          at++;
          break;
        case 'data': {
          const stop = Math.min(end, at + this.#left);
          this.dataStart = at;
          this.#left -= stop - at;
          if (this.#left === 0) this.#state = 'data-cr';
          this.next = stop;
          return true;
        }
        case 'data-cr':
          if (octet !== CR) return false;
          this.#state = 'data-lf';
          at++;
          break;
        case 'data-lf':
          if (octet !== LF) return false;
          this.#state = 'size-first';
          at++;
          break;
        case 'trailer-first':
          at++;
          if (octet === CR) this.#state = 'end-lf';
          else if (this.#extra(octet)) this.#state = 'trailer';
          else return false;
          break;
        case 'trailer':
          at++;
          if (octet === CR) this.#state = 'trailer-lf';
          else if (!this.#extra(octet)) return false;
          break;
        case 'trailer-lf':
          if (octet !== LF) return false;
          this.#state = 'trailer-first';
          at++;
          break;
        case 'end-lf':
          if (octet !== LF) return false;
          this.#state = 'done';
          this.next = at + 1;
          this.dataStart = this.next;
          return true;
        case 'done':
          return false;
      }
    }
    this.next = end;
    this.dataStart = end;
    return true;
  }

  #extra(octet: number): boolean {
    return valueOctets[octet] === 1 && ++this.#extraBytes <= this.#extraBytesMax;
  }
}
