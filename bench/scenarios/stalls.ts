// What scenarios that promise milliseconds say of the machine's own stalls: both figures, with them and without, and a claim
// that is judged without them as long as that leaves nearly all requests in.

import { leftOutShareMax, type WithoutStalls } from '../load/hiccups-shadow.ts';
import type { OpenLoopReport } from '../load/open-loop-types.ts';
import { type Bench, type Claim, claim, ms, type Table, timeClaim } from './scenario.ts';

/** One run of the load, all of it and what remains without the machine's own stalls. */
export interface StalledRun {
  readonly name: string;
  readonly report: OpenLoopReport;
  readonly without: WithoutStalls;
}

/** Of one run or more, as one. */
function stallsOf(runs: readonly WithoutStalls[]) {
  const sum = (of: (run: WithoutStalls) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const answered = sum(({ leftOut, leftOutShare }) => (leftOutShare === 0 ? 0 : leftOut / leftOutShare));
  return {
    count: sum(({ stalls }) => stalls),
    stalledMs: sum(({ stalledMs }) => stalledMs),
    longestMs: Math.max(...runs.map(({ longestMs }) => longestMs)),
    leftOutShare: answered === 0 ? 0 : sum(({ leftOut }) => leftOut) / answered,
    isTheMachines: runs.every(({ isTheMachines }) => isTheMachines),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `37 stalls, 512 ms, longest 41 ms, 2.1 % of the requests left out` */
export function stallsText(runs: readonly WithoutStalls[]): string {
  const { count, stalledMs, longestMs, leftOutShare, isTheMachines } = stallsOf(runs);
  const left = isTheMachines
    ? `${percent(leftOutShare)} of the requests left out`
    : 'none left out: SCHED_FIFO is refused here, so they may be our own';
  return `${count} stalls, ${stalledMs.toFixed(0)} ms, longest ${longestMs.toFixed(0)} ms, ${left}`;
}

/**
 * A claim about absolute time without the machine's own stalls.
 *
 * @param runs - all that the figure is made of
 * @param isMet - by the figure without them
 * @param isMetWithAll - by the figure with them: then nothing needs to be left out
 */
export function stallsClaim(
  bench: Bench,
  promise: string,
  measured: string,
  runs: readonly WithoutStalls[],
  isMet: boolean,
  isMetWithAll = false,
): Claim {
  const isTooMuch = runs.some(({ leftOutShare }) => leftOutShare > leftOutShareMax);
  if (!isMetWithAll && isTooMuch) return claim(promise, `${measured}: the machine stalled too much`, null);
  return timeClaim(bench, promise, measured, isMet || isMetWithAll);
}

export function stallsTable(caption: string, runs: readonly StalledRun[]): Table {
  return {
    caption: `${caption}; latency from the intended send time, of all requests and without those that stalls of the machine may have held up (hiccup meter)`,
    head: [
      '',
      'p50',
      'p99',
      'p99.9',
      'max',
      'p50 without',
      'p99 without',
      'p99.9 without',
      'max without',
      'left out',
      'stalls of the machine',
      'not answered 200',
    ],
    rows: runs.map(({ name, report, without }) => [
      name,
      ...[report.latencyUs, without.latencyUs].flatMap(({ p50, p99, p999, max }) => [
        ms(p50),
        ms(p99),
        ms(p999),
        ms(max),
      ]),
      percent(without.leftOutShare),
      `${without.stalls}, ${without.stalledMs.toFixed(0)} ms, longest ${without.longestMs.toFixed(0)} ms`,
      String(report.due - (report.statuses['200'] ?? 0)),
    ]),
  };
}
