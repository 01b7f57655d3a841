'use strict';
// The Runtime API as the client speaks it: one connection, kept alive. An answer and the request for the next
// invocation leave in one write, and what the host replies to both arrives in one read. Where an environment has several
// invocations at once, `next` is asked once for all of them, and answers of one turn leave in one write.

const { Socket } = require('node:net');

const root = '/2018-06-01/runtime/';
const host = 'Host: 127.0.0.1\r\n';
const next = `GET ${root}invocation/next HTTP/1.1\r\n${host}\r\n`;
/** Asks for all that are to come. */
const all = `GET ${root}invocation/next HTTP/1.1\r\n${host}Sluice-Multiplexed: 1\r\n\r\n`;
const noMore = `DELETE ${root}invocation/next HTTP/1.1\r\n${host}\r\n`;
const headEnd = Buffer.from('\r\n\r\n');
const readBytes = 65_536;

class Client {
  /** Called with each invocation: { requestId, deadlineMs, functionArn, traceId, clientContext, identity, payload } */
  onInvocation = null;
  isMultiplexed;
  #socket;
  #address;
  /** Answers of this turn; only where several are under way. */
  #answers = '';
  /** What was read of a reply that is not complete. */
  #rest = null;
  #restBytes = 0;
  /** Bytes that a reply has, once its head is known. */
  #wanted = 0;

  /**
   * @param {string | undefined} channelFd - the file that leads to the host
   * @param {string | undefined} address - `127.0.0.1:9001`, where there is none or one is not enough
   * @param {boolean} isMultiplexed - several invocations at once
   */
  constructor(channelFd, address, isMultiplexed) {
    this.isMultiplexed = isMultiplexed;
    this.#address = address;
    const onread = {
      buffer: Buffer.allocUnsafeSlow(readBytes),
      callback: (count, buffer) => this.#read(buffer, count),
    };
    if (channelFd !== undefined)
      this.#socket = new Socket({ fd: Number(channelFd), readable: true, writable: true, onread });
    else this.#socket = connected(address, onread);
    // Without its host a runtime has nothing to live for.
    this.#socket.on('error', () => process.exit(1));
    this.#socket.on('close', () => process.exit(1));
    this.#socket.resume();
  }

  /** While a handler runs, the connection keeps no event loop alive: that it is empty means something. */
  rest() {
    if (!this.isMultiplexed) this.#socket.unref();
  }

  askNext() {
    this.#socket.ref();
    this.#socket.write(this.isMultiplexed ? all : next, 'latin1');
  }

  /** Answers, and asks for the next. @param {string} json */
  answer(requestId, json) {
    const message = post(`invocation/${requestId}/response`, json, '');
    if (this.isMultiplexed) this.#gather(message);
    else {
      this.#socket.ref();
      this.#socket.write(message + next);
    }
  }

  /** @param {(() => void) | null} then - null: asks for the next */
  fail(requestId, shape, then) {
    const json = JSON.stringify(shape);
    const message = post(`invocation/${requestId}/error`, json, typeField(shape));
    if (then === null && this.isMultiplexed) {
      this.#gather(message);
      return;
    }
    this.#socket.ref();
    if (then === null) this.#socket.write(message + next);
    else this.#socket.write(this.#taken() + message, then);
  }

  /** It is about to exit: what comes now would be lost. */
  askNoMore() {
    if (this.isMultiplexed) this.#socket.write(this.#taken() + noMore);
  }

  #gather(message) {
    // Ticks come when all promises of this turn are settled.
    if (this.#answers === '') process.nextTick(() => this.#flush());
    this.#answers += message;
  }

  #flush() {
    if (this.#answers !== '') this.#socket.write(this.#taken());
  }

  #taken() {
    const answers = this.#answers;
    this.#answers = '';
    return answers;
  }

  postInitError(shape, then) {
    this.#socket.ref();
    this.#socket.write(post('init/error', JSON.stringify(shape), typeField(shape)), then);
  }

  /** Where a streamed answer goes: a connection of its own, where others are answered meanwhile. */
  streamOutlet() {
    if (this.isMultiplexed) return new StreamOutlet(() => connected(this.#address).on('error', () => {}), '');
    return new StreamOutlet(() => this.#socket.ref(), next);
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

/** One streamed answer. */
class StreamOutlet {
  #open;
  #next;
  #socket = null;

  /**
   * @param {() => Socket} open - called when the answer begins
   * @param {string} next - follows the answer; '': the connection ends with it
   */
  constructor(open, next) {
    this.#open = open;
    this.#next = next;
  }

  /** Begins a streamed answer. */
  beginStream(requestId, contentType) {
    this.#socket = this.#open();
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
  writeChunk(chunk, then) {
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
  endStream(shape, then) {
    const body = shape === null ? '' : Buffer.from(JSON.stringify(shape)).toString('base64');
    const trailers =
      shape === null ? '' : `${typeField(shape)}Lambda-Runtime-Function-Error-Body: ${body}\r\n`;
    const end = `0\r\n${trailers}\r\n`;
    if (then !== null) this.#socket.write(end, 'latin1', then);
    else if (this.#next !== '') this.#socket.write(end + this.#next, 'latin1');
    else this.#socket.end(end, 'latin1');
  }
}

/** @param {string} address - `127.0.0.1:9001` */
function connected(address, onread) {
  const colon = address.lastIndexOf(':');
  const socket = new Socket({ onread });
  socket.setNoDelay(true);
  socket.connect(Number(address.slice(colon + 1)), address.slice(0, colon));
  return socket;
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

module.exports = { Client };
