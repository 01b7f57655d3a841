// The function host: who may invoke what, how much of it at once, in which environment, and what waits its turn. Knows
// neither processes (environments/) nor the wire (server/).

import type { Clock } from '../../base/clock.ts';
import type { PublishedFunction } from '../../resources/index.ts';
import type { Functions } from '../functions.ts';
import type { Timers } from './alarm.ts';
import type { Environments } from './environment.ts';
import type { FunctionHostLimits } from './limits.ts';
import type { FunctionHostStats } from './stats.ts';

export type { Timers } from './alarm.ts';
export { defaultLimits, type FunctionHostLimits } from './limits.ts';
export { durationBoundsMs, type FunctionHostStats, type FunctionStats } from './stats.ts';

/** What is served: the functions of a published state, and whose they are. */
export interface HostedFunctions {
  readonly functions: readonly PublishedFunction[];
  readonly accountId: string;
  readonly region: string;
  /** `aws` when absent. */
  readonly partition?: string;
}

export interface FunctionHostOptions {
  readonly environments: Environments;
  /** Where asynchronous invocations wait: `{dataDir}/functions/events.sqlite`, made with its folder; or `:memory:`. */
  readonly eventsFile: string;
  /** Lines for the host's own log, without a line end. */
  readonly log: (line: string) => void;
  /** Those not given are `defaultLimits`. */
  readonly limits?: Partial<FunctionHostLimits>;
  /** The machine's own when absent. */
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** 0 to 1, for weighted aliases. */
  readonly random?: () => number;
}

export interface FunctionHost extends Functions {
  /**
   * Serves these functions from now on. What runs, runs to its end in the version it began with; environments of
   * versions that have changed or gone get no further work.
   */
  adopt(hosted: HostedFunctions): void;
  /**
   * Ends in peace: refuses new invocations (500 ServiceException), waits for those under way, ends the environments.
   * Events that wait stay in the file; those that run are left alone by a host that opens the file later, until the
   * deadline. Call it before the next host opens the file.
   *
   * @param deadlineMs - wall time at which what still runs is ended, and told as lost
   * @returns when all environments are gone; never rejects
   */
  drain(deadlineMs: number): Promise<void>;
  stats(): FunctionHostStats;
  /** Ends everything at once; calls under way are told as lost, later ones too. */
  close(): void;
}

export function createFunctionHost(_: FunctionHostOptions): FunctionHost {
  throw new Error('The function host is not there yet');
}
