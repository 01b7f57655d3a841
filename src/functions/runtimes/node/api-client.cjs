'use strict';
// The Runtime API, for a runtime that has no channel: a wrapper of the function's stands between it and the host. One
// connection, kept alive, for one invocation at a time. An answer and the request for the next leave in one write, and what
// the host replies to both arrives in one read.

const { Socket } = require('node:net');

const root = '/2018-06-01/runtime/';
const host = 'Host: 127.0.0.1\r\n';
const next = `GET ${root}invocation/next HTTP/1.1\r\n${host}\r\n`;
const headEnd = Buffer.from('\r\n\r\n');
const readBytes = 65_536;

class ApiClient {
  /** Called with each invocation: { requestId, deadlineMs, functionArn, traceId, clientContext, identity, payload } */
  onInvocation = null;
  #socket;
  /** What was read of a reply that is not complete. */
  #rest = null;
  #restBytes = 0;
  /** Bytes that a reply has, once its head is known. */
  #wanted = 0;

  /** @param {string} address - `127.0.0.1:9001` */
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this.#socket = new Socket({
      onread: {
        buffer: Buffer.allocUnsafeSlow(readBytes),
        callback: (count, buffer) => this.#read(buffer, count),
      },
    });
    this.#socket.setNoDelay(true);
    this.#socket.connect(Number(address.slice(colon + 1)), address.slice(0, colon));
    // Without its host a runtime has nothing to live for.
    this.#socket.on('error', () => process.exit(1));
    this.#socket.on('close', () => process.exit(1));
    this.#socket.resume();
  }

  /** While a handler runs, the connection keeps no event loop alive: that it is empty means something. */
  rest() {
    this.#socket.unref();
  }

  /** Asks for the first. */
  begin() {
    this.#socket.ref();
    this.#socket.write(next, 'latin1');
  }

  /** Answers, and asks for the next. @param {string} json */
  answer({ requestId }, json) {
    this.#socket.ref();
    this.#socket.write(`${post(`invocation/${requestId}/response`, json, '')}${next}`);
  }

  /** @param {(() => void) | null} then - null: asks for the next */
  fail({ requestId }, shape, then) {
    const json = JSON.stringify(shape);
    const message = post(`invocation/${requestId}/error`, json, typeField(shape));
    this.#socket.ref();
    if (then === null) this.#socket.write(message + next);
    else this.#socket.write(message, then);
  }

  /** It has not asked for another: nothing is to be said. */
  leave() {}

  postInitError(shape, then) {
    this.#socket.ref();
    this.#socket.write(post('init/error', JSON.stringify(shape), typeField(shape)), then);
  }

  /** Where the streamed answer of an invocation goes. */
  openStream({ requestId }) {
    return {
      begin: (contentType) => this.#beginStream(requestId, contentType),
      write: (chunk, then) => this.#writeChunk(chunk, then),
      end: (shape, then) => this.#endStream(shape, then),
    };
  }

  #beginStream(requestId, contentType) {
    this.#socket.ref();
    this.#socket.cork();
    this.#socket.write(
      `POST ${root}invocation/${requestId}/response HTTP/1.1\r\n${host}` +
        `Content-Type: ${contentType.replace(/[^\x20-\x7e]/g, '')}\r\n` +
        'Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n' +
        'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n',
      'latin1',
    );
    this.#socket.uncork();
  }

  /** @param {Uint8Array} chunk */
  #writeChunk(chunk, then) {
    if (chunk.length === 0) {
      then?.();
      return;
    }
    this.#socket.cork();
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    this.#socket.write(chunk);
    this.#socket.write('\r\n', 'latin1', then);
    this.#socket.uncork();
  }

  /** @param shape - the error with which it ends; null: none */
  #endStream(shape, then) {
    const body = shape === null ? '' : Buffer.from(JSON.stringify(shape)).toString('base64');
    const trailers =
      shape === null ? '' : `${typeField(shape)}Lambda-Runtime-Function-Error-Body: ${body}\r\n`;
    const end = `0\r\n${trailers}\r\n`;
    if (then === null) this.#socket.write(end + next, 'latin1');
    else this.#socket.write(end, 'latin1', then);
  }

  #read(buffer, count) {
    let data = buffer.subarray(0, count);
    if (this.#rest !== null) {
      this.#rest.push(Buffer.from(data));
      this.#restBytes += count;
      if (this.#restBytes < this.#wanted) return true;
      data = Buffer.concat(this.#rest);
      this.#rest = null;
    }
    const done = this.#parse(data);
    if (done < data.length) {
      this.#rest = [Buffer.from(data.subarray(done))];
      this.#restBytes = data.length - done;
      this.#wanted -= done;
    }
    return true;
  }

  /** @returns how many bytes were replies; `#wanted` is where the one after them ends, if that is known */
  #parse(data) {
    let start = 0;
    while (start < data.length) {
      const end = data.indexOf(headEnd, start);
      this.#wanted = 0;
      if (end < 0) return start;
      const head = data.latin1Slice(start, end + 2);
      const bodyEnd = end + 4 + Number(fieldOf(head, 'Content-Length') ?? 0);
      this.#wanted = bodyEnd;
      if (bodyEnd > data.length) return start;
      const requestId = fieldOf(head, 'Lambda-Runtime-Aws-Request-Id');
      // Other replies say that an answer was taken, or refused: the host has settled that by itself.
      if (requestId !== null) {
        this.onInvocation({
          requestId,
          deadlineMs: Number(fieldOf(head, 'Lambda-Runtime-Deadline-Ms')),
          functionArn: fieldOf(head, 'Lambda-Runtime-Invoked-Function-Arn'),
          traceId: fieldOf(head, 'Lambda-Runtime-Trace-Id'),
          clientContext: fieldOf(head, 'Lambda-Runtime-Client-Context'),
          identity: fieldOf(head, 'Lambda-Runtime-Cognito-Identity'),
          payload: data.utf8Slice(end + 4, bodyEnd),
        });
      }
      start = bodyEnd;
    }
    return start;
  }
}

const post = (path, body, fields) =>
  `POST ${root}${path} HTTP/1.1\r\n${host}Content-Type: application/json\r\n${fields}` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const typeField = ({ errorType }) =>
  `Lambda-Runtime-Function-Error-Type: ${String(errorType).replace(/[^\x20-\x7e]/g, '')}\r\n`;

/** The host spells names one way. @returns {string | null} */
function fieldOf(head, name) {
  const at = head.indexOf(`\r\n${name}: `);
  if (at < 0) return null;
  const start = at + name.length + 4;
  return head.slice(start, head.indexOf('\r\n', start));
}

module.exports = { ApiClient };
