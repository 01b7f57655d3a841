// One invocation that is waited for.

import type { Functions, Invocation, InvocationResult } from '../functions/functions.ts';

/**
 * Never rejects.
 *
 * @param timeoutMs - how long its answer is waited for, at most; the function itself runs on
 */
export function invokeFunction(
  functions: Functions,
  invocation: Omit<Invocation, 'isStreamed'>,
  timeoutMs?: number,
): Promise<InvocationResult> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const call = functions.invoke(
      { ...invocation, isStreamed: false },
      {
        onHead: () => {},
        onData: () => true,
        onEnd: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
      },
    );
    if (timeoutMs === undefined) return;
    timer = setTimeout(() => {
      call.abort();
      resolve({ outcome: 'lost', detail: `no answer within ${timeoutMs} ms` });
    }, timeoutMs);
  });
}
