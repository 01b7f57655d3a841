// One invocation that is waited for.

import type { Functions, Invocation, InvocationResult } from '../functions/functions.ts';

/** Never rejects. What a streamed one writes is passed over. */
export function invokeFunction(
  functions: Functions,
  invocation: Omit<Invocation, 'isStreamed'>,
): Promise<InvocationResult> {
  return new Promise((resolve) => {
    functions.invoke(
      { ...invocation, isStreamed: false },
      { onHead: () => {}, onData: () => true, onEnd: resolve },
    );
  });
}
