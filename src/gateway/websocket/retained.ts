// The last value of each topic that was published to be kept: what a newcomer gets at once. In memory, bounded, the same
// in all processes: of two values the one published later is the last.

import type { TopicMessage } from './topics.ts';

export interface RetainedValue extends TopicMessage {
  readonly stageKey: string;
  readonly name: string;
  /** Grows with time; of equal ones the higher process counts as later. */
  readonly version: number;
  readonly process: number;
  /** Wall time in milliseconds; Infinity: for as long as there is room. */
  readonly expiresAtMs: number;
}

export interface RetainedLimits {
  readonly valuesMax: number;
  readonly bytesMax: number;
}

const limitsDefault: RetainedLimits = { valuesMax: 100_000, bytesMax: 16 * 1024 * 1024 };
/** Of a value beside its message: an estimate. */
const overheadBytes = 200;

export class Retained {
  readonly #limits: RetainedLimits;
  /** The one that was set longest ago comes first, and goes first. */
  readonly #values = new Map<string, RetainedValue>();
  #bytes = 0;

  constructor(limits: RetainedLimits = limitsDefault) {
    this.#limits = limits;
  }

  get(stageKey: string, name: string, nowMs: number): RetainedValue | null {
    const key = keyOf(stageKey, name);
    const value = this.#values.get(key);
    if (value === undefined) return null;
    if (value.expiresAtMs > nowMs) return value.message.length === 0 ? null : value;
    this.#remove(key, value);
    return null;
  }

  /** Keeps a value unless a later one is kept. An empty message is kept as the word that there is none. */
  set(value: RetainedValue): void {
    const key = keyOf(value.stageKey, value.name);
    const old = this.#values.get(key);
    if (old !== undefined) {
      if (!isLater(value, old)) return;
      this.#remove(key, old);
    }
    this.#values.set(key, value);
    this.#bytes += sizeOf(key, value);
    for (const [oldest, first] of this.#values) {
      if (this.#values.size <= this.#limits.valuesMax && this.#bytes <= this.#limits.bytesMax) return;
      this.#remove(oldest, first);
    }
  }

  /** All that are kept. */
  values(): Iterable<RetainedValue> {
    return this.#values.values();
  }

  forgetStage(stageKey: string): void {
    for (const [key, value] of this.#values) if (value.stageKey === stageKey) this.#remove(key, value);
  }

  #remove(key: string, value: RetainedValue): void {
    this.#values.delete(key);
    this.#bytes -= sizeOf(key, value);
  }
}

const keyOf = (stageKey: string, name: string): string => `${stageKey}/${name}`;

const isLater = (a: RetainedValue, b: RetainedValue): boolean =>
  a.version > b.version || (a.version === b.version && a.process > b.process);

const sizeOf = (key: string, { message }: RetainedValue): number =>
  overheadBytes + key.length + (typeof message === 'string' ? message.length * 2 : message.byteLength);
