// The function host of the supervisor's tests: the process is real, its functions are `hold`, which answers at the
// drain, and all others, which answer with the pid. Files in the data folder steer it: `fail-host` (its text is the
// reason), `stuck-host` (drains never end).

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Functions, InvocationHandler } from '../../src/functions/functions.ts';
import { serveFunctions } from '../../src/functions/server/functions-server.ts';
import { functionsSocketPath } from '../../src/functions/wire/index.ts';
import { readPublishedState } from '../../src/resources/snapshot-file.ts';
import { runFunctionHost } from '../../src/supervisor/function-host-life.ts';

const held = new Set<InvocationHandler>();
const answer = (handler: InvocationHandler): void =>
  handler.onEnd({
    outcome: 'done',
    requestId: '',
    executedVersion: '$LATEST',
    functionError: null,
    payload: Buffer.from(`${process.pid}`),
    logTail: null,
  });
let invocations = 0;
const functions: Functions = {
  invoke: ({ functionName }, handler) => {
    invocations++;
    if (functionName === 'hold') held.add(handler);
    else setImmediate(() => answer(handler));
    return { abort: () => held.delete(handler), resume: () => {} };
  },
};

await runFunctionHost(process.argv[2], {
  sweep: async ({ dataDir }) => writeFileSync(path.join(dataDir, 'swept'), ''),
  start: async ({ dataDir }, takeOver) => {
    const file = (name: string): string => path.join(dataDir, name);
    if (existsSync(file('fail-host'))) throw new Error(readFileSync(file('fail-host'), 'utf8'));
    const ready = Promise.withResolvers<Functions>();
    const server = await serveFunctions({
      socketPath: functionsSocketPath(dataDir),
      functions: ready.promise,
    });
    await takeOver();
    ready.resolve(functions);
    const wait = async (deadlineMs: number): Promise<void> => {
      await server.leave();
      if (existsSync(file('stuck-host'))) await new Promise(() => {});
      held.forEach(answer);
      await server.drain(deadlineMs);
    };
    return {
      adopt: () => {
        const state = readPublishedState(dataDir);
        return { revision: state?.revision ?? 0, functions: state?.functions?.length ?? 0 };
      },
      stepAside: () => server.leave(),
      drain: wait,
      reopenLogs: () => writeFileSync(file(`host-reopened-${process.pid}`), ''),
      stats: () => ({
        functions: [
          {
            functionName: 'toy',
            invocations,
            errors: 0,
            throttles: 2,
            durationMsTotal: invocations * 3,
            durationMsMax: 3,
            durationBuckets: [0, invocations, ...Array.from({ length: 14 }, () => 0)],
            coldStarts: 1,
            initFailures: 0,
            concurrent: held.size,
            concurrentMax: 1,
            reservedConcurrency: null,
            environments: { starting: 0, idle: 1, busy: held.size },
            rssBytes: 1000,
            eventsQueued: 0,
            eventsRetried: 0,
            eventsDropped: 0,
          },
        ],
        concurrent: held.size,
        environments: { live: 1, ending: 0, reaped: 0, evicted: 0 },
        events: { queued: 0, queuedBytes: 0, running: 0 },
      }),
    };
  },
});
