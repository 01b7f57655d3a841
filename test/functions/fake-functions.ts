// Functions that need no process, for tests of whoever calls them. The name says what they do:
// `echo`, `head` (the invocation without its payload), `hold` (ends when told), `refuse`, `fail`,
// `stream:BYTES:CHUNK`.

import type {
  Functions,
  Invocation,
  InvocationCall,
  InvocationHandler,
  InvocationResult,
} from '../../src/functions/functions.ts';

export class FakeFunctions implements Functions {
  /** Calls of `hold` that have not ended. */
  readonly held = new Set<InvocationHandler>();
  invoked = 0;
  aborted = 0;
  /** Bytes that streams have written so far. */
  streamedBytes = 0;

  invoke(invocation: Invocation, handler: InvocationHandler): InvocationCall {
    this.invoked++;
    const [kind, bytes, chunk] = invocation.functionName.split(':');
    if (kind === 'stream') return this.#stream(Number(bytes), Number(chunk), handler);
    if (kind === 'hold') this.held.add(handler);
    else setImmediate(() => isLive && handler.onEnd(answer(kind!, invocation)));
    let isLive = true;
    return {
      abort: () => {
        isLive = false;
        this.held.delete(handler);
        this.aborted++;
      },
      resume: () => {},
    };
  }

  /** Ends all calls of `hold`. */
  release(): void {
    const held = [...this.held];
    this.held.clear();
    for (const handler of held) handler.onEnd(done(Buffer.from('"released"')));
  }

  #stream(bytes: number, chunkBytes: number, handler: InvocationHandler): InvocationCall {
    let left = bytes;
    let isPaused = false;
    let isLive = true;
    const write = (): void => {
      let inTurn = 64;
      while (isLive && !isPaused && left > 0 && inTurn-- > 0) {
        const length = Math.min(left, chunkBytes);
        left -= length;
        this.streamedBytes += length;
        isPaused = !handler.onData(Buffer.alloc(length, 0x61 + (left % 26)));
      }
      if (!isLive || isPaused) return;
      if (left > 0) setImmediate(write);
      else handler.onEnd(done(Buffer.alloc(0)));
    };
    setImmediate(() => {
      if (!isLive) return;
      handler.onHead('text/plain');
      write();
    });
    return {
      abort: () => {
        isLive = false;
        this.aborted++;
      },
      resume: () => {
        if (!isPaused) return;
        isPaused = false;
        setImmediate(write);
      },
    };
  }
}

const done = (payload: Uint8Array): InvocationResult => ({
  outcome: 'done',
  requestId: '8d1c1d1a-0000-4000-8000-000000000000',
  executedVersion: '$LATEST',
  functionError: null,
  payload,
  logTail: null,
});

function answer(kind: string, invocation: Invocation): InvocationResult {
  const { payload, ...head } = invocation;
  if (kind === 'echo') return done(typeof payload === 'string' ? Buffer.from(payload) : payload);
  if (kind === 'head') return done(Buffer.from(JSON.stringify(head)));
  if (kind === 'fail')
    return {
      ...done(Buffer.from('{"errorMessage":"no","errorType":"Error"}')),
      functionError: 'Unhandled',
      logTail: 'bG9n',
    } as InvocationResult;
  return {
    outcome: 'refused',
    requestId: '8d1c1d1a-0000-4000-8000-000000000001',
    status: 429,
    type: 'TooManyRequestsException',
    message: 'Rate Exceeded.',
    reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  };
}
