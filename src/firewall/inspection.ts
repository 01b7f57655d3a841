// One request as rules see it. Every part is made when the first rule asks for it, once, and kept for the others. Texts
// have one character for each byte.

import type { Exchange } from '../exchange/exchange.ts';
import { addressKey } from './address-set.ts';
import { bytesOf } from './byte-text.ts';
import type { View } from './views.ts';

/** What a view reads: texts to be looked at; true or false where the rule's own setting decides without a look. */
export type Reading = readonly string[] | boolean;

/**
 * Thrown by whoever looks at a body that was not read: it is read then, and the rule asked again. Most requests are
 * judged without it. No Error: making one costs more than a rule.
 */
export const bodyWanted = Symbol('the body is wanted');

export class Inspection {
  readonly exchange: Exchange;
  /** Bytes of a body that rules may look at. */
  readonly bodyBytesMax: number;
  /** Whole names of the labels that rules have given so far. */
  readonly labels: string[] = [];
  /** Headers that rules have put in: name, value, name, value. */
  readonly insertedHeaders: string[] = [];
  readonly #readings: (Reading | undefined)[];
  #address: string | null | undefined = undefined;
  #body: string | null = null;

  constructor(exchange: Exchange, viewCount: number, bodyBytesMax: number) {
    this.exchange = exchange;
    this.bodyBytesMax = bodyBytesMax;
    this.#readings = new Array<Reading | undefined>(viewCount);
  }

  /** What a view sees of this request. */
  reading(view: View): Reading {
    let reading = this.#readings[view.index];
    if (reading === undefined) {
      reading = view.read(this);
      this.#readings[view.index] = reading;
    }
    return reading;
  }

  /** Of the TCP peer; null where it is not known any more. */
  address(): string | null {
    if (this.#address === undefined) this.#address = addressKey(this.exchange.sourceIp());
    return this.#address;
  }

  /** Every field of that name. @param name - lower case */
  header(name: string): string[] {
    return this.exchange.headerAll(name).map(bytesOf);
  }

  /** As much of the body as rules may look at. @throws `bodyWanted` */
  body(): string {
    const bytes = this.#bodyBytes();
    if (bytes === null) return '';
    const length = Math.min(bytes.byteLength, this.bodyBytesMax);
    this.#body ??= Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
    return this.#body;
  }

  /** @throws `bodyWanted` */
  isBodyOversize(): boolean {
    return (this.#bodyBytes()?.byteLength ?? 0) > this.bodyBytesMax;
  }

  #bodyBytes(): Uint8Array | null {
    const { requestBody, downstream } = this.exchange;
    if (requestBody !== null || downstream.body === null) return requestBody;
    throw bodyWanted;
  }
}
