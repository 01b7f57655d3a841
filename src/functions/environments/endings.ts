// How what runs in an environment ends without an answer of its runtime: what the caller is told, and what is logged.

import * as failures from './failures.ts';

/** The end of one invocation, or of a start. */
export interface Ending {
  readonly payload: Buffer;
  /** '' = nothing is logged. */
  readonly logText: string;
  readonly status: 'timeout' | 'error';
  readonly errorType: string | null;
}

/** The end of an environment, as it is told of each invocation that was in it. */
export type EndingOf = (requestId: string) => Ending;

const error = (payload: Buffer, logText: string, errorType: string): Ending => ({
  payload,
  logText,
  status: 'error',
  errorType,
});
const timeout = (payload: Buffer, logText: string): Ending => ({
  payload,
  logText,
  status: 'timeout',
  errorType: null,
});

export const initTimedOut =
  (initMs: number): EndingOf =>
  (requestId) =>
    timeout(failures.initTimedOut(requestId, initMs), '');

export function timedOut(requestId: string, nowMs: number, timeoutSeconds: number): Ending {
  const text = failures.timeoutText(requestId, nowMs, timeoutSeconds);
  return timeout(failures.timedOut(text), `${text}\n`);
}

export const outOfMemory: EndingOf = (requestId) =>
  error(
    failures.outOfMemory(requestId),
    `RequestId: ${requestId} Error: Runtime exited with error: signal: killed\nRuntime.OutOfMemory`,
    'Runtime.OutOfMemory',
  );

export const outOfStorage =
  (storageMb: number): EndingOf =>
  (requestId) => {
    const payload = failures.outOfStorage(requestId, storageMb);
    return error(payload, payload.toString(), 'Runtime.ExitError');
  };

/** @param isQuiet - it had nothing to do: nobody needs to know */
export const exited =
  (exit: failures.Exit, isQuiet: boolean): EndingOf =>
  (requestId) =>
    error(
      failures.exited(requestId, exit),
      isQuiet ? '' : `RequestId: ${requestId} Error: ${failures.exitText(exit)}\nRuntime.ExitError`,
      'Runtime.ExitError',
    );

export const truncated: EndingOf = (requestId) =>
  error(failures.truncated(requestId), '', 'Runtime.TruncatedResponse');

export const noAnswer: EndingOf = (requestId) => error(failures.noAnswer(requestId), '', 'Runtime.ExitError');
