// Buckets and meters by key, as both implementations give indexes to them.

import { Interned, type Places } from './interned.ts';
import type { Limit } from './throttle.ts';

/** The most buckets that may exist at once: in the shared file for `native`, in each process for `twin`. */
export const bucketsMax = 65_536;
/** The most meters in use at once; likewise. */
export const metersMax = 32_768;

/** A quota's limit; null for a meter that only counts. */
export type MeterLimit = number | null;

export const internedBuckets = (places: Places<Limit>): Interned<Limit> =>
  new Interned({
    max: bucketsMax,
    isSame: (a, b) => a.rateRps === b.rateRps && a.burst === b.burst,
    full: bucketsFull,
    places,
  });

export const internedMeters = (places: Places<MeterLimit>): Interned<MeterLimit> =>
  new Interned<MeterLimit>({ max: metersMax, isSame: (a, b) => a === b, full: metersFull, places });

/** The error of a table without room for `key`. */
export function bucketsFull(key: string): Error {
  return new Error(
    `Cannot add throttle bucket "${key}": ${bucketsMax} buckets, the maximum, are in use or not yet full again`,
  );
}

export function metersFull(name: string): Error {
  return new Error(`Cannot add meter "${name}": ${metersMax} meters, the maximum, are in use`);
}

/** A counter belongs to a key and a limit, so that no counter is read by the measure of a limit that did not write it. */
export const counterId = (key: string, limit: Limit): string => `${key}\0${limit.rateRps}\0${limit.burst}`;

/** @throws RangeError when the limit is not made of two finite numbers >= 0 */
export function checkLimit(key: string, { rateRps, burst }: Limit): void {
  for (const [name, value] of [['rateRps', rateRps] as const, ['burst', burst] as const]) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new RangeError(`Cannot add throttle bucket "${key}": ${name} is ${value}, expected a number >= 0`);
  }
}

/** @throws RangeError when a quota is no whole number >= 0 */
export function checkQuotaLimit(name: string, limit: number): void {
  if (Number.isSafeInteger(limit) && limit >= 0) return;
  throw new RangeError(`Cannot add meter "${name}": its limit is ${limit}, expected a whole number >= 0`);
}
