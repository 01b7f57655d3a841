// HTTP/1.1 requests out of the bytes of one connection: strict, bounded, one after the other. Knows nothing of what
// is asked. It stands in for node:http, which costs about 30 µs a request, where requests are ours to answer: those of
// functions' runtimes, and those of the management API.

import { joinedIn, valueIn } from '../flat-list.ts';

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Name, value, name, value, in the order received. Names are in lower case; values as bytes are, one character each. */
  readonly fields: readonly string[];
  /** HTTP/1.0 knows no chunks. */
  readonly isVersion10: boolean;
  readonly isKeptAlive: boolean;
  readonly expectsContinue: boolean;
  /** null: chunked. */
  readonly contentLength: number | null;
}

export interface RequestHandler {
  onHead(head: RequestHead): void;
  /** A view of what was read; it may be kept. */
  onData(chunk: Buffer): void;
  /** @param trailers - name, value, name, value */
  onEnd(trailers: readonly string[]): void;
  /** Nothing is read any more. */
  onBad(status: 400 | 431, reason: string): void;
}

type State = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'bad';

const noFields: readonly string[] = [];
const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');
const empty = Buffer.alloc(0);
/** Digits and extensions of one chunk's size. */
const chunkLineBytesMax = 256;

export class RequestReader {
  readonly #handler: RequestHandler;
  readonly #headBytesMax: number;
  #state: State = 'head';
  #rest: Buffer = empty;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  #isHeld = false;

  constructor(handler: RequestHandler, headBytesMax: number) {
    this.#handler = handler;
    this.#headBytesMax = headBytesMax;
  }

  /** In the middle of a request. */
  get isInBody(): boolean {
    return this.#state !== 'head' && this.#state !== 'bad';
  }

  /** Bytes are here that are not read yet: a part of a head, or what has come while it was held. */
  get hasRest(): boolean {
    return this.#rest.length > 0;
  }

  push(chunk: Buffer): void {
    if (this.#isHeld && this.#rest.length > this.#headBytesMax) {
      this.#bad(400, 'too much after a request');
      return;
    }
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#read();
  }

  /**
   * Reads no further request before `release`: the one before has no answer yet. Who sends more than a head in the
   * meantime is refused, unless the connection is paused.
   */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    if (this.#rest.length > 0) this.#read();
  }

  /** Reads nothing any more. */
  stop(): void {
    this.#state = 'bad';
    this.#rest = empty;
  }

  #read(): void {
    while (this.#rest.length > 0 && this.#step());
  }

  /** @returns false when more bytes are needed */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return !this.#isHeld && this.#readHead();
      case 'body':
        return this.#readBody();
      case 'chunk-size':
        return this.#readChunkSize();
      case 'chunk':
        return this.#readChunk();
      case 'chunk-end':
        return this.#readChunkEnd();
      case 'trailers':
        return this.#readTrailers();
      case 'bad':
        this.#rest = empty;
        return false;
    }
  }

  #readHead(): boolean {
    // Empty lines before a request are let pass (RFC 9112, section 2.2).
    if (this.#rest[0] === 0x0d && this.#rest[1] === 0x0a) {
      this.#rest = this.#rest.subarray(2);
      return true;
    }
    const end = this.#rest.indexOf(headEnd);
    if (end < 0 || end > this.#headBytesMax)
      return this.#rest.length > this.#headBytesMax ? this.#bad(431, 'the head is too long') : false;
    const text = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 4);
    const head = parseHead(text);
    if (typeof head === 'string') return this.#bad(400, head);
    this.#left = head.contentLength ?? 0;
    this.#state = head.contentLength === null ? 'chunk-size' : this.#left > 0 ? 'body' : 'head';
    this.#handler.onHead(head);
    if (this.#state === 'head') this.#handler.onEnd(noFields);
    return true;
  }

  #readBody(): boolean {
    this.#take();
    if (this.#left > 0) return false;
    this.#state = 'head';
    this.#handler.onEnd(noFields);
    return true;
  }

  #readChunkSize(): boolean {
    const end = this.#rest.indexOf(lineEnd);
    if (end < 0 || end > chunkLineBytesMax)
      return this.#rest.length > chunkLineBytesMax ? this.#bad(400, 'a chunk has no size') : false;
    const line = this.#rest.toString('latin1', 0, end);
    const digits = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (digits === undefined) return this.#bad(400, 'a chunk has no size');
    this.#rest = this.#rest.subarray(end + 2);
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
    return true;
  }

  #readChunk(): boolean {
    this.#take();
    if (this.#left > 0) return false;
    this.#state = 'chunk-end';
    return true;
  }

  #readChunkEnd(): boolean {
    if (this.#rest.length < 2) return false;
    if (this.#rest[0] !== 0x0d || this.#rest[1] !== 0x0a) return this.#bad(400, 'a chunk is too long');
    this.#rest = this.#rest.subarray(2);
    this.#state = 'chunk-size';
    return true;
  }

  #readTrailers(): boolean {
    if (this.#rest.length < 2) return false;
    const isEmpty = this.#rest[0] === 0x0d && this.#rest[1] === 0x0a;
    const end = isEmpty ? 0 : this.#rest.indexOf(headEnd);
    // The body of an error travels in a trailer, in base64.
    const bytesMax = this.#headBytesMax * 8;
    if (end < 0) return this.#rest.length > bytesMax ? this.#bad(431, 'the trailers are too long') : false;
    const fields = isEmpty ? noFields : parseFields(this.#rest.toString('latin1', 0, end), 0);
    if (typeof fields === 'string') return this.#bad(400, fields);
    this.#rest = this.#rest.subarray(end + (isEmpty ? 2 : 4));
    this.#state = 'head';
    this.#handler.onEnd(fields);
    return true;
  }

  #take(): void {
    const data = this.#rest.length > this.#left ? this.#rest.subarray(0, this.#left) : this.#rest;
    this.#rest = this.#rest.subarray(data.length);
    this.#left -= data.length;
    this.#handler.onData(data);
  }

  #bad(status: 400 | 431, reason: string): false {
    this.stop();
    this.#handler.onBad(status, reason);
    return false;
  }
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** @returns the head, or what is wrong with it */
function parseHead(text: string): RequestHead | string {
  const lineEnds = text.indexOf('\r\n');
  const line = lineEnds < 0 ? text : text.slice(0, lineEnds);
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const version = line.slice(second + 1);
  const isVersion10 = version === 'HTTP/1.0';
  if (first <= 0 || second < first + 2 || !(isVersion10 || version === 'HTTP/1.1') || !isText(line))
    return 'the request line is malformed';
  const fields = parseFields(text, lineEnds < 0 ? text.length : lineEnds + 2);
  if (typeof fields === 'string') return fields;
  const contentLength = bodyLength(fields);
  if (typeof contentLength === 'string') return contentLength;
  return {
    method: line.slice(0, first),
    target: line.slice(first + 1, second),
    fields,
    isVersion10,
    isKeptAlive: isKeptAlive(fields, isVersion10),
    expectsContinue: valueIn(fields, 'expect')?.toLowerCase() === '100-continue',
    contentLength,
  };
}

function isKeptAlive(fields: readonly string[], isVersion10: boolean): boolean {
  const connection = joinedIn(fields, 'connection');
  if (connection === null) return !isVersion10;
  const options = connection
    .toLowerCase()
    .split(',')
    .map((option) => option.trim());
  return !options.includes('close') && (!isVersion10 || options.includes('keep-alive'));
}

function bodyLength(fields: readonly string[]): number | null | string {
  const coding = joinedIn(fields, 'transfer-encoding');
  const length = valueIn(fields, 'content-length');
  if (coding !== null) {
    if (length !== null) return 'both Content-Length and Transfer-Encoding are given';
    return coding.toLowerCase() === 'chunked' ? null : 'the transfer coding is unknown';
  }
  if (length === null) return 0;
  for (let i = 0; i < fields.length; i += 2)
    if (fields[i] === 'content-length' && fields[i + 1] !== length) return 'there are two Content-Lengths';
  return /^\d{1,15}$/.test(length) ? Number(length) : 'the Content-Length is malformed';
}

/** Of lines, without the CRLF between them: no control character but TAB, so no line end of another kind either. */
const isText = (text: string): boolean => !/[\0-\x08\x0a-\x1f\x7f]/.test(text);

function parseFields(text: string, from: number): readonly string[] | string {
  const fields: string[] = [];
  for (let start = from; start < text.length; ) {
    let end = text.indexOf('\r\n', start);
    if (end < 0) end = text.length;
    const colon = text.indexOf(':', start);
    if (colon < 0 || colon >= end) return 'a field has no colon';
    const name = text.slice(start, colon);
    if (!token.test(name)) return 'the name of a field is malformed';
    const value = text.slice(colon + 1, end);
    if (!isText(value)) return 'the value of a field is malformed';
    fields.push(name.toLowerCase(), trimmed(value));
    start = end + 2;
  }
  return fields;
}

/** Without blanks and tabs around it; other spaces, which `trim` takes too, are the client's. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;
