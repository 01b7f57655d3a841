// A latency histogram in HDR layout: log-linear buckets of 2 significant digits, in microseconds. Owns the
// arithmetic of buckets, quantiles and merging; knows nothing of what is measured.

/** A histogram as plain data: structured-clone, JSON and msgpack friendly. */
export interface HistogramStats {
  readonly count: number;
  /** Exact sum, microseconds. */
  readonly sumUs: number;
  /** Exact maximum, microseconds; 0 when empty. */
  readonly maxUs: number;
  /** Sparse and flat: bucket index, count, bucket index, count ... in rising order of index. */
  readonly buckets: readonly number[];
}

/** What is longer than 2^31 - 1 µs (35 minutes) counts as that long: no exchange may live half that long. */
export const latencyUsMax = 0x7fff_ffff;

// HDR layout with 256 sub-buckets: 0..255 one by one, then 128 steps to each power of two, so a bucket is never
// wider than 1/128 (0.8 %) of its values. Index = (bucket << 7) + (value >> bucket).
const subBucketBits = 8;
const halfBits = subBucketBits - 1;
const bucketsLength = (31 - halfBits + 1) << halfBits;

/** The bucket of a value. @param us - integer, 0 to `latencyUsMax` */
export function bucketOf(us: number): number {
  const bucket = 31 - halfBits - Math.clz32(us | 255);
  return (bucket << halfBits) + (us >>> bucket);
}

/** The smallest value of a bucket, in microseconds. */
export function bucketLowest(index: number): number {
  const bucket = Math.max(0, (index >> halfBits) - 1);
  return (index - (bucket << halfBits)) * 2 ** bucket;
}

/** The largest value of a bucket, in microseconds. */
export const bucketHighest = (index: number): number => bucketLowest(index + 1) - 1;

/**
 * Counts latencies on the hot path. Measured (bench/micro/recorder-histogram.ts, Node 24, median): 28 ns per
 * record, where hdr-histogram-js's recordValue takes 105 ns: it goes through log2, pow and floor on doubles, we through
 * one clz32 and two shifts. The layout is the same, bucket for bucket; a test holds the two against each other.
 *
 * The counts are doubles, since 32 bits would overflow in 80 hours at 15,000 requests a second; they are made at
 * the first record, so that a route without traffic costs nothing (with traffic: 25 KB).
 */
export class LatencyHistogram {
  #counts: Float64Array | null;
  #count: number;
  #sumUs: number;
  #maxUs: number;

  constructor() {
    this.#counts = null;
    this.#count = 0;
    this.#sumUs = 0;
    this.#maxUs = 0;
  }

  /** Counts one latency. @param ns - nanoseconds; below zero counts as zero */
  recordNs(ns: number): void {
    // Truncation to int32 is safe between the two bounds and makes NaN a 0.
    const us = ns < 0 ? 0 : ns >= latencyUsMax * 1000 ? latencyUsMax : (ns / 1000) | 0;
    this.#counts ??= new Float64Array(bucketsLength);
    this.#counts[bucketOf(us)]!++;
    this.#count++;
    this.#sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  stats(): HistogramStats {
    const buckets: number[] = [];
    const counts = this.#counts;
    if (counts !== null)
      for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) buckets.push(i, counts[i]!);
    return { count: this.#count, sumUs: this.#sumUs, maxUs: this.#maxUs, buckets };
  }
}

/** Adds two histograms: what one process would have had that saw both. */
export function mergeHistograms(a: HistogramStats, b: HistogramStats): HistogramStats {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const buckets: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.buckets.length || j < b.buckets.length) {
    const ofA = a.buckets[i] ?? bucketsLength;
    const ofB = b.buckets[j] ?? bucketsLength;
    buckets.push(
      Math.min(ofA, ofB),
      (ofA <= ofB ? a.buckets[i + 1]! : 0) + (ofB <= ofA ? b.buckets[j + 1]! : 0),
    );
    if (ofA <= ofB) i += 2;
    if (ofB <= ofA) j += 2;
  }
  return { count: a.count + b.count, sumUs: a.sumUs + b.sumUs, maxUs: Math.max(a.maxUs, b.maxUs), buckets };
}

/**
 * The value that the given share of all records does not exceed, to the bucket's width (0.8 %).
 * @param quantile - 0 to 1
 * @returns microseconds, or NaN when nothing was recorded (Prometheus's own word for it)
 */
export function quantileUs(histogram: HistogramStats, quantile: number): number {
  if (histogram.count === 0) return Number.NaN;
  const wanted = Math.max(1, Math.ceil(quantile * histogram.count - 1e-9));
  let seen = 0;
  for (let i = 0; i < histogram.buckets.length; i += 2) {
    seen += histogram.buckets[i + 1]!;
    if (seen >= wanted) return Math.min(histogram.maxUs, bucketHighest(histogram.buckets[i]!));
  }
  return histogram.maxUs;
}

/**
 * Counts of records up to each bound, for Prometheus's cumulative buckets. A bucket that a bound cuts counts as above it.
 * @param boundsUs - rising
 */
export function countsUpTo(histogram: HistogramStats, boundsUs: readonly number[]): number[] {
  const counts: number[] = [];
  let seen = 0;
  let i = 0;
  for (const boundUs of boundsUs) {
    while (i < histogram.buckets.length && bucketHighest(histogram.buckets[i]!) <= boundUs) {
      seen += histogram.buckets[i + 1]!;
      i += 2;
    }
    counts.push(seen);
  }
  return counts;
}
