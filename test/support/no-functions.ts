// Where no function host is connected: every invocation is lost, and its log says why.

import type { Functions } from '../../src/functions/functions.ts';

/** @param detail - for the log: why there is none */
export const noFunctions = (detail: string): Functions => ({
  invoke: (_, handler) => {
    let isAborted = false;
    setImmediate(() => {
      if (!isAborted) handler.onEnd({ outcome: 'lost', detail });
    });
    return {
      abort: () => {
        isAborted = true;
      },
      resume: () => {},
    };
  },
});
