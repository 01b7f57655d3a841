// Reads one request's target and fields out of uWS and checks what uWS lets through: what RFC 9112 forbids, and what two
// HTTP implementations could frame differently (request smuggling). One reader serves all requests of a listener.

import { isToken } from '../../base/header-field.ts';
import type { ListenerLimits, RefusalReason } from './refusal.ts';
import type { UwsRequest } from './uws-types.ts';

const commonMethods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
const notVisible = /[^\x21-\x7e]/;
const digits = /^[0-9]{1,15}$/;
/** The colon and space behind a name, and the line's end: they count (data-plane reference, section 5). */
const separatorBytes = 4;
/** uri-host [ ":" port ]: a name, an IPv4 address or a bracketed IPv6 address. @see RFC 3986, section 3.2.2 */
const hostValue = /^(?:[\w\-.~!$&'()*+,;=%]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/;

/** `bodyBytes` of a request without body, and of one whose length is not told. */
export const noBody = -1;
export const chunkedBody = -2;

/** The head read last. The fields are handed over: a new array is made for each request. */
export class RequestHead {
  method = '';
  path = '';
  query = '';
  fields: string[] = [];
  bodyBytes = noBody;

  readonly #limits: ListenerLimits;
  readonly #takeField: (name: string, value: string) => void;
  #textLength = 0;
  #hostCount = 0;
  #isMalformed = false;
  /** The last Host that was found well-formed: most requests carry the same one. */
  #hostKnown = '';

  constructor(limits: ListenerLimits) {
    this.#limits = limits;
    this.#takeField = (name, value) => this.#take(name, value);
  }

  /** @returns why the request must be refused, or null; the fields above describe it in both cases */
  read(request: UwsRequest): RefusalReason | null {
    this.method = request.getCaseSensitiveMethod();
    this.path = request.getUrl();
    this.query = request.getQuery() ?? '';
    this.fields = [];
    this.bodyBytes = noBody;
    this.#textLength = 0;
    this.#hostCount = 0;
    this.#isMalformed = false;
    request.forEach(this.#takeField);

    const limits = this.#limits;
    if (
      this.path.length + this.query.length + 1 > limits.targetBytesMax &&
      this.#targetBytes() > limits.targetBytesMax
    ) {
      return 'target-too-long';
    }
    // A UTF-16 unit is at most three bytes of UTF-8, so a short text need not be measured.
    if (this.#textLength * 3 > limits.headerBytesMax && this.#headerBytes() > limits.headerBytesMax) {
      return 'header-too-large';
    }
    if (this.#isMalformed || this.#hostCount !== 1) return 'malformed-request';
    if (!commonMethods.has(this.method) && !isToken(this.method)) return 'malformed-request';
    if (notVisible.test(this.path) || notVisible.test(this.query)) return 'malformed-request';
    if (this.bodyBytes > limits.bodyBytesMax) return 'body-too-large';
    if (this.bodyBytes === 0) this.bodyBytes = noBody;
    return null;
  }

  #take(name: string, value: string): void {
    this.fields.push(name, value);
    this.#textLength += name.length + value.length + separatorBytes;
    // The one control character that uWS lets through; 30 ns a field less than a regular expression over all.
    if (value.indexOf('\x7f') >= 0) this.#isMalformed = true;
    switch (name.length) {
      case 0:
        this.#isMalformed = true;
        break;
      case 4:
        if (name === 'host') this.#takeHost(value);
        break;
      case 14:
        if (name === 'content-length') this.#takeLength(value);
        break;
      case 17:
        if (name === 'transfer-encoding') this.#takeEncoding(value);
        break;
    }
  }

  #takeHost(value: string): void {
    this.#hostCount++;
    if (value === this.#hostKnown) return;
    if (hostValue.test(value)) this.#hostKnown = value;
    else this.#isMalformed = true;
  }

  #takeLength(value: string): void {
    if (this.bodyBytes !== noBody || !digits.test(value)) this.#isMalformed = true;
    else this.bodyBytes = Number(value);
  }

  /** Only chunked, and that once: uWS decodes every Transfer-Encoding as chunked. */
  #takeEncoding(value: string): void {
    if (this.bodyBytes !== noBody || value.toLowerCase() !== 'chunked') this.#isMalformed = true;
    else this.bodyBytes = chunkedBody;
  }

  #targetBytes(): number {
    const queryBytes = this.query === '' ? 0 : Buffer.byteLength(this.query) + 1;
    return Buffer.byteLength(this.path) + queryBytes;
  }

  #headerBytes(): number {
    let sum = (this.fields.length / 2) * separatorBytes;
    for (const text of this.fields) sum += Buffer.byteLength(text);
    return sum;
  }
}
