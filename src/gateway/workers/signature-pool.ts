// Where signatures of tokens are verified: in the worker threads, together with all others of the same turn of the event
// loop, where there are enough of them; else in the event loop, when the turn ends. One RS256 signature takes 18 us there
// and a crossing 60 us, so five in a turn go away and one does not; what a key costs is learnt.
//
// At most `queueJobsMax` wait or are under way; one more is answered `overloaded` at once: its request is refused.

import type { KeyObject } from 'node:crypto';
import { isSigned } from '../../authorizers/jwt/signature.ts';
import type { SignatureAnswer, Signatures, Signed } from '../../exchange/tools.ts';
import { JobCost, jobCrossingNs } from './job-cost.ts';
import { type VerifyPayload, type VerifyReply, verifyKindName } from './kinds/verify.ts';
import type { TurnJob, TurnWorkers } from './turn-workers.ts';

export interface SignaturePoolOptions {
  readonly workers: TurnWorkers;
  /** Signatures that may wait or be under way. */
  readonly queueJobsMax: number;
}

/** Counters since the start. */
export interface SignaturePoolStats {
  /** Verified in the event loop. */
  readonly verifiedHere: number;
  readonly verifiedInPool: number;
  /** Now waiting or under way. */
  readonly open: number;
  /** Refused because `queueJobsMax` were open. */
  readonly overloaded: number;
}

export interface SignaturePool extends Signatures {
  stats(): SignaturePoolStats;
}

/** Makes the verifier of one process. */
export const createSignaturePool = (options: SignaturePoolOptions): SignaturePool => new Pool(options);

/** What crosses for a key, and what its signatures cost. */
interface KnownKey {
  readonly number: number;
  readonly der: Uint8Array;
  readonly cost: JobCost;
}

class Pool implements SignaturePool {
  readonly workers: TurnWorkers;
  readonly #queueJobsMax: number;
  readonly #keys = new WeakMap<KeyObject, KnownKey>();
  #keysCount = 0;
  #here = 0;
  #inPool = 0;
  #open = 0;
  #overloaded = 0;

  constructor({ workers, queueJobsMax }: SignaturePoolOptions) {
    this.workers = workers;
    this.#queueJobsMax = queueJobsMax;
  }

  stats(): SignaturePoolStats {
    return {
      verifiedHere: this.#here,
      verifiedInPool: this.#inPool,
      open: this.#open,
      overloaded: this.#overloaded,
    };
  }

  verify(key: KeyObject, signed: Signed): SignatureAnswer | Promise<SignatureAnswer> {
    const { offload } = this.workers;
    // Secrets stay where they are, and their digests are cheap.
    if (offload === 'never' || key.type !== 'public') return this.here(key, null, signed);
    const known = this.#known(key);
    if (offload === 'auto' && known.cost.estimateNs(0) <= jobCrossingNs(signed.signed.length))
      return this.here(key, known.cost, signed);
    if (this.#open >= this.#queueJobsMax) {
      this.#overloaded++;
      return 'overloaded';
    }
    this.#open++;
    return new Promise((resolve) => this.workers.join(new SignatureJob(this, key, known, signed, resolve)));
  }

  /** In the event loop; learns from it now and then. */
  here(key: KeyObject, cost: JobCost | null, signed: Signed): SignatureAnswer {
    this.#here++;
    try {
      const startedMs = cost?.shouldTime() === true ? performance.now() : null;
      const isRight = isSigned(key, signed);
      if (startedMs !== null) cost!.learn((performance.now() - startedMs) * 1e6, 0);
      return isRight ? 'good' : 'wrong';
    } catch {
      // What node:crypto cannot make sense of is no signature.
      return 'wrong';
    }
  }

  ended(isFromPool: boolean): void {
    this.#open--;
    if (isFromPool) this.#inPool++;
  }

  #known(key: KeyObject): KnownKey {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    // Numbers are never used twice, so a thread can't mistake a new key for an old one.
    const der = key.export({ type: 'spki', format: 'der' });
    const made = { number: this.#keysCount++, der, cost: new JobCost() };
    this.#keys.set(key, made);
    return made;
  }
}

class SignatureJob implements TurnJob {
  readonly kind = verifyKindName;
  readonly isBoundForPool = false;
  readonly #pool: Pool;
  readonly #key: KeyObject;
  readonly #known: KnownKey;
  readonly #signed: Signed;
  readonly #resolve: (answer: SignatureAnswer) => void;

  constructor(
    pool: Pool,
    key: KeyObject,
    known: KnownKey,
    signed: Signed,
    resolve: (answer: SignatureAnswer) => void,
  ) {
    this.#pool = pool;
    this.#key = key;
    this.#known = known;
    this.#signed = signed;
    this.#resolve = resolve;
  }

  get sparedNs(): number {
    return this.#known.cost.estimateNs(0) - jobCrossingNs(this.#signed.signed.length);
  }

  runHere(): void {
    const answer = this.#pool.here(this.#key, this.#known.cost, this.#signed);
    this.#pool.ended(false);
    this.#resolve(answer);
  }

  payload(): VerifyPayload {
    const { number, der } = this.#known;
    const { algorithm, signed, signature } = this.#signed;
    return [number, der, algorithm, signed, signature];
  }

  done(result: unknown): void {
    const [isRight, ns] = result as VerifyReply;
    this.#known.cost.learn(ns, 0);
    this.#pool.ended(true);
    this.#resolve(isRight === true ? 'good' : 'wrong');
  }

  lost(): void {
    this.#pool.ended(true);
    this.#resolve('lost');
  }
}
