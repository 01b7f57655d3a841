'use strict';
// awslambda.streamifyResponse and the stream that its handlers write to.

const { Writable } = require('node:stream');

const streamingMark = Symbol.for('aws.lambda.runtime.handler.streaming');
const highWaterMark = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const httpContentType = 'application/vnd.awslambda.http-integration-response';
/** Between the metadata of an HTTP answer and its body. */
const separator = Buffer.alloc(8);

class ResponseStream extends Writable {
  hasBegun = false;
  #outlet;
  #contentType = 'application/octet-stream';
  #prelude = null;
  #isCut = false;

  /** @param outlet - of the link to the host: { begin, write, end } */
  constructor(outlet, options) {
    super({ ...options, decodeStrings: true });
    this.#outlet = outlet;
  }

  setContentType(contentType) {
    this.#contentType = String(contentType);
  }

  /** Metadata, which goes in front of the first byte. */
  setPrelude(prelude) {
    this.#contentType = httpContentType;
    this.#prelude = Buffer.concat([Buffer.from(JSON.stringify(prelude)), separator]);
  }

  /** What is no text and no bytes is written as JSON. */
  write(chunk, encoding, then) {
    const isRaw = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return super.write(isRaw ? chunk : JSON.stringify(chunk), encoding, then);
  }

  _write(chunk, _encoding, then) {
    if (this.#isCut) return then();
    this.#begin();
    return this.#outlet.write(chunk, then);
  }

  _final(then) {
    if (!this.#isCut) this.#begin();
    then();
  }

  /** Takes no more: the answer has ended otherwise. */
  cut() {
    this.#isCut = true;
  }

  #begin() {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.#outlet.begin(this.#contentType);
    if (this.#prelude !== null) this.#outlet.write(this.#prelude);
  }
}

const awslambda = {
  /** Marks a handler: it is called with (event, responseStream, context). */
  streamifyResponse(handler, options) {
    handler[streamingMark] = 'response';
    if (options?.highWaterMark !== undefined)
      handler[highWaterMark] = Number.parseInt(options.highWaterMark, 10);
    return handler;
  },
  HttpResponseStream: {
    /** @param prelude - { statusCode, headers, cookies } */
    from(stream, prelude) {
      stream.setPrelude(prelude);
      return stream;
    },
  },
};

const isStreaming = (handler) => handler[streamingMark] === 'response';

const streamOptions = (handler) =>
  handler[highWaterMark] > 0 ? { highWaterMark: handler[highWaterMark] } : {};

module.exports = { ResponseStream, awslambda, isStreaming, streamOptions };
