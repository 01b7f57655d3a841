// What callers are told of functions that did not answer: the texts of AWS Lambda.

/** `{"errorType": ..., "errorMessage": ...}` as bytes. */
export const failure = (errorType: string, errorMessage: string): Buffer =>
  Buffer.from(JSON.stringify({ errorType, errorMessage }));

/** How a process ended, as wait(2) tells it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** As the real service spells signals. */
const signalNames: ReadonlyMap<string, string> = new Map([
  ['SIGABRT', 'aborted'],
  ['SIGALRM', 'alarm clock'],
  ['SIGBUS', 'bus error'],
  ['SIGFPE', 'floating point exception'],
  ['SIGHUP', 'hangup'],
  ['SIGILL', 'illegal instruction'],
  ['SIGINT', 'interrupt'],
  ['SIGKILL', 'killed'],
  ['SIGPIPE', 'broken pipe'],
  ['SIGQUIT', 'quit'],
  ['SIGSEGV', 'segmentation fault'],
  ['SIGTERM', 'terminated'],
  ['SIGTRAP', 'trace/breakpoint trap'],
  ['SIGXCPU', 'CPU time limit exceeded'],
  ['SIGXFSZ', 'file size limit exceeded'],
]);

/** `Runtime exited with error: exit status 1` */
export function exitText({ code, signal }: Exit): string {
  if (signal !== null)
    return `Runtime exited with error: signal: ${signalNames.get(signal) ?? signal.slice(3).toLowerCase()}`;
  return code === 0
    ? 'Runtime exited without providing a reason'
    : `Runtime exited with error: exit status ${code}`;
}

export const exited = (requestId: string, exit: Exit): Buffer =>
  failure('Runtime.ExitError', `RequestId: ${requestId} Error: ${exitText(exit)}`);

export const outOfMemory = (requestId: string): Buffer =>
  failure('Runtime.OutOfMemory', `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`);

export const outOfStorage = (requestId: string, storageMb: number): Buffer =>
  failure(
    'Runtime.ExitError',
    `RequestId: ${requestId} Error: Runtime was ended: its files in /tmp exceed ${storageMb} MB`,
  );

/** `2024-01-01T00:00:00.000Z 8476a536-... Task timed out after 3.00 seconds` */
export const timeoutText = (requestId: string, nowMs: number, timeoutSeconds: number): string =>
  `${new Date(nowMs).toISOString()} ${requestId} Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;

export const timedOut = (text: string): Buffer => Buffer.from(JSON.stringify({ errorMessage: text }));

export const initTimedOut = (requestId: string, initMs: number): Buffer =>
  failure(
    'Sandbox.Timedout',
    `RequestId: ${requestId} Error: Task timed out after ${(initMs / 1000).toFixed(2)} seconds`,
  );

export const answerTooLarge = (bytesMax: number): Buffer =>
  failure(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${bytesMax} bytes).`,
  );

export const truncated = (requestId: string): Buffer =>
  failure(
    'Runtime.TruncatedResponse',
    `RequestId: ${requestId} Error: The runtime did not finish its response`,
  );

export const noAnswer = (requestId: string): Buffer =>
  failure(
    'Runtime.ExitError',
    `RequestId: ${requestId} Error: Runtime closed its connection without an answer`,
  );

export const invalidEntrypoint = (requestId: string, reason: string): Buffer =>
  failure('Runtime.InvalidEntrypoint', `RequestId: ${requestId} Error: ${reason}`);
