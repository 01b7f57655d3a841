// Token buckets for throttling: what the pipeline sees of them, and which of the two implementations is used.
// This room knows nothing of accounts, stages and methods: a bucket has a key, and a limit.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { bucketsMax, metersMax } from './keys.ts';
import { loadAddon, NativeThrottle, readBootId } from './native.ts';
import { TwinThrottle } from './twin.ts';

export { bucketsMax, metersMax };

/** What {@link Throttle.takeCounted} answers when the quota refuses. */
export const quotaRefused = 5;
/** What it answers while a counter file that was made anew has not been told what the store knows. */
export const notRestored = 6;

/** A token bucket's measure. */
export interface Limit {
  /** Tokens per second; fractions are allowed, 0 refuses everything. */
  readonly rateRps: number;
  /** Tokens that the full bucket holds; may be below or above the rate; less than 1 refuses everything. */
  readonly burst: number;
}

/** Counts requests against token buckets. One handle belongs to one JavaScript thread. */
export interface Throttle {
  readonly kind: 'native' | 'twin';
  /**
   * Interns a bucket; for compile time, never per request. The same key gives the same index in this handle, and
   * the same counter in all processes. A second call with another limit changes the limit, which starts the bucket
   * afresh; going back to a limit finds that limit's counter as it was.
   *
   * @param key - names what is limited, for instance `stage:a1b2c3/prod`
   * @throws RangeError when the limit is not made of two finite numbers >= 0
   * @throws Error when {@link bucketsMax} buckets are held or still in debt; nothing has changed then
   */
  bucket(key: string, limit: Limit): number;
  /**
   * One decision over up to four buckets: takes one token from each, or from none. A bucket named twice gives two
   * (and which of its positions is reported, when others refuse too, is open).
   *
   * @param a - index from {@link bucket}, or -1 for no bucket at this level; likewise `b`, `c` and `d`
   * @param nowNs - `Clock.monotonicNs()`, read now: a time more than a minute old could be taken for a broken
   *   counter's present
   * @returns 0 when taken, else the 1-based position of the first bucket that refused
   * @throws Error when the handle is closed, or an index was never given out
   */
  take(a: number, b: number, c: number, d: number, nowNs: number): number;
  /**
   * Interns a quota, to be spent with {@link takeCounted}; for when a key is first seen, not for each request. As with
   * buckets, the name stands for one counter in all processes. Another limit goes on with what was spent.
   *
   * @param name - see `meterName`
   * @throws RangeError when the limit is no whole number >= 0
   * @throws Error when {@link metersMax} meters are in use; nothing has changed then
   */
  quota(name: string, limit: number): number;
  /** Interns a meter that counts what is admitted, day by day. @throws Error as {@link quota} does */
  usage(name: string): number;
  /**
   * One decision over up to four buckets and a quota, and a count of what was admitted: all of it, or none. Looked at in
   * this order: `a`, `b`, the quota, `c`, `d`.
   *
   * @param quota - index from {@link quota}, or -1
   * @param period - the day (since 1970) on which the quota's present period began
   * @param usage - index from {@link usage}, or -1
   * @param day - the day (since 1970) to count it on
   * @returns as {@link take}, or {@link quotaRefused}, or {@link notRestored}
   * @throws Error as {@link take} does
   */
  takeCounted(
    a: number,
    b: number,
    c: number,
    d: number,
    quota: number,
    period: number,
    usage: number,
    day: number,
    nowNs: number,
  ): number;
  /** Gives back one call of {@link quota} or {@link usage}; after the last, the index must not be used. */
  releaseMeter(index: number): void;
  /**
   * Gives back one call of {@link bucket}. After the last, the index limits nothing (a request that is still under
   * way passes it), and the bucket's place may serve another key as soon as its tokens are full again. Call it for
   * every index of a Snapshot that is no longer served.
   */
  release(index: number): void;
  /** Ends the handle. The counters stay for the other processes, and for the next to open the file. */
  close(): void;
}

/** How to open the counters. */
export interface ThrottleOptions {
  /** The file that all data-plane processes share; best on tmpfs. Its directory is made. */
  readonly file: string;
  /** How many data-plane processes there are; the twin takes this share of each limit. */
  readonly processes: number;
  /** `native` when absent. */
  readonly prefer?: 'native' | 'twin';
  /** Tells when a released bucket's place is free again; the system's clock when absent. */
  readonly clock?: Clock;
  /** Where the built addon lies; the package's `native/` when absent. */
  readonly addonDirectory?: string;
}

/**
 * Opens the counters: shared ones from the Rust crate, or the TypeScript twin when that cannot be had.
 *
 * @returns the counters, and one line that says which they are and why
 */
export function openThrottle(options: ThrottleOptions): { throttle: Throttle; note: string } {
  if (options.prefer === 'twin') return useTwin(options, 'because it is preferred by configuration');
  const loaded = loadAddon(options.addonDirectory);
  if ('absent' in loaded) return useTwin(options, `because ${loaded.absent}`);
  try {
    mkdirSync(dirname(options.file), { recursive: true });
    const throttle = new NativeThrottle(loaded.addon, {
      file: options.file,
      bootId: readBootId(),
      clock: options.clock ?? systemClock,
    });
    return { throttle, note: `throttle: native counters, shared by all processes; ${throttle.found}` };
  } catch (error) {
    return useTwin(options, `because "${options.file}" cannot be opened: ${(error as Error).message}`);
  }
}

/**
 * Makes counters for this process alone, with an equal share of each limit. Where a burst is smaller than the number
 * of processes each still admits one request at a time, for a share below one token would refuse for ever.
 */
export function createTwin(options: { readonly processes: number; readonly clock?: Clock }): Throttle {
  return new TwinThrottle(options.processes, options.clock ?? systemClock);
}

function useTwin(options: ThrottleOptions, why: string): { throttle: Throttle; note: string } {
  const share = options.processes === 1 ? 'the whole' : `1/${options.processes}`;
  return {
    throttle: createTwin(options),
    note: `throttle: TypeScript counters with ${share} of each limit in this process, quotas that a restart forgets and no metering, ${why}`,
  };
}
