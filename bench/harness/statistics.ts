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

/**
 * Slope of a straight line through equally spaced values (least squares), per step: whether memory grows.
 * @returns 0 for fewer than two values
 */
export function slopePerStep(values: readonly number[]): number {
  const n = values.length;
  if (n < 2) return 0;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, y) => sum + y, 0) / n;
  let up = 0;
  let down = 0;
  for (let x = 0; x < n; x++) {
    up += (x - meanX) * (values[x]! - meanY);
    down += (x - meanX) ** 2;
  }
  return up / down;
}
