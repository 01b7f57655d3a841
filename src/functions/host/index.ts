// The function host: who may invoke what, how much of it at once, in which environment, and what waits its turn. Knows
// neither processes (environments/) nor the wire (server/).

import { type Clock, systemClock } from '../../base/clock.ts';
import type { PublishedFunction } from '../../resources/index.ts';
import type { Functions } from '../functions.ts';
import { Alarm, systemTimers, type Timers } from './alarm.ts';
import { Catalogue } from './catalogue.ts';
import type { Environments } from './environment.ts';
import { EventQueue } from './event-queue.ts';
import { openEventStore } from './event-store.ts';
import { Fleet } from './fleet.ts';
import { Concurrency } from './function-state.ts';
import { Invoker } from './invoker.ts';
import { defaultLimits, type FunctionHostLimits } from './limits.ts';
import { type FunctionHostStats, functionStats } from './stats.ts';

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

export function createFunctionHost(options: FunctionHostOptions): FunctionHost {
  const { environments, log, clock = systemClock, timers = systemTimers, random = Math.random } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const store = openEventStore(options.eventsFile, clock.nowMs(), log);
  let losesAtMs = Number.POSITIVE_INFINITY;
  let isClosed = false;
  const alarm = new Alarm(clock, timers, (nowMs) => {
    fleet.reap(nowMs);
    fleet.cool(nowMs);
    events.onDue(nowMs);
    if (nowMs >= losesAtMs) invoker.loseAll('The function host ended before the function did');
    else if (losesAtMs !== Number.POSITIVE_INFINITY) alarm.wakeAt(losesAtMs);
  });
  const fleet = new Fleet({ environments, limits, clock, timers, alarm, log });
  const catalogue = new Catalogue(fleet);
  const concurrency = new Concurrency(limits.accountConcurrency);
  const nowMs = () => clock.nowMs();
  const events = new EventQueue({ store, catalogue, limits, alarm, timers, random, nowMs, log });
  const invoker = new Invoker({ catalogue, concurrency, fleet, events, random, log });
  return {
    invoke: (invocation, handler) => invoker.invoke(invocation, handler),
    adopt: (hosted) => {
      if (isClosed) return;
      catalogue.adopt(hosted);
      concurrency.adopt(catalogue.states);
      events.start(invoker);
    },
    drain: async (deadlineMs) => {
      losesAtMs = Math.min(losesAtMs, deadlineMs);
      // A second later, so that both hosts agree that it is over.
      events.beginClosing(deadlineMs + 1000);
      fleet.beginClosing();
      alarm.wakeAt(losesAtMs);
      await fleet.whenGone();
    },
    stats: () => hostStats(catalogue, concurrency, fleet, events),
    close: () => {
      if (isClosed) return;
      isClosed = true;
      alarm.close();
      fleet.beginClosing();
      invoker.loseAll('The function host has ended');
      events.close();
    },
  };
}

function hostStats(
  catalogue: Catalogue,
  concurrency: Concurrency,
  fleet: Fleet,
  events: EventQueue,
): FunctionHostStats {
  const { live, ending, reaped, evicted } = fleet;
  const rss = fleet.rssBytes();
  return {
    functions: Array.from(catalogue.hosted(), ({ state, pools }) =>
      functionStats(state, [...pools], rss.get(state) ?? 0),
    ),
    concurrent: concurrency.all,
    environments: { live, ending, reaped, evicted },
    events: events.stats,
  };
}
