// Which requests the machine's own stalls may have held up, and what latencies are without them. All that leaves a request
// out looks at when it was due, not at how long it took: else the slow ones, which meet a stall more easily, would be the
// ones that go.
//
//            lead        stall             recovery
//   ────────|───────|█████████████|────────────────────|───────── due
//           └─────────────── left out ─────────────────┘          but never who is answered after the grace:
//                                                     └ stall's end + 4 x its length
//
// - lead: the p90 of all latencies, at most 20 ms. Whoever was due earlier and still waits when the stall begins is slow by
//   itself, and stays.
// - recovery: until all that were due by the stall's end have been answered, and at most until the end of the grace. A stall
//   of S ms leaves the requests of S ms in the queue; a server that is busy for a share b of its time needs S x b / (1 - b) to
//   work them off: 4 x S at 80 %. Whoever needs more room than that is too slow, with or without stalls.
// - A stall that comes before the one before it has been worked off makes one shadow with it, and their graces add up.

import type { Hiccups, Stall } from './hiccups.ts';
import { dueAfterMs, latencyHistogram, latencySummary } from './open-loop-latency.ts';
import type { LatencySummary, OpenLoopPlan, OpenLoopReport } from './open-loop-types.ts';

const recoveryFactor = 4;
const leadMsMax = 20;
/** When more than this share is left out, what remains proves nothing. */
export const leftOutShareMax = 0.2;

/** Latencies of one run without what the machine's own stalls may have held up. */
export interface WithoutStalls {
  readonly latencyUs: LatencySummary;
  /** Requests, and the share that they are of all answered ones. */
  readonly leftOut: number;
  readonly leftOutShare: number;
  /** Between the first request and the last answer. */
  readonly stalls: number;
  readonly stalledMs: number;
  readonly longestMs: number;
  /** See {@link Hiccups.isTheMachines}; when not, nothing was left out. */
  readonly isTheMachines: boolean;
}

/** @param report - of a plan that said `keepsTimes` */
export function withoutStalls(plan: OpenLoopPlan, report: OpenLoopReport, hiccups: Hiccups): WithoutStalls {
  const { startMs, latenciesUs } = report.times!;
  const dueMs = Float64Array.from(latenciesUs, (_, i) => startMs + dueAfterMs(plan, i));
  const endMs = startMs + Math.max(report.elapsedMs, report.offeredMs);
  const stalls = hiccups.stalls.filter(({ fromMs, toMs }) => toMs >= startMs && fromMs <= endMs);
  const leadMs = Math.min(leadMsMax, report.latencyUs.p90 / 1000);
  const isOut = inShadow(dueMs, latenciesUs, hiccups.isTheMachines ? stalls : [], leadMs);
  const histogram = latencyHistogram();
  let kept = 0;
  for (const [i, latencyUs] of latenciesUs.entries()) {
    if (latencyUs < 0 || isOut[i] === 1) continue;
    kept++;
    histogram.recordValue(latencyUs);
  }
  const lengthsMs = stalls.map(({ fromMs, toMs }) => toMs - fromMs);
  const leftOut = report.answered - kept;
  return {
    latencyUs: latencySummary(histogram, kept),
    leftOut,
    leftOutShare: leftOut / Math.max(1, report.answered),
    stalls: stalls.length,
    stalledMs: lengthsMs.reduce((sum, length) => sum + length, 0),
    longestMs: Math.max(0, ...lengthsMs),
    isTheMachines: hiccups.isTheMachines,
  };
}

/**
 * The rule above.
 *
 * @param dueMs - ascending; the clock of `stalls`
 * @param latenciesUs - by the same index; -1 = never answered, which nothing excuses
 * @param stalls - in the order of time, apart from each other
 * @returns 1 for each request that is left out
 */
export function inShadow(
  dueMs: Float64Array,
  latenciesUs: readonly number[],
  stalls: readonly Stall[],
  leadMs: number,
): Uint8Array {
  const isOut = new Uint8Array(dueMs.length);
  const answeredMs = (i: number): number =>
    latenciesUs[i]! < 0 ? Infinity : dueMs[i]! + latenciesUs[i]! / 1000;
  let [first, recoveredMs, graceMs] = [0, -Infinity, -Infinity];
  for (const { fromMs, toMs } of stalls) {
    if (fromMs > recoveredMs) first = firstAtOrAfter(dueMs, fromMs - leadMs);
    const owedMs = Math.max(0, graceMs - fromMs);
    graceMs = toMs + owedMs + recoveryFactor * (toMs - fromMs);
    recoveredMs = toMs;
    for (let i = first; i < dueMs.length && dueMs[i]! <= recoveredMs; i++) {
      const answered = answeredMs(i);
      if (dueMs[i]! <= toMs) recoveredMs = Math.max(recoveredMs, Math.min(answered, graceMs));
      if (answered <= graceMs) isOut[i] = 1;
    }
  }
  return isOut;
}

function firstAtOrAfter(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
