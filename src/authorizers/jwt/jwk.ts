// Keys of an issuer: a JWK Set in, keys that can verify out. What is weak, ambiguous or not meant for signatures is left
// out, and why is told. See RFC 7517 and RFC 7518.

import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isRocaModulus } from './roca.ts';

/** Algorithms of signatures; `none` is not one of them. */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
] as const;
export type Algorithm = (typeof algorithms)[number];

/** What issuers of tokens are asked for: their keys are public, so a secret among them is a mistake. */
export const publicKeyAlgorithms: ReadonlySet<Algorithm> = new Set(
  algorithms.filter((name) => !name.startsWith('HS')),
);

export interface VerifyingKey {
  /** null where the set gives none. */
  readonly kid: string | null;
  readonly key: KeyObject;
  /** Those that it may verify. */
  readonly algorithms: ReadonlySet<Algorithm>;
}

export interface KeySet {
  readonly keys: readonly VerifyingKey[];
  /** One line for each key that cannot be used. */
  readonly problems: readonly string[];
}

const rsaBitsMin = 2_048;
const rsaBitsMax = 16_384;
const keysMax = 100;
const curveAlgorithm: Readonly<Record<string, Algorithm>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
};
const secretBytesMin: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };

/**
 * Reads a JWK Set, or a single key.
 * @param allowed - algorithms that keys may be for at all
 */
export function readKeys(set: unknown, allowed: ReadonlySet<Algorithm> = publicKeyAlgorithms): KeySet {
  const list = isObject(set) && Array.isArray(set.keys) ? set.keys.slice(0, keysMax) : [set];
  const problems: string[] = [];
  const found: VerifyingKey[] = [];
  for (const [i, jwk] of list.entries()) {
    const key = readKey(jwk, allowed);
    if (typeof key === 'string') problems.push(`key ${i}: ${key}`);
    else found.push(key);
  }
  if (
    list.some((jwk) => isObject(jwk) && jwk.kty === 'oct') &&
    list.some((jwk) => isObject(jwk) && jwk.kty !== 'oct')
  )
    return { keys: [], problems: [...problems, 'secret and public keys stand in one set'] };
  const twice = new Set(
    found.map(({ kid }) => kid).filter((kid, i, all) => kid !== null && all.indexOf(kid) !== i),
  );
  for (const kid of twice) problems.push(`the key id "${kid}" stands for several keys`);
  return { keys: found.filter(({ kid }) => !twice.has(kid)), problems };
}

function readKey(jwk: unknown, allowed: ReadonlySet<Algorithm>): VerifyingKey | string {
  if (!isObject(jwk)) return 'is no object';
  const { kid, use, alg, key_ops: operations } = jwk;
  if (use !== undefined && use !== 'sig') return `is not for signatures but for "${String(use)}"`;
  if (operations !== undefined && !(Array.isArray(operations) && operations.some(isVerifying)))
    return 'its operations are not those of signatures';
  const own = algorithmsOf(jwk);
  if (typeof own === 'string') return own;
  const usable = own.filter((name) => allowed.has(name) && isMeantFor(alg, name));
  if (usable.length === 0) return `cannot be used with "${String(alg ?? jwk.kty)}"`;
  try {
    const key =
      jwk.kty === 'oct'
        ? createSecretKey(secretOf(jwk))
        : createPublicKey({ key: publicPart(jwk), format: 'jwk' });
    const weakness = weaknessOf(key, jwk);
    if (weakness !== null) return weakness;
    return { kid: typeof kid === 'string' ? kid : null, key, algorithms: new Set(usable) };
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}

/**
 * A key may say what it is for. Another digest of the same family will do when it is no weaker. `ES521` has been seen for
 * the curve P-521.
 */
function isMeantFor(given: unknown, name: Algorithm): boolean {
  if (given === undefined || given === name) return true;
  if (typeof given !== 'string' || given.slice(0, 2) !== name.slice(0, 2)) return false;
  if (name.startsWith('ES')) return given === 'ES521' && name === 'ES512';
  return Number(given.slice(2)) <= Number(name.slice(2));
}

const isVerifying = (operation: unknown): boolean => operation === 'verify' || operation === 'sign';

function algorithmsOf(jwk: Record<string, unknown>): Algorithm[] | string {
  switch (jwk.kty) {
    case 'RSA':
      return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
    case 'EC': {
      const name =
        typeof jwk.crv === 'string' && Object.hasOwn(curveAlgorithm, jwk.crv)
          ? curveAlgorithm[jwk.crv]
          : undefined;
      return name === undefined
        ? `its curve "${String(jwk.crv)}" is not one of ${Object.keys(curveAlgorithm).join(', ')}`
        : [name];
    }
    case 'OKP':
      return jwk.crv === 'Ed25519' || jwk.crv === 'Ed448'
        ? ['EdDSA']
        : `its curve "${String(jwk.crv)}" does not sign`;
    case 'oct': {
      const bytes = secretOf(jwk).length;
      return (['HS256', 'HS384', 'HS512'] as const).filter((name) => bytes >= secretBytesMin[name]!);
    }
    default:
      return `its type "${String(jwk.kty)}" is not known`;
  }
}

const secretOf = (jwk: Record<string, unknown>): Buffer => Buffer.from(String(jwk.k ?? ''), 'base64url');

/** Without the private members, of which a set that was published by mistake has some. */
function publicPart({ kty, n, e, crv, x, y }: Record<string, unknown>): JsonWebKey {
  const members = { kty, n, e, crv, x, y };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonWebKey;
}

function weaknessOf(key: KeyObject, jwk: Record<string, unknown>): string | null {
  if (jwk.kty !== 'RSA') return null;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < rsaBitsMin || modulusLength > rsaBitsMax)
    return `has ${modulusLength} bits; ${rsaBitsMin} to ${rsaBitsMax} are taken`;
  if (publicExponent < 3n || publicExponent % 2n === 0n) return `has the exponent ${publicExponent}`;
  const modulus = BigInt(`0x${Buffer.from(String(jwk.n), 'base64url').toString('hex')}`);
  return isRocaModulus(modulus) ? 'was made by a generator whose keys can be factored (ROCA)' : null;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
