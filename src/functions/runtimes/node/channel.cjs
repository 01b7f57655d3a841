'use strict';
// The runtime's end of the channel that it was born with (environments/channel of the host): frames both ways, any number
// of invocations at once. What is sent in one turn of the event loop leaves in one write.

const { Socket } = require('node:net');

//   u32 length of what follows | u8 type | u32 call | body
const frame = {
  invoke: 1,
  credit: 2,
  ready: 3,
  leaving: 4,
  initError: 5,
  answer: 6,
  error: 7,
  tooLong: 8,
  head: 9,
  data: 10,
  end: 11,
};
const headBytes = 9;
/** A longer frame would be refused. */
const bodyBytesMax = 16 * 1024 * 1024 - 64;
const readBytes = 65_536;
/** Bytes of a streamed answer that may be sent before there is credit. */
const windowBytes = 256 * 1024;
/** Of a chunk, what one frame carries. */
const pieceBytesMax = 64 * 1024;
/** Handlers that came together run one after the other so long, in milliseconds; then their answers go first. */
const turnMs = 1;
/** Frames up to this together are copied into one buffer. */
const copiedBytesMax = 65_536;
const nothing = Buffer.alloc(0);

class Channel {
  /** Called with each invocation: { requestId, deadlineMs, functionArn, traceId, clientContext, identity, payload } */
  onInvocation = null;
  #socket;
  #isShared;
  /** Invocations that were read and have not begun. */
  #arrived = [];
  /** Streams under way, by call. @type {Map<number, ChannelStream>} */
  #streams = new Map();
  /** Frames of this turn. */
  #frames = [];
  #framesBytes = 0;
  /** What was read of a frame that is not complete. */
  #rest = [];
  #restBytes = 0;
  /** Bytes that it has with its head, once they are known. */
  #wanted = headBytes;

  /**
   * @param {number} fd - the file that leads to the host
   * @param {boolean} isShared - several invocations at once
   */
  constructor(fd, isShared) {
    this.#isShared = isShared;
    this.#socket = new Socket({
      fd,
      readable: true,
      writable: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(readBytes),
        callback: (count, buffer) => this.#read(buffer.subarray(0, count)),
      },
    });
    // Without its host a runtime has nothing to live for.
    this.#socket.on('error', () => process.exit(1));
    this.#socket.on('close', () => process.exit(1));
    this.#socket.resume();
  }

  /** Takes invocations from now on. */
  begin() {
    this.#send(frame.ready, 0, nothing);
  }

  /** While a handler runs, the connection keeps no event loop alive: that it is empty means something. */
  rest() {
    if (!this.#isShared) this.#socket.unref();
  }

  /** @param {string} json */
  answer({ call }, json) {
    this.#sendText(frame.answer, call, json);
  }

  /** @param {(() => void) | null} then - null: others may follow */
  fail({ call }, shape, then) {
    this.#sendText(frame.error, call, JSON.stringify(shape));
    if (then !== null) this.#flush(then);
  }

  /** It is about to exit: what comes now would be lost. */
  leave() {
    this.#send(frame.leaving, 0, nothing);
  }

  postInitError(shape, then) {
    this.#sendText(frame.initError, 0, JSON.stringify(shape));
    this.#flush(then);
  }

  /** Where the streamed answer of an invocation goes. */
  openStream({ call }) {
    const stream = new ChannelStream((type, body, then) => {
      // One that fails before its first byte has no end of its own.
      if (type === frame.head) this.#streams.set(call, stream);
      else if (type === frame.end) this.#streams.delete(call);
      this.#send(type, call, body);
      if (then !== null) this.#flush(then);
    });
    return stream;
  }

  /** What is longer than a frame may be is only told to be so. */
  #sendText(type, call, text) {
    const bytes = Buffer.byteLength(text);
    if (bytes > bodyBytesMax) {
      this.#send(frame.tooLong, call, nothing);
      return;
    }
    const message = Buffer.allocUnsafe(headBytes + bytes);
    message.write(text, headBytes, 'utf8');
    this.#put(type, call, message);
  }

  #send(type, call, body) {
    const message = Buffer.allocUnsafe(headBytes + body.length);
    message.set(body, headBytes);
    this.#put(type, call, message);
  }

  #put(type, call, message) {
    message.writeUInt32BE(message.length - 4, 0);
    message[4] = type;
    message.writeUInt32BE(call, 5);
    this.#socket.ref();
    this.#framesBytes += message.length;
    // Ticks come when all promises of this turn are settled; who is alone waits for nobody.
    if (this.#frames.push(message) > 1) return;
    if (type === frame.answer && !this.#isShared) this.#flush();
    else process.nextTick(() => this.#flush());
  }

  /** @param {(() => void) | undefined} then - called when the host has it */
  #flush(then) {
    const frames = this.#frames;
    const bytes = this.#framesBytes;
    this.#frames = [];
    this.#framesBytes = 0;
    if (frames.length === 1) this.#socket.write(frames[0], then);
    else if (frames.length > 1 && bytes <= copiedBytesMax)
      this.#socket.write(Buffer.concat(frames, bytes), then);
    else if (frames.length > 1) {
      this.#socket.cork();
      for (const message of frames.slice(0, -1)) this.#socket.write(message);
      this.#socket.write(frames.at(-1), then);
      this.#socket.uncork();
    }
  }

  /** The buffer is used again: what is kept of it is copied. */
  #read(chunk) {
    let data = chunk;
    if (this.#restBytes > 0) {
      this.#rest.push(Buffer.from(data));
      this.#restBytes += data.length;
      if (this.#restBytes < this.#wanted) return true;
      data = Buffer.concat(this.#rest, this.#restBytes);
      this.#rest = [];
      this.#restBytes = 0;
    }
    let start = 0;
    this.#wanted = headBytes;
    while (data.length - start >= headBytes) {
      const end = start + 4 + data.readUInt32BE(start);
      if (end > data.length) {
        this.#wanted = end - start;
        break;
      }
      this.#onFrame(data[start + 4], data.readUInt32BE(start + 5), data, start + headBytes, end);
      start = end;
    }
    if (start < data.length) {
      this.#rest.push(Buffer.from(data.subarray(start)));
      this.#restBytes = data.length - start;
    }
    this.#hand();
    return true;
  }

  /** Answers leave between two turns: who came first does not wait for what the last of them computes. */
  #hand() {
    const beganMs = performance.now();
    while (this.#arrived.length > 0) {
      this.onInvocation(this.#arrived.shift());
      if (this.#arrived.length > 0 && performance.now() - beganMs > turnMs) {
        setImmediate(() => this.#hand());
        return;
      }
    }
  }

  #onFrame(type, call, data, start, end) {
    if (type === frame.credit) this.#streams.get(call)?.grant(data.readUInt32BE(start));
    else if (type === frame.invoke) this.#arrived.push(invocationOf(call, data, start, end));
  }
}

function invocationOf(call, data, start, end) {
  const payloadStart = start + 4 + data.readUInt32BE(start);
  const head = data.latin1Slice(start + 4, payloadStart).split('\n');
  return {
    call,
    requestId: head[0],
    deadlineMs: Number(head[1]),
    functionArn: head[2],
    traceId: head[3] === '' ? null : head[3],
    clientContext: head[4] === '' ? null : head[4],
    identity: null,
    payload: data.utf8Slice(payloadStart, end),
  };
}

/** One streamed answer: no more of it is under way than the host has given credit for. */
class ChannelStream {
  /** @type {(type: number, body: Uint8Array, then: (() => void) | null) => void} */
  #send;
  #credit = windowBytes;
  /** Chunks that wait, each with what is called when all of it is sent. */
  #waiting = [];

  constructor(send) {
    this.#send = send;
  }

  begin(contentType) {
    this.#send(frame.head, Buffer.from(contentType.replace(/[^\x20-\x7e]/g, '')), null);
  }

  /** @param {Uint8Array} chunk @param {(() => void) | undefined} then */
  write(chunk, then) {
    this.#waiting.push({ chunk, then });
    if (this.#waiting.length === 1) this.#pump();
  }

  /** @param shape - the error with which it ends; null: none */
  end(shape, then) {
    const cut = this.#waiting;
    this.#waiting = [];
    this.#send(frame.end, shape === null ? nothing : Buffer.from(JSON.stringify(shape)), then);
    // Whoever waits for them to be sent is not left waiting.
    for (const { then: done } of cut) done?.();
  }

  grant(bytes) {
    this.#credit += bytes;
    this.#pump();
  }

  #pump() {
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0];
      while (first.chunk.length > 0) {
        if (this.#credit <= 0) return;
        const piece = first.chunk.subarray(0, Math.min(pieceBytesMax, this.#credit));
        this.#credit -= piece.length;
        first.chunk = first.chunk.subarray(piece.length);
        this.#send(frame.data, piece, null);
      }
      this.#waiting.shift();
      first.then?.();
    }
  }
}

module.exports = { Channel };
