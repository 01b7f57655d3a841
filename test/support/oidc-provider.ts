// A real OpenID Connect server (npm oidc-provider) on loopback: discovery, keys that can be rotated, client credentials,
// the authorization code flow with its login, introspection. It can be away.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import Provider from 'oidc-provider';
import { type Dispatcher, request } from 'undici';

export const audience = 'https://pets.example.com';
/** Its tokens are opaque, and still for it alone. */
export const opaqueAudience = 'https://opaque.example.com';
export const app = { client_id: 'app', client_secret: 'app-secret app-secret app-secret' };
/** What the gateway is to the provider. */
export const gatewayClient = { client_id: 'gateway', client_secret: 'gateway+secret/with:signs%and more' };
const redirectUri = 'https://app.example.com/callback';

export interface TokenRequest {
  readonly scope?: string;
  /** Whom the token is for; `audience` gets JWTs. */
  readonly resource?: string;
}

export interface OidcProvider {
  readonly issuer: string;
  /** Requests by path since the start. */
  readonly asked: Map<string, number>;
  /** New keys from now on; tokens of the old ones are worthless. */
  rotate(): void;
  /** While it is away it answers nobody. */
  isAway: boolean;
  /** An access token of the client itself; opaque without a resource. */
  clientToken(wanted?: TokenRequest): Promise<string>;
  /** Somebody logs in and consents, and the client redeems the code. */
  login(who: string, scope?: string): Promise<{ id_token: string; access_token: string }>;
  revoke(token: string): Promise<void>;
}

let keysMade = 0;

function newKeys(): object {
  const kid = `key${++keysMade}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] };
}

/**
 * @param ttlSeconds - of access tokens
 * @param encryptFor - public JWK for ECDH-ES: identity tokens are encrypted for its holder
 */
export async function startOidcProvider(
  t: TestContext,
  ttlSeconds = 600,
  encryptFor: object | null = null,
): Promise<OidcProvider> {
  const server = http.createServer((incoming, response) => {
    const path = incoming.url!.split('?', 1)[0]!;
    asked.set(path, (asked.get(path) ?? 0) + 1);
    if (provider.isAway) incoming.socket.destroy();
    else handle(incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = new Map<string, number>();
  const stored = new Map<string, object>();
  const rotate = (): void => {
    handle = quietly(() =>
      new Provider(issuer, configuration(newKeys(), ttlSeconds, stored, encryptFor)).callback(),
    );
  };
  let handle: ReturnType<Provider['callback']>;
  rotate();
  const post = async (path: string, form: Record<string, string>): Promise<Record<string, string>> => {
    const answer = await request(`${issuer}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...app, ...form }).toString(),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}: ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
  const provider: OidcProvider = {
    issuer,
    asked,
    isAway: false,
    rotate,
    clientToken: async (wanted = {}) =>
      (await post('/token', { grant_type: 'client_credentials', ...wanted })).access_token!,
    login: async (who, scope = 'openid') => {
      const verifier = randomBytes(32).toString('base64url');
      const code = await codeFor(issuer, who, scope, verifier);
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      };
      return (await post('/token', form)) as { id_token: string; access_token: string };
    },
    revoke: async (token) => void (await post('/token/revocation', { token })),
  };
  return provider;
}

/** Its login pages are for development alone, which it says each time. */
function quietly<T>(make: () => T): T {
  const { warn } = console;
  console.warn = () => {};
  try {
    return make();
  } finally {
    console.warn = warn;
  }
}

/** What the provider keeps outlives a rotation of its keys. */
function configuration(
  jwks: object,
  ttlSeconds: number,
  stored: Map<string, object>,
  encryptFor: object | null,
): object {
  const encrypted = {
    jwks: { keys: [encryptFor] },
    id_token_encrypted_response_alg: 'ECDH-ES',
    id_token_encrypted_response_enc: 'A128CBC-HS256',
  };
  return {
    jwks,
    cookies: { keys: ['a secret of this test'] },
    adapter: (kind: string) => storeOf(kind, stored),
    clients: [
      {
        ...app,
        grant_types: ['client_credentials', 'authorization_code'],
        redirect_uris: [redirectUri],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
        scope: 'openid pets/read pets/write',
        ...(encryptFor === null ? {} : encrypted),
      },
      { ...gatewayClient, grant_types: [], redirect_uris: [], response_types: [] },
    ],
    scopes: ['openid', 'pets/read', 'pets/write'],
    ttl: {
      AccessToken: ttlSeconds,
      ClientCredentials: ttlSeconds,
      IdToken: ttlSeconds,
      Interaction: 3_600,
      Session: 3_600,
      Grant: 3_600,
    },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    features: {
      clientCredentials: { enabled: true },
      encryption: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'pets/read pets/write',
          audience: resource,
          accessTokenFormat: resource === opaqueAudience ? 'opaque' : 'jwt',
          accessTokenTTL: ttlSeconds,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
}

/** The adapter that oidc-provider asks for, over one map. */
function storeOf(kind: string, stored: Map<string, object>): object {
  const keyOf = (id: string): string => `${kind}:${id}`;
  const remove = (name: string, value: string): void => {
    for (const [key, one] of stored) if ((one as Record<string, unknown>)[name] === value) stored.delete(key);
  };
  const find = (name: string, value: string): object | undefined =>
    [...stored].find(
      ([key, one]) => key.startsWith(`${kind}:`) && (one as Record<string, unknown>)[name] === value,
    )?.[1];
  return {
    upsert: async (id: string, payload: object) => void stored.set(keyOf(id), payload),
    find: async (id: string) => stored.get(keyOf(id)),
    findByUserCode: async (userCode: string) => find('userCode', userCode),
    findByUid: async (uid: string) => find('uid', uid),
    consume: async (id: string) => void Object.assign(stored.get(keyOf(id))!, { consumed: 1 }),
    destroy: async (id: string) => void stored.delete(keyOf(id)),
    revokeByGrantId: async (grantId: string) => remove('grantId', grantId),
  };
}

/** A browser's part: the login page, the consent page, and back with the code. */
async function codeFor(issuer: string, who: string, scope: string, verifier: string): Promise<string> {
  const cookies = new Map<string, string>();
  const query = new URLSearchParams({
    client_id: app.client_id,
    response_type: 'code',
    scope,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  let url = `${issuer}/auth?${query}`;
  let form: Record<string, string> | null = null;
  for (let step = 0; step < 12; step++) {
    const answer: Dispatcher.ResponseData = await request(url, {
      method: form === null ? 'GET' : 'POST',
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form === null ? null : new URLSearchParams(form).toString(),
    });
    const page: string = await answer.body.text();
    for (const cookie of [answer.headers['set-cookie'] ?? []].flat()) {
      const [name, value] = cookie.split(';', 1)[0]!.split(/=(.*)/s) as [string, string];
      cookies.set(name, value);
    }
    const { location } = answer.headers;
    if (typeof location === 'string') {
      url = new URL(location, issuer).href;
      form = null;
      if (url.startsWith(redirectUri)) return new URL(url).searchParams.get('code')!;
    } else if (answer.statusCode === 200) {
      const prompt = /name="prompt" value="(\w+)"/.exec(page)![1]!;
      form = prompt === 'login' ? { prompt, login: who, password: 'anything' } : { prompt };
    } else throw new Error(`${url} answered ${answer.statusCode}: ${page}`);
  }
  throw new Error('the login did not end');
}
