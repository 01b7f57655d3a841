// The throttle over the Rust crate in native/: buckets in a mapped file that all processes share. The only importer
// of the addon.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Interned } from './interned.ts';
import {
  bucketsFull,
  checkLimit,
  checkQuotaLimit,
  counterId,
  internedBuckets,
  internedMeters,
  type MeterLimit,
  metersFull,
} from './keys.ts';
import type { Limit, Throttle } from './throttle.ts';

/** What the addon exports: see native/src/lib.rs. */
export interface Addon {
  open(path: string, bootId: Uint8Array): [table: number, found: number];
  bind(table: number, index: number, id: Uint8Array, rateRps: number, burst: number, nowNs: number): number;
  unbind(table: number, index: number): number;
  take(table: number, a: number, b: number, c: number, d: number, nowNs: number): number;
  takeCounted(
    table: number,
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
  bindMeter(table: number, index: number, id: Uint8Array, name: Uint8Array, limit: number): number;
  unbindMeter(table: number, index: number): number;
  setMeter(table: number, index: number, period: number, count: number, isUsage: boolean): number;
  isRestored(table: number): number;
  markRestored(table: number): number;
  isCurrent(table: number): number;
  changedMeters(table: number): number[];
  meterName(table: number, slot: number): string;
  vacateMeter(table: number, slot: number): number;
  close(table: number): void;
  panicOnPurpose(): void;
}

// All but the last, which is for tests.
const exportNames = [
  'open',
  'bind',
  'unbind',
  'take',
  'takeCounted',
  'bindMeter',
  'unbindMeter',
  'setMeter',
  'isRestored',
  'markRestored',
  'isCurrent',
  'changedMeters',
  'meterName',
  'vacateMeter',
  'close',
] as const;

// The same depth from src/gateway/throttle and from dist/gateway/throttle.
const packageAddonDirectory = fileURLToPath(new URL('../../../native/', import.meta.url));

/** Loads the addon, or says why there is none. */
export function loadAddon(directory = packageAddonDirectory): { addon: Addon } | { absent: string } {
  if (process.platform !== 'linux') return { absent: `the native addon does not run on ${process.platform}` };
  const files = ['gnu', 'musl'].map((libc) => join(directory, `throttle.linux-${process.arch}-${libc}.node`));
  const built = files.filter((file) => existsSync(file));
  if (built.length === 0) return { absent: `the native addon is not built ("make native" builds it)` };
  let reason = '';
  for (const file of built) {
    try {
      const addon = createRequire(import.meta.url)(file) as Addon;
      if (exportNames.every((name) => typeof addon[name] === 'function')) return { addon };
      reason = `"${file}" is of another version`;
    } catch (error) {
      reason = `"${file}" cannot be loaded: ${(error as Error).message}`;
    }
  }
  return { absent: reason };
}

/** The 16 bytes that name this boot of the machine. Throws where the kernel does not tell. */
export function readBootId(): Uint8Array {
  return Buffer.from(
    readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', ''),
    'hex',
  );
}

const foundNotes = [
  'a new file',
  'continuing with the counters found',
  'a new file, for the counters found were of an earlier boot',
  'a new file, for the one found was damaged or of another format',
  'a new file; the one found was not ours and now has the suffix ".foreign"',
];

const codeTableFull = -2;
const codeNameTooLong = -4;

/** A 16-byte id: what the file finds a counter by. */
const idOf = (text: string): Uint8Array => createHash('sha256').update(text).digest().subarray(0, 16);

/**
 * Binds an index of a table to a meter.
 * @throws Error when there is no room, or the lock is not to be had
 */
export function bindMeter(addon: Addon, table: number, index: number, name: string, limit: MeterLimit): void {
  // A meter without a limit is never asked whether there is room.
  const code = addon.bindMeter(table, index, idOf(name), Buffer.from(name), limit ?? 0);
  if (code === 0) return;
  if (code === codeTableFull) throw metersFull(name);
  const reason = code === codeNameTooLong ? 'its name is too long' : `the file's lock was not to be had`;
  throw new Error(`Cannot add meter "${name}": ${reason} (code ${code})`);
}

/** Counts in a file that all processes map. */
export class NativeThrottle implements Throttle {
  readonly kind = 'native';
  /** What was found under the file's name, in words. */
  readonly found: string;
  readonly #take: Addon['take'];
  readonly #takeCounted: Addon['takeCounted'];
  readonly #table: number;
  readonly #addon: Addon;
  readonly #clock: Clock;
  readonly #buckets: Interned<Limit>;
  readonly #meters: Interned<MeterLimit>;
  #open = true;

  /** Throws when the file cannot be opened or made. */
  constructor(addon: Addon, options: { file: string; bootId: Uint8Array; clock: Clock }) {
    const [table, found] = addon.open(options.file, options.bootId);
    this.found = foundNotes[found] ?? `found ${found}`;
    this.#take = addon.take;
    this.#takeCounted = addon.takeCounted;
    this.#table = table;
    this.#addon = addon;
    this.#clock = options.clock;
    this.#buckets = internedBuckets({
      bind: (index, key, limit) => this.#bind(index, key, limit),
      unbind: (index) => this.#unbind(index),
    });
    this.#meters = internedMeters({
      bind: (index, name, limit) => bindMeter(addon, table!, index, name, limit),
      unbind: (index) => {
        if (this.#open) addon.unbindMeter(table!, index);
      },
    });
  }

  bucket(key: string, limit: Limit): number {
    assert(this.#open, 'a closed throttle is not used');
    checkLimit(key, limit);
    return this.#buckets.intern(key, limit);
  }

  quota(name: string, limit: number): number {
    assert(this.#open, 'a closed throttle is not used');
    checkQuotaLimit(name, limit);
    return this.#meters.intern(name, limit);
  }

  usage(name: string): number {
    assert(this.#open, 'a closed throttle is not used');
    return this.#meters.intern(name, null);
  }

  take(a: number, b: number, c: number, d: number, nowNs: number): number {
    const position = this.#open ? this.#take(this.#table, a, b, c, d, nowNs) : -1;
    assert(position >= 0, 'take is given indexes of bucket() and a time >= 0 while the throttle is open');
    return position;
  }

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
  ): number {
    const position = this.#open
      ? this.#takeCounted(this.#table, a, b, c, d, quota, period, usage, day, nowNs)
      : -1;
    assert(position >= 0, 'takeCounted is given indexes, days and a time >= 0 while the throttle is open');
    return position;
  }

  release(index: number): void {
    this.#buckets.release(index);
  }

  releaseMeter(index: number): void {
    this.#meters.release(index);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#addon.close(this.#table);
  }

  #bind(index: number, key: string, limit: Limit): void {
    const id = idOf(counterId(key, limit));
    const nowNs = this.#clock.monotonicNs();
    const code = this.#addon.bind(this.#table, index, id, limit.rateRps, limit.burst, nowNs);
    if (code === 0) return;
    if (code === codeTableFull) throw bucketsFull(key);
    throw new Error(`Cannot add throttle bucket "${key}": the file's lock was not to be had (code ${code})`);
  }

  /** A failure leaves the place to this handle until it is closed; nothing is refused or admitted wrongly by that. */
  #unbind(index: number): void {
    if (this.#open) this.#addon.unbind(this.#table, index);
  }
}
