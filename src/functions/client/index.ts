// The way to the function host of this machine, for the processes that call functions.

import { functionsSocketPath } from '../wire/index.ts';
import { FunctionsClient } from './functions-client.ts';
import { createHostExpectation } from './host-expectation.ts';

export type { FunctionsClient, FunctionsClientStats } from './functions-client.ts';

export interface FunctionsClientOptions {
  /** Absolute. The host's socket lies in its `run` folder. */
  readonly dataDir: string;
  /** A handler of the caller's has thrown. Default: on standard error. */
  readonly onBug?: (error: unknown) => void;
}

/** One for each process; it connects at the first call. */
export function connectFunctions({ dataDir, onBug = report }: FunctionsClientOptions): FunctionsClient {
  return new FunctionsClient({
    socketPath: functionsSocketPath(dataDir),
    isHostExpected: createHostExpectation(dataDir),
    onBug,
  });
}

function report(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
