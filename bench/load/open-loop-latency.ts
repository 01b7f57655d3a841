// Latencies of open-loop load: when a request is due, on which clock, and what many of them say together.

import { build, type Histogram } from 'hdr-histogram-js';
import type { LatencySummary, OpenLoopPlan } from './open-loop-types.ts';

/** Milliseconds of CLOCK_MONOTONIC: the same in all processes of a machine, unlike `performance.now()`. */
export const sharedNowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** @param i - index of the request @returns milliseconds from the start of the load until it is due */
export const dueAfterMs = ({ burst, rateRps }: Pick<OpenLoopPlan, 'burst' | 'rateRps'>, i: number): number =>
  i < burst ? 0 : ((i - burst) * 1000) / rateRps;

/** Of microseconds, up to two minutes, three digits. */
export const latencyHistogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 120e6, numberOfSignificantValueDigits: 3 });

/** @param count - how many values were recorded */
export function latencySummary(histogram: Histogram, count: number): LatencySummary {
  const at = (percentile: number): number => (count === 0 ? 0 : histogram.getValueAtPercentile(percentile));
  const curve: [number, number][] = [];
  // Evenly spaced where the plot's axis is: 1 - 10^-x.
  for (let x = 0; x <= 5; x += 0.05) {
    const percentile = 100 * (1 - 10 ** -x);
    curve.push([percentile, at(percentile)]);
  }
  return {
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: histogram.maxValue,
    mean: histogram.mean,
    curve,
  };
}
