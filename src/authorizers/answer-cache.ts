// Answers of one authorizer on one stage, kept for a while, and questions under way, so that none is asked twice at once.

import { BoundedMap } from '../base/bounded-map.ts';
import type { Reply } from './asker.ts';
import type { Grant } from './lambda-grant.ts';

/** The oldest answers go when there are more, or when they hold more. */
const entriesMax = 10_000;
const bytesMax = 16 * 1_048_576;

interface Entry {
  readonly grant: Grant;
  /** Monotonic, nanoseconds. */
  readonly untilNs: number;
}

export class AnswerCache {
  readonly #ttlNs: number;
  readonly #entries = new BoundedMap<string, Entry>({ entriesMax, sizeMax: bytesMax, sizeOf: cost });
  readonly #asked = new Map<string, Promise<Reply>>();

  constructor(ttlSeconds: number) {
    this.#ttlNs = ttlSeconds * 1e9;
  }

  /** @param nowNs - monotonic */
  get(key: string, nowNs: number): Grant | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.untilNs > nowNs) return entry.grant;
    this.#entries.delete(key);
    return null;
  }

  /** The question under way, or a new one. Only grants are kept. @param ask - never rejects */
  ask(key: string, ask: () => Promise<Reply>, nowNs: () => number): Promise<Reply> {
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const reply = ask().then((answer) => {
      this.#asked.delete(key);
      if (answer.grant !== null) this.#put(key, answer.grant, nowNs());
      return answer;
    });
    this.#asked.set(key, reply);
    return reply;
  }

  get size(): number {
    return this.#entries.size;
  }

  #put(key: string, grant: Grant, nowNs: number): void {
    const lifetimeNs = (grant.lifetimeMs ?? Number.POSITIVE_INFINITY) * 1e6;
    this.#entries.set(key, { grant, untilNs: nowNs + Math.min(this.#ttlNs, lifetimeNs) });
  }
}

/** What a compiled answer takes is some multiple of its text. */
const cost = (key: string, { grant }: Entry): number => key.length + grant.payloadBytes + 512;
