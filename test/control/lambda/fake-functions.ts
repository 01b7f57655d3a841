// Functions that nobody runs: each name is a way to answer.

import type {
  Functions,
  Invocation,
  InvocationHandler,
  InvocationResult,
} from '../../../src/functions/functions.ts';
import { accountId } from '../../support/control.ts';

const requestId = '11111111-2222-4333-8444-555555555555';
const bytes = (text: string): Uint8Array => Buffer.from(text);

export function done(
  invocation: Pick<Invocation, 'wantsLogTail'>,
  payload: string,
  functionError: 'Unhandled' | null = null,
): InvocationResult {
  return {
    outcome: 'done',
    requestId,
    executedVersion: '7',
    functionError,
    payload: bytes(payload),
    logTail: invocation.wantsLogTail ? Buffer.from('START\nEND\n').toString('base64') : null,
  };
}

type Way = (invocation: Invocation, handler: InvocationHandler) => InvocationResult;

const ways = new Map<string, Way>([
  [
    'echo',
    (invocation) => {
      const { traceId: _, wantsLogTail, payload, ...rest } = invocation;
      const text = Buffer.from(payload as Uint8Array).toString();
      const isWaitedFor = invocation.type === 'RequestResponse';
      return done({ wantsLogTail }, isWaitedFor ? JSON.stringify({ ...rest, payload: text }) : '');
    },
  ],
  ['fails', (invocation) => done(invocation, '{"errorMessage":"no","errorType":"Error"}', 'Unhandled')],
  [
    'streams',
    (invocation, handler) => {
      if (!invocation.isStreamed) return done(invocation, '');
      handler.onHead('application/octet-stream');
      handler.onData(bytes('one'));
      handler.onData(bytes('two'));
      return done(invocation, '');
    },
  ],
  [
    'throttled',
    () => ({
      outcome: 'refused',
      requestId,
      status: 429,
      type: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    }),
  ],
]);

/** @param asked - gathers what was asked */
export const fakeFunctions = (
  asked: Invocation[] = [],
  more: ReadonlyMap<string, Way> = new Map(),
): Functions => ({
  invoke: (invocation, handler) => {
    asked.push(invocation);
    let isAborted = false;
    const way = more.get(invocation.functionName) ?? ways.get(invocation.functionName) ?? unknown;
    setImmediate(() => {
      if (isAborted) return;
      const result = way(invocation, handler);
      handler.onEnd(result);
    });
    return {
      abort: () => {
        isAborted = true;
      },
      resume: () => {},
    };
  },
});

const unknown: Way = ({ functionName }) => ({
  outcome: 'refused',
  requestId,
  status: 404,
  type: 'ResourceNotFoundException',
  message: `Function not found: arn:aws:lambda:us-east-1:${accountId}:function:${functionName}`,
  reason: null,
});
