// Which addresses have as many connections as one may have. Only asked for when there can be any, and never so often that the
// asking costs more than a twentieth of a core.

import type { Guard } from './guard.ts';

export interface CrowdsOptions {
  readonly guard: Guard;
  /** Connections of one address to all data planes together; 0: no matter how many. */
  readonly perAddressMax: number;
  readonly processes: number;
  /** By key; null where nobody can tell. See `countOpenConnections`. */
  readonly count: (port: number) => Promise<ReadonlyMap<string, number> | null>;
}

const restShare = 20;

export class Crowds {
  readonly #options: CrowdsOptions;
  /** Connections of this process below which no address can have too many. */
  readonly #openMin: number;
  #isCounting = false;
  #restUntilMs = 0;
  #hasCrowds = false;

  constructor(options: CrowdsOptions) {
    this.#options = options;
    // The kernel deals connections out evenly, but not to the last one.
    this.#openMin = options.perAddressMax / (2 * options.processes);
  }

  /**
   * To be called every second or so.
   * @param openCount - connections of this process @param nowMs - monotonic
   */
  async look(openCount: number, port: number, nowMs: () => number): Promise<void> {
    const { guard, perAddressMax, count } = this.#options;
    const startedMs = nowMs();
    if (perAddressMax === 0 || this.#isCounting || startedMs < this.#restUntilMs) return;
    if (!this.#hasCrowds && (openCount < this.#openMin || guard.admittedCount === 0)) return;
    this.#isCounting = true;
    try {
      const counts = await count(port);
      const keys = new Set<string>();
      for (const [key, open] of counts ?? []) if (open >= perAddressMax) keys.add(key);
      guard.crowded(keys);
      this.#hasCrowds = keys.size > 0;
    } finally {
      this.#isCounting = false;
      this.#restUntilMs = nowMs() + restShare * (nowMs() - startedMs);
    }
  }
}
