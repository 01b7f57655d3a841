// Where an issuer keeps its keys: OpenID Connect Discovery, or the fixed place of a Cognito user pool.

import type { Upstream, UpstreamFailure, UpstreamHandler } from '../../exchange/upstream.ts';
import { isSameIssuer, withoutSlash } from './claims.ts';
import { type KeySet, readKeys } from './jwk.ts';
import { jsonObject } from './jws.ts';

const documentBytesMax = 1_048_576;
const timeoutMs = 5_000;

/**
 * Gets the keys of an issuer by its discovery document.
 * @param issuer - `https://...`, with a slash at the end or without
 * @throws (rejects) Error with one line
 */
export async function fetchDiscoveredKeys(upstream: Upstream, issuer: string): Promise<KeySet> {
  const { jwks_uri: uri, issuer: named } = await fetchJson(
    upstream,
    `${withoutSlash(issuer)}/.well-known/openid-configuration`,
  );
  // A document of somebody else would hand us somebody else's keys.
  if (typeof named !== 'string' || !isSameIssuer(named, issuer))
    throw new Error(`the discovery document of "${issuer}" is that of another issuer`);
  if (typeof uri !== 'string') throw new Error(`the discovery document of "${issuer}" names no jwks_uri`);
  return readKeys(await fetchJson(upstream, uri));
}

/** Gets the keys of a user pool. @param base - where it is reached: `https://cognito-idp.{region}.amazonaws.com/{pool}` */
export async function fetchPoolKeys(upstream: Upstream, base: string): Promise<KeySet> {
  return readKeys(await fetchJson(upstream, `${withoutSlash(base)}/.well-known/jwks.json`));
}

function fetchJson(upstream: Upstream, address: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    if (!URL.canParse(address)) {
      reject(new Error(`"${address}" is no URL`));
      return;
    }
    const { protocol, origin, pathname, search } = new URL(address);
    if (protocol !== 'https:' && protocol !== 'http:') {
      reject(new Error(`"${address}" is no http or https URL`));
      return;
    }
    const request = {
      method: 'GET',
      path: pathname + search,
      headers: ['Accept', 'application/json', 'User-Agent', 'Sluice'],
      body: null,
      timeoutMs,
      timeoutCovers: 'answer' as const,
    };
    try {
      const target = upstream.target(origin, { insecureSkipVerification: false });
      const handler = new Document(address, resolve, reject, () => call.abort());
      const call = target.send(request, handler);
    } catch (error) {
      reject(error as Error);
    }
  });
}

/** Gathers one JSON document. */
class Document implements UpstreamHandler {
  readonly #address: string;
  readonly #resolve: (document: Record<string, unknown>) => void;
  readonly #reject: (error: Error) => void;
  readonly #abort: () => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    address: string,
    resolve: (document: Record<string, unknown>) => void,
    reject: (error: Error) => void,
    abort: () => void,
  ) {
    this.#address = address;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#abort = abort;
  }

  onHead(status: number): void {
    if (status !== 200) this.#refuse(`answered ${status}`);
  }

  onData(chunk: Uint8Array): boolean {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > documentBytesMax) {
      this.#refuse(`is above ${documentBytesMax} bytes`);
      return false;
    }
    this.#chunks.push(Buffer.from(chunk));
    return true;
  }

  onEnd(): void {
    const document = jsonObject(Buffer.concat(this.#chunks));
    if (document === null) this.#refuse('is no JSON object');
    else this.#resolve(document);
  }

  onError({ detail }: UpstreamFailure): void {
    this.#refuse(`cannot be fetched: ${detail}`);
  }

  #refuse(what: string): void {
    this.#abort();
    this.#reject(new Error(`"${this.#address}" ${what}`));
  }
}
