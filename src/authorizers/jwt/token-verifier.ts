// Tokens of the issuers that one authorizer trusts. A token that was verified is remembered until it ends, so that the
// same one costs next to nothing. It is found by its last characters, which are its signature's, and then compared whole:
// 0.3 us, where a look-up by all of it takes 1.5 us (V8 hashes each request's text anew) and by its SHA-256 as much. Tokens
// are in memory anyway while their requests are.

import { BoundedMap } from '../../base/bounded-map.ts';
import type { Signatures } from '../../exchange/tools.ts';
import { type ClaimProblem, type Claims, claimProblem, ShownClaims } from './claims.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { isEncrypted } from './jwe.ts';
import type { KeySet } from './jwk.ts';
import { chooseKey, jsonObject, type ParsedJws, parseJws } from './jws.ts';
import type { Revocations } from './revocations.ts';

/** One issuer that is trusted. */
export interface TrustedIssuer {
  /** `iss` of its tokens. */
  readonly issuer: string;
  /** null: not asked. */
  readonly audiences: readonly string[] | null;
  readonly keys: IssuerKeys;
}

export interface TokenVerifierOptions {
  /** Who signs tokens of this `iss`; null: nobody who is trusted here. */
  readonly issuerOf: (iss: string) => TrustedIssuer | null;
  /** Asked for each token that is verified. */
  readonly algorithms: () => ReadonlySet<string>;
  readonly leewaySeconds: number;
  readonly signatures: Signatures;
  readonly revocations: Revocations;
  /** What an encrypted token holds; null when it cannot be opened. */
  readonly open: (token: string) => string | null;
  /** Wall time, milliseconds. */
  readonly nowMs: () => number;
}

/** What a token says, once it is known to be true. */
export interface VerifiedToken {
  readonly claims: Claims;
  /** For mappings, events and logs. */
  readonly shown: ShownClaims;
}

/** `unavailable`: nobody could say, because the issuer has no keys for us; `overloaded`: too many wait to be told. */
export interface TokenRefusal {
  readonly kind: ClaimProblem['kind'] | 'unavailable' | 'overloaded';
  /** For the log; holds nothing of the token. */
  readonly detail: string;
}

export type TokenAnswer = VerifiedToken | TokenRefusal;

interface Remembered extends VerifiedToken {
  readonly text: string;
  readonly issuer: TrustedIssuer;
  /** Those that it was verified with: it is forgotten when its issuer has others. */
  readonly keys: KeySet;
  /** Of the revocations that it was held against. */
  revocationsRevision: number;
}

/** A token that was never seen before. */
interface NewToken {
  readonly text: string;
  readonly jws: ParsedJws;
  readonly claims: Claims;
  readonly issuer: TrustedIssuer;
}

/** 192 bits of a signature: tokens that share them are told apart by the rest. */
const keyCharacters = 32;
const keyOf = (token: string): string => token.slice(-keyCharacters);

const rememberedMax = 20_000;
const charactersMax = 32 * 1_048_576;
/** Tokens that wait for keys or for their signature; one more is refused. */
const underWayMax = 10_000;
/** Keys that change while a token is verified make it begin again, so often at most. */
const attemptsMax = 3;

const refusal = (kind: TokenRefusal['kind'], detail: string): TokenRefusal => ({ kind, detail });

export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #remembered = new BoundedMap<string, Remembered>({
    entriesMax: rememberedMax,
    sizeMax: charactersMax,
    sizeOf: (_, { text }) => text.length,
  });
  readonly #underWay = new Map<string, Promise<TokenAnswer>>();

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
  }

  /** Never rejects. Many requests with one new token verify it once. */
  check(token: string): TokenAnswer | Promise<TokenAnswer> {
    const known = this.#remembered.get(keyOf(token));
    if (known !== undefined && known.text === token) {
      // Asking for the keys is also what keeps them fresh, where all tokens are known.
      if (known.issuer.keys.get() === known.keys) return this.#timely(known, true);
      this.#forget(known);
    }
    const underWay = this.#underWay.get(token);
    if (underWay !== undefined) return underWay;
    if (this.#underWay.size >= underWayMax)
      return refusal('overloaded', 'too many tokens are being verified');
    const taken = this.#takeApart(token);
    if ('kind' in taken) return taken;
    const answer = this.#verify(taken)
      .catch((error: Error) => refusal('unavailable', `the token cannot be verified: ${error.message}`))
      .finally(() => this.#underWay.delete(token));
    this.#underWay.set(token, answer);
    return answer;
  }

  /** Remembered tokens; for tests and metrics. */
  get size(): number {
    return this.#remembered.size;
  }

  /** What the token claims of itself only chooses whose keys it is checked with. */
  #takeApart(text: string): NewToken | TokenRefusal {
    const inside = isEncrypted(text) ? this.#options.open(text) : text;
    if (inside === null) return refusal('wrong', 'no key of ours opens the token');
    const jws = parseJws(inside);
    if ('refused' in jws) return refusal('wrong', jws.refused);
    const claims = jsonObject(jws.payload);
    if (claims === null) return refusal('wrong', 'the claims are not a JSON object');
    const issuer = typeof claims.iss === 'string' ? this.#options.issuerOf(claims.iss) : null;
    if (issuer === null) return refusal('wrong', 'the token is of no issuer that is trusted here');
    return { text, jws, claims, issuer };
  }

  async #verify({ text, jws, claims, issuer }: NewToken): Promise<TokenAnswer> {
    const { algorithms, signatures } = this.#options;
    let keys = await issuer.keys.get();
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      if (keys === null) return refusal('unavailable', `the issuer "${issuer.issuer}" gives no keys`);
      const chosen = chooseKey(jws, keys, algorithms());
      if ('refused' in chosen) {
        const newer = chosen.isUnknownKey ? await issuer.keys.lookAgain() : keys;
        if (newer === keys || newer === null) return refusal('wrong', chosen.refused);
        keys = newer;
        continue;
      }
      const answer = await signatures.verify(chosen.key, jws);
      if (answer === 'overloaded') return refusal('overloaded', 'too many signatures are being verified');
      if (answer === 'lost') return refusal('unavailable', 'the signature could not be verified');
      // What was asked of keys that are the issuer's no longer is no answer. Nothing is awaited from here on.
      const current = issuer.keys.get();
      if (current === keys)
        return answer === 'good'
          ? this.#timely({
              text,
              claims,
              shown: new ShownClaims(claims),
              issuer,
              keys,
              revocationsRevision: -1,
            })
          : refusal('wrong', 'the signature is wrong');
      keys = await current;
    }
    return refusal('unavailable', `the keys of the issuer "${issuer.issuer}" change too fast`);
  }

  /** A token that is remembered may have ended since. */
  #timely(known: Remembered, isRemembered = false): TokenAnswer {
    const { leewaySeconds, nowMs, revocations } = this.#options;
    const { issuer, audiences } = known.issuer;
    const now = nowMs();
    if (known.revocationsRevision !== revocations.revision) {
      if (revocations.isRevoked(known.claims, now)) {
        this.#forget(known);
        return refusal('wrong', 'the token was revoked');
      }
      known.revocationsRevision = revocations.revision;
    }
    const problem = claimProblem(known.claims, { issuers: [issuer], audiences, leewaySeconds }, now);
    if (problem === null) {
      if (!isRemembered) this.#remembered.set(keyOf(known.text), known);
      return known;
    }
    this.#forget(known);
    return problem;
  }

  #forget(known: Remembered): void {
    const key = keyOf(known.text);
    if (this.#remembered.get(key) === known) this.#remembered.delete(key);
  }
}
