// Buckets of a rate-based rule: one for each address, or whatever the rule aggregates by. Addresses are as many as
// somebody likes, so a rule has so many buckets of its own; whoever comes when they are given out, and none is idle,
// shares one of a few with others. Nobody is let through unseen.

import { createHash } from 'node:crypto';

/** The gateway's token buckets, shared by its processes: see gateway/throttle. */
export interface Counters {
  bucket(key: string, limit: { readonly rateRps: number; readonly burst: number }): number;
  take(a: number, b: number, c: number, d: number, nowNs: number): number;
  release(index: number): void;
}

/** Of one rule in one process; AWS follows as many. */
const keysMax = 10_000;
/** Those who come later share these. */
const sharedMax = 64;
/** At once: giving a bucket back takes some microseconds, and a request waits. */
const forgottenMax = 32;
/** Longer ones are hashed: they are what clients send. */
const keyCharactersMax = 64;

/** Of all rules of a process: half of the table at most, so that the throttles of stages have room. */
export class RateBudget {
  readonly max: number;
  used = 0;

  /** @param processes - which share the table */
  constructor(processes: number) {
    this.max = Math.floor(32_768 / processes);
  }
}

/** Tokens of the throttle are requests per second; a rule counts them in a window. */
export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

interface Entry {
  readonly bucket: number;
  lastNs: number;
}

export class RateKeys {
  readonly #counters: Counters;
  readonly #budget: RateBudget;
  readonly #name: string;
  readonly #limit: { readonly rateRps: number; readonly burst: number };
  readonly #idleNs: number;
  readonly #shared: number[];
  /** In the order of their last use, the oldest first. */
  readonly #entries = new Map<string, Entry>();

  /** @param name - names the rule in all processes */
  constructor(counters: Counters, budget: RateBudget, name: string, { requests, windowSeconds }: RateLimit) {
    this.#counters = counters;
    this.#budget = budget;
    this.#name = name;
    this.#limit = { rateRps: requests / windowSeconds, burst: requests };
    this.#idleNs = windowSeconds * 1e9;
    this.#shared = Array.from({ length: sharedMax }, (_, i) =>
      counters.bucket(`waf:${name}:shared:${i}`, this.#limit),
    );
  }

  /**
   * Counts one request. Of a rule that has been replaced meanwhile it counts none: who waited with its body for longer
   * than that passes, as with the throttle of a stage.
   *
   * @returns whether there have been too many
   */
  isOver(key: string, nowNs: number): boolean {
    if (this.#shared.length === 0) return false;
    const short = key.length <= keyCharactersMax ? key : createHash('sha256').update(key).digest('base64');
    return this.#counters.take(this.#bucketOf(short, nowNs), -1, -1, -1, nowNs) !== 0;
  }

  close(): void {
    for (const { bucket } of this.#entries.values()) this.#counters.release(bucket);
    this.#budget.used -= this.#entries.size;
    this.#entries.clear();
    for (const bucket of this.#shared.splice(0)) this.#counters.release(bucket);
  }

  #bucketOf(key: string, nowNs: number): number {
    const entry = this.#entries.get(key);
    if (entry === undefined) return this.#admit(key, nowNs);
    // Moved to the end no more than once a second: the order need not be exact.
    if (nowNs - entry.lastNs > 1e9) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      entry.lastNs = nowNs;
    }
    return entry.bucket;
  }

  #admit(key: string, nowNs: number): number {
    if (this.#entries.size >= keysMax || this.#budget.used >= this.#budget.max) this.#forgetIdle(nowNs);
    if (this.#entries.size >= keysMax || this.#budget.used >= this.#budget.max) return this.#sharedOf(key);
    let bucket: number;
    try {
      bucket = this.#counters.bucket(`waf:${this.#name}:${key}`, this.#limit);
    } catch {
      // The table that all processes share is full.
      return this.#sharedOf(key);
    }
    this.#budget.used++;
    this.#entries.set(key, { bucket, lastNs: nowNs });
    return bucket;
  }

  /** Whoever was not seen for a whole window has a full bucket: forgetting it changes nothing. */
  #forgetIdle(nowNs: number): void {
    let left = forgottenMax;
    for (const [key, { bucket, lastNs }] of this.#entries) {
      if (left-- === 0 || nowNs - lastNs <= this.#idleNs + 1e9) return;
      this.#entries.delete(key);
      this.#counters.release(bucket);
      this.#budget.used--;
    }
  }

  #sharedOf(key: string): number {
    // FNV-1a: who picks addresses to fall together is counted together.
    let hash = 0x811c9dc5;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0;
    return this.#shared[hash % sharedMax]!;
  }
}
