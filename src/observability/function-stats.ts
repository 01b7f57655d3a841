// What function hosts have counted, and how the counts of several hosts become one: the one that runs and those that
// it has replaced.

import type { FunctionHostStats, FunctionStats } from '../functions/host/stats.ts';

export const emptyFunctionStats: FunctionHostStats = Object.freeze({
  functions: [],
  concurrent: 0,
  environments: { live: 0, ending: 0, reaped: 0, evicted: 0 },
  events: { queued: 0, queuedBytes: 0, running: 0 },
});

/** What a single host would have counted. The order does not matter to any count. */
export function mergeFunctionStats(a: FunctionHostStats, b: FunctionHostStats): FunctionHostStats {
  const functions = new Map<string, FunctionStats>();
  for (const one of [...a.functions, ...b.functions]) {
    const other = functions.get(one.functionName);
    functions.set(one.functionName, other === undefined ? one : addFunctions(other, one));
  }
  return {
    functions: [...functions.values()],
    concurrent: a.concurrent + b.concurrent,
    environments: {
      live: a.environments.live + b.environments.live,
      ending: a.environments.ending + b.environments.ending,
      reaped: a.environments.reaped + b.environments.reaped,
      evicted: a.environments.evicted + b.environments.evicted,
    },
    events: {
      queued: a.events.queued + b.events.queued,
      queuedBytes: a.events.queuedBytes + b.events.queuedBytes,
      running: a.events.running + b.events.running,
    },
  };
}

/** What stays of a host that has ended: its counts without its state. Events that waited are its successor's. */
export function retiredFunctionStats(stats: FunctionHostStats): FunctionHostStats {
  const { reaped, evicted } = stats.environments;
  return {
    functions: stats.functions.map((one) => ({
      ...one,
      concurrent: 0,
      environments: { starting: 0, idle: 0, busy: 0 },
      rssBytes: 0,
      eventsQueued: 0,
    })),
    concurrent: 0,
    environments: { live: 0, ending: 0, reaped, evicted },
    events: emptyFunctionStats.events,
  };
}

function addFunctions(a: FunctionStats, b: FunctionStats): FunctionStats {
  return {
    ...b,
    invocations: a.invocations + b.invocations,
    errors: a.errors + b.errors,
    throttles: a.throttles + b.throttles,
    durationMsTotal: a.durationMsTotal + b.durationMsTotal,
    durationMsMax: Math.max(a.durationMsMax, b.durationMsMax),
    durationBuckets: b.durationBuckets.map((count, i) => count + (a.durationBuckets[i] ?? 0)),
    coldStarts: a.coldStarts + b.coldStarts,
    initFailures: a.initFailures + b.initFailures,
    concurrent: a.concurrent + b.concurrent,
    concurrentMax: Math.max(a.concurrentMax, b.concurrentMax),
    environments: {
      starting: a.environments.starting + b.environments.starting,
      idle: a.environments.idle + b.environments.idle,
      busy: a.environments.busy + b.environments.busy,
    },
    rssBytes: a.rssBytes + b.rssBytes,
    // Two hosts share one file of events: they do not each have as many.
    eventsQueued: Math.max(a.eventsQueued, b.eventsQueued),
    eventsRetried: a.eventsRetried + b.eventsRetried,
    eventsDropped: a.eventsDropped + b.eventsDropped,
  };
}
