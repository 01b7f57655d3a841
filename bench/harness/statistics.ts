// What several rounds of one measurement say together: median and spread, never one best run.

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: readonly number[];
}

/** @param values - at least one */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)!, rounds: [...values] };
}

/** Windows that a series is cut into; a leak grows in each of them, a backlog in one. */
const windows = 4;

/**
 * Growth of memory that is steady: the least step between the smallest values of consecutive windows, times the windows.
 * Not a line through all of them: a backlog of a tenth of a second makes V8 widen its heap by tens of megabytes, once, and
 * it gives them back when it likes.
 *
 * @param values - equally spaced in time
 * @returns 0 for fewer than two values in a window
 */
export function steadyGrowth(values: readonly number[]): number {
  const size = Math.floor(values.length / windows);
  if (size < 2) return 0;
  const late = values.slice(values.length - size * windows);
  const least = Array.from({ length: windows }, (_, i) => Math.min(...late.slice(i * size, (i + 1) * size)));
  const steps = least.slice(1).map((value, i) => value - least[i]!);
  return Math.min(...steps) * windows;
}
