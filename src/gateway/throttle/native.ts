// The throttle over the Rust crate in native/: buckets in a mapped file that all processes share. The only importer
// of the addon.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { BucketKeys, tableFull } from './bucket-keys.ts';
import type { Limit, Throttle } from './throttle.ts';

/** What the addon exports: see native/src/lib.rs. */
export interface Addon {
  open(path: string, bootId: Uint8Array): [table: number, found: number];
  bind(table: number, index: number, id: Uint8Array, rateRps: number, burst: number, nowNs: number): number;
  unbind(table: number, index: number): number;
  take(table: number, a: number, b: number, c: number, d: number, nowNs: number): number;
  close(table: number): void;
  panicOnPurpose(): void;
}

const exportNames = ['open', 'bind', 'unbind', 'take', 'close'] as const;

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

/** Counts in a file that all processes map. */
export class NativeThrottle implements Throttle {
  readonly kind = 'native';
  /** What was found under the file's name, in words. */
  readonly found: string;
  readonly #take: Addon['take'];
  readonly #table: number;
  readonly #addon: Addon;
  readonly #clock: Clock;
  readonly #keys: BucketKeys;
  #open = true;

  /** Throws when the file cannot be opened or made. */
  constructor(addon: Addon, options: { file: string; bootId: Uint8Array; clock: Clock }) {
    const [table, found] = addon.open(options.file, options.bootId);
    this.found = foundNotes[found] ?? `found ${found}`;
    this.#take = addon.take;
    this.#table = table;
    this.#addon = addon;
    this.#clock = options.clock;
    this.#keys = new BucketKeys({
      bind: (index, id, limit) => this.#bind(index, id, limit),
      unbind: (index) => this.#unbind(index),
    });
  }

  bucket(key: string, limit: Limit): number {
    assert(this.#open, 'a closed throttle is not used');
    return this.#keys.bucket(key, limit);
  }

  take(a: number, b: number, c: number, d: number, nowNs: number): number {
    const position = this.#open ? this.#take(this.#table, a, b, c, d, nowNs) : -1;
    assert(position >= 0, 'take is given indexes of bucket() and a time >= 0 while the throttle is open');
    return position;
  }

  release(index: number): void {
    this.#keys.release(index);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#addon.close(this.#table);
  }

  #bind(index: number, id: string, limit: Limit): void {
    const hash = createHash('sha256').update(id).digest().subarray(0, 16);
    const nowNs = this.#clock.monotonicNs();
    const code = this.#addon.bind(this.#table, index, hash, limit.rateRps, limit.burst, nowNs);
    if (code === 0) return;
    const key = id.slice(0, id.indexOf('\0'));
    if (code === codeTableFull) throw tableFull(key);
    throw new Error(`Cannot add throttle bucket "${key}": the file's lock was not to be had (code ${code})`);
  }

  /** A failure leaves the place to this handle until it is closed; nothing is refused or admitted wrongly by that. */
  #unbind(index: number): void {
    if (this.#open) this.#addon.unbind(this.#table, index);
  }
}
