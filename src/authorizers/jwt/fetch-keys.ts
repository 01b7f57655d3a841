// Where an issuer keeps its keys: OpenID Connect Discovery, or the fixed place of a Cognito user pool.

import type { Upstream } from '../../exchange/upstream.ts';
import { fetchJson } from '../fetch-json.ts';
import { isSameIssuer, withoutSlash } from './claims.ts';
import { type KeySet, readKeys } from './jwk.ts';

const timeoutMs = 5_000;

/**
 * Gets the keys of an issuer by its discovery document.
 * @param issuer - `https://...`, with a slash at the end or without
 * @throws (rejects) Error with one line
 */
export async function fetchDiscoveredKeys(upstream: Upstream, issuer: string): Promise<KeySet> {
  const { jwks_uri: uri, issuer: named } = await fetchDocument(
    upstream,
    `${withoutSlash(issuer)}/.well-known/openid-configuration`,
  );
  // A document of somebody else would hand us somebody else's keys.
  if (typeof named !== 'string' || !isSameIssuer(named, issuer))
    throw new Error(`the discovery document of "${issuer}" is that of another issuer`);
  if (typeof uri !== 'string') throw new Error(`the discovery document of "${issuer}" names no jwks_uri`);
  return readKeys(await fetchDocument(upstream, uri));
}

/** Gets the keys of a user pool. @param base - where it is reached: `https://cognito-idp.{region}.amazonaws.com/{pool}` */
export async function fetchPoolKeys(upstream: Upstream, base: string): Promise<KeySet> {
  return readKeys(await fetchDocument(upstream, `${withoutSlash(base)}/.well-known/jwks.json`));
}

async function fetchDocument(upstream: Upstream, address: string): Promise<Record<string, unknown>> {
  const { status, document } = await fetchJson(upstream, { address, timeoutMs }).answer;
  if (status !== 200) throw new Error(`"${address}" answered ${status}`);
  if (document === null) throw new Error(`"${address}" is no JSON object`);
  return document;
}
