// The keys of one issuer, fetched when a token first needs them and kept fresh beside the requests. Whatever happens to
// the issuer, nobody waits for it twice: one fetch at a time, old keys while it is down, unknown key ids asked for seldom.

import type { KeySet, VerifyingKey } from './jwk.ts';

/** Gets the keys. @throws (rejects) Error with one line for the log */
export type FetchKeys = () => Promise<KeySet>;

export interface IssuerKeysOptions {
  readonly fetch: FetchKeys;
  /** Monotonic, nanoseconds. */
  readonly nowNs: () => number;
  /** Told of a fetch that failed, and of keys that cannot be used; one line. */
  readonly log: (line: string) => void;
}

/** Keys this old are fetched again, beside the requests that go on using them. */
const freshNs = 300e9;
/** Keys of an issuer that cannot be reached are used for so long. */
const usableNs = 86_400e9;
/** A token of an unknown key makes us look again, this seldom: anybody can make one up. */
const lookAgainNs = 10e9;
/** After a failure, this long until the next try. */
const retryNs = 2e9;

export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: KeySet | null = null;
  #fetchedNs = 0;
  #triedNs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<KeySet | null> | null = null;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /**
   * The keys, at once where they are known; null when there are none to be had. Until they have changed they are the
   * same object: what was verified with another is to be forgotten.
   */
  get(): KeySet | null | Promise<KeySet | null> {
    const nowNs = this.#options.nowNs();
    const keys = this.#keys;
    if (keys === null || nowNs - this.#fetchedNs > usableNs) return this.#fetch(nowNs);
    if (nowNs - this.#fetchedNs > freshNs) void this.#fetch(nowNs);
    return keys;
  }

  /** A token names a key that is not among them: the issuer may have made new ones. */
  lookAgain(): KeySet | null | Promise<KeySet | null> {
    const nowNs = this.#options.nowNs();
    return nowNs - this.#triedNs < lookAgainNs ? (this.#fetching ?? this.#keys) : this.#fetch(nowNs);
  }

  #fetch(nowNs: number): Promise<KeySet | null> {
    if (this.#fetching !== null) return this.#fetching;
    if (nowNs - this.#triedNs < retryNs) return Promise.resolve(this.#usable(nowNs));
    this.#triedNs = nowNs;
    this.#fetching = this.#options
      .fetch()
      .then(
        (keys) => this.#took(keys),
        (error: Error) => this.#options.log(`cannot fetch the keys of an issuer: ${error.message}`),
      )
      .then(() => {
        this.#fetching = null;
        return this.#usable(this.#options.nowNs());
      });
    return this.#fetching;
  }

  #usable(nowNs: number): KeySet | null {
    return nowNs - this.#fetchedNs > usableNs ? null : this.#keys;
  }

  #took(keys: KeySet): void {
    for (const problem of keys.problems) this.#options.log(`a key of an issuer is not used: ${problem}`);
    // An issuer that answers without a single key has a bad moment: those that we have are better.
    if (keys.keys.length === 0 && this.#keys !== null) return;
    this.#fetchedNs = this.#options.nowNs();
    if (this.#keys !== null && isSame(this.#keys, keys)) return;
    this.#keys = keys;
  }
}

const isSame = (a: KeySet, b: KeySet): boolean =>
  a.keys.length === b.keys.length && a.keys.every((key, i) => isSameKey(key, b.keys[i]!));

const isSameKey = (a: VerifyingKey, b: VerifyingKey): boolean =>
  a.kid === b.kid && a.key.equals(b.key) && [...a.algorithms].join() === [...b.algorithms].join();
