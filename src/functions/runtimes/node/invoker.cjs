'use strict';
// Calls the handler, in each of the ways in which a handler may answer: a promise, a callback, a stream.

const { flushCompileCache } = require('node:module');
const { Context } = require('./context.cjs');
const { describe, describeForLog, runtimeError } = require('./errors.cjs');
const { isSeparate, runFor } = require('./current.cjs');
const { log } = require('./log.cjs');
const { ResponseStream, isStreaming, streamOptions } = require('./streaming.cjs');

/** From this version on a handler may return its answer without a promise. */
const returnsFrom = 24;

const unsettled =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';

class Invoker {
  #links;
  #handler;
  #takesReturn;
  /** Invocations that have no answer yet. */
  #underWay = new Set();
  #hasServed = false;

  /** @param links - connections to the host: each may hand over invocations */
  constructor(links, handler) {
    this.#links = links;
    this.#handler = handler;
    const version = /nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '')?.[1];
    this.#takesReturn = Number(version ?? returnsFrom) >= returnsFrom && handler.length < 3;
    for (const link of links) link.onInvocation = (invocation) => this.#call(link, invocation);
  }

  begin() {
    // Nothing keeps the event loop alive, and the handler has not answered.
    process.on('beforeExit', () => {
      for (const call of this.#underWay) call.onEmptyLoop();
    });
    for (const link of this.#links) link.begin();
  }

  /** All that are under way fail. @param then - called once, when that is told @returns false when none is */
  failAll(shape, then) {
    const calls = [...this.#underWay];
    this.#underWay.clear();
    for (const link of this.#links) link.leave();
    for (const call of calls) call.fail(shape, call === calls.at(-1) ? then : () => {});
    return calls.length > 0;
  }

  #call(link, invocation) {
    link.rest();
    const call = isStreaming(this.#handler)
      ? new StreamedCall(link, invocation, this.#handler)
      : new Call(link, invocation);
    call.onDone = () => this.#done(call);
    this.#underWay.add(call);
    runFor(invocation, () => this.#run(invocation, call));
  }

  #run(invocation, call) {
    let event;
    try {
      event = JSON.parse(invocation.payload);
    } catch (error) {
      call.reject(runtimeError('Runtime.UnmarshalError', `The payload is no JSON: ${error.message}`));
      return;
    }
    const context = new Context(invocation, call);
    try {
      const returned = call.start(this.#handler, event, context);
      if (typeof returned?.then === 'function') {
        call.isAsync = true;
        returned.then(
          (value) => call.resolve(value),
          (error) => call.reject(error),
        );
      } else if (this.#takesReturn && returned !== undefined) call.resolve(returned);
      else call.onReturned();
    } catch (error) {
      call.reject(error);
    }
  }

  #done(call) {
    this.#underWay.delete(call);
    if (this.#hasServed) return;
    this.#hasServed = true;
    // Whoever starts next finds it; an environment is ended without a warning.
    setImmediate(flushCompileCache);
  }
}

/** An invocation that has one answer or one failure. */
class Answering {
  onDone = null;
  isAsync = false;
  isDone = false;
  /**
   * Of a callback: it answers when the event loop is empty, unless the handler says otherwise. Where several are under way
   * it never is, and this is without meaning.
   */
  waitsForEmptyLoop = !isSeparate();

  reject(error) {
    if (this.isDone) return;
    log('ERROR', `Invoke Error \t${describeForLog(error)}`);
    this.fail(describe(error), null);
    this.onDone();
  }
}

/** Answered by one value. */
class Call extends Answering {
  #link;
  #invocation;
  /** An answer that waits for an empty loop. */
  #waiting = null;

  constructor(link, invocation) {
    super();
    this.#link = link;
    this.#invocation = invocation;
  }

  start(handler, event, context) {
    return handler(event, context, (error, value) => this.callBack(error, value));
  }

  onReturned() {}

  callBack(error, value) {
    if (this.isDone || this.#waiting !== null) return;
    const answer = () => (error === undefined || error === null ? this.resolve(value) : this.reject(error));
    if (this.waitsForEmptyLoop && !isSeparate()) this.#waiting = answer;
    else setImmediate(answer);
  }

  onEmptyLoop() {
    if (this.#waiting !== null) this.#waiting();
    else if (this.isAsync) this.reject(runtimeError('Runtime.NodeJsExit', unsettled, ''));
    else this.resolve(null);
  }

  resolve(value) {
    if (this.isDone) return;
    let json;
    try {
      // A function or a symbol has no JSON either.
      json = JSON.stringify(value) ?? 'null';
    } catch {
      this.reject(new Error('Unable to stringify response body'));
      return;
    }
    this.isDone = true;
    this.#link.answer(this.#invocation, json);
    this.onDone();
  }

  fail(shape, then) {
    this.isDone = true;
    this.#link.fail(this.#invocation, shape, then);
  }
}

/** Answered by a stream. */
class StreamedCall extends Answering {
  #link;
  #invocation;
  #outlet;
  #stream;

  constructor(link, invocation, handler) {
    super();
    this.#link = link;
    this.#invocation = invocation;
    this.#outlet = link.openStream(invocation);
    this.#stream = new ResponseStream(this.#outlet, streamOptions(handler));
    this.#stream.once('error', (error) => this.reject(error));
    this.#stream.once('finish', () => this.#finish());
  }

  start(handler, event, context) {
    return handler(event, this.#stream, context);
  }

  onReturned() {
    this.reject(new Error('Streaming does not support non-async handlers.'));
  }

  callBack(error, value) {
    if (error !== undefined && error !== null) this.reject(error);
    else this.resolve(value);
  }

  /** The handler is done; its stream may still be. */
  resolve() {}

  onEmptyLoop() {
    this.reject(runtimeError('Runtime.NodeJsExit', unsettled, ''));
  }

  #finish() {
    if (this.isDone) return;
    this.isDone = true;
    this.#outlet.end(null, null);
    this.onDone();
  }

  fail(shape, then) {
    this.isDone = true;
    this.#stream.cut();
    if (this.#stream.hasBegun) this.#outlet.end(shape, then);
    else this.#link.fail(this.#invocation, shape, then);
  }
}

module.exports = { Invoker };
