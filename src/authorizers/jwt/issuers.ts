// All issuers that authorizers of this process trust: each has one set of keys, whoever asks for them.

import type { Clock } from '../../base/clock.ts';
import type { Backends } from '../../exchange/backends.ts';
import type { Upstream } from '../../exchange/upstream.ts';
import type { PublishedState } from '../../resources/index.ts';
import { isSameIssuer, withoutSlash } from './claims.ts';
import { fetchDiscoveredKeys, fetchPoolKeys } from './fetch-keys.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { type DecryptionKey, decryptJwe, readDecryptionKey } from './jwe.ts';
import { Revocations } from './revocations.ts';
import type { TrustedIssuer } from './token-verifier.ts';

/** Remembered; beyond it the oldest is forgotten (its authorizers keep it). */
const issuersMax = 1_000;

export class Issuers {
  /** Of all of them. */
  readonly revocations = new Revocations();
  readonly #upstream: Upstream;
  readonly #backends: Backends;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #known = new Map<string, IssuerKeys>();
  #tokenKeys: readonly DecryptionKey[] = [];
  #tokenKeysText = '[]';

  /** @param log - told of issuers that cannot be reached; one line */
  constructor(upstream: Upstream, backends: Backends, clock: Clock, log: (line: string) => void) {
    this.#upstream = upstream;
    this.#backends = backends;
    this.#clock = clock;
    this.#log = log;
  }

  /** The service `cognito-idp` is configured: somebody else than AWS answers for user pools. */
  get standsForPools(): boolean {
    return this.#backends.service('cognito-idp') !== null;
  }

  /** From now on these are revoked, and these keys open encrypted tokens. */
  adopt({ tokenRevocations, backends }: Pick<PublishedState, 'tokenRevocations' | 'backends'>): void {
    this.revocations.adopt(tokenRevocations);
    const jwks = backends?.tokenKeys ?? [];
    const text = JSON.stringify(jwks);
    if (text === this.#tokenKeysText) return;
    this.#tokenKeysText = text;
    const read = jwks.map(readDecryptionKey);
    for (const [i, key] of read.entries())
      if (typeof key === 'string') this.#log(`key ${i} of tokenKeys is not used: it ${key}`);
    this.#tokenKeys = read.filter((key) => typeof key !== 'string');
  }

  /** What an encrypted token holds; null when no key of ours opens it. */
  readonly open = (token: string): string | null =>
    decryptJwe(token, this.#tokenKeys)?.toString('latin1') ?? null;

  /** Keys of an OpenID Connect issuer. */
  discovered(issuer: string): IssuerKeys {
    return this.#keys(`discovered ${issuer}`, () => fetchDiscoveredKeys(this.#upstream, issuer));
  }

  /** Who signs tokens of a user pool: AWS, or whoever the service `cognito-idp` is configured to be. */
  pool({ region, poolId, issuer }: UserPool, iss: string): TrustedIssuer | null {
    const configured = this.#backends.service('cognito-idp');
    const base = configured === null ? issuer : poolBase(configured.endpoint, region, poolId);
    if (!isSameIssuer(iss, issuer) && !isSameIssuer(iss, base)) return null;
    const keys = this.#keys(`pool ${base}`, () =>
      fetchPoolKeys(this.#upstream, base).catch((error: Error) =>
        // Providers that are no user pools tell where their keys are.
        configured === null
          ? Promise.reject(error)
          : fetchDiscoveredKeys(this.#upstream, base).catch(() => Promise.reject(error)),
      ),
    );
    return { issuer: iss, audiences: null, keys };
  }

  #keys(name: string, fetch: ConstructorParameters<typeof IssuerKeys>[0]['fetch']): IssuerKeys {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = new IssuerKeys({ fetch, nowNs: () => this.#clock.monotonicNs(), log: this.#log });
    if (this.#known.size >= issuersMax) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(name, made);
    return made;
  }
}

export interface UserPool {
  readonly region: string;
  readonly poolId: string;
  /** `iss` of its tokens. */
  readonly issuer: string;
}

/** `{poolId}` and `{region}` stand for those of the ARN; without the first the id is the last part of the path. */
function poolBase(endpoint: string, region: string, poolId: string): string {
  const filled = withoutSlash(endpoint.replaceAll('{region}', region));
  return filled.includes('{poolId}') ? filled.replaceAll('{poolId}', poolId) : `${filled}/${poolId}`;
}

const poolArn = /^arn:[^:]+:cognito-idp:([a-z0-9-]+):[^:]*:userpool\/([A-Za-z0-9_-]+)$/;

/** @param arn - `arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc` @returns null when it is none */
export function userPoolOf(arn: string): UserPool | null {
  const [, region, poolId] = poolArn.exec(arn) ?? [];
  if (region === undefined || poolId === undefined) return null;
  return { region, poolId, issuer: `https://cognito-idp.${region}.amazonaws.com/${poolId}` };
}
