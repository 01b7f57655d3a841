// JWT authorizers against a real OpenID Connect server.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import { CompactEncrypt } from 'jose';
import { Credentials, Issuers, signaturesHere } from '../../src/authorizers/index.ts';
import { failures } from '../../src/exchange/gateway-response.ts';
import { createBackends } from '../../src/gateway/backends/index.ts';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { type ApiDefinition, noBackends } from '../../src/resources/index.ts';
import { exchangeOf, gateOf } from '../authorizers/rest-support.ts';
import { api, mock } from '../support/api.ts';
import { startTestGateway } from '../support/gateway.ts';
import { noFunctions } from '../support/no-functions.ts';
import { app, audience, type OidcProvider, startOidcProvider } from '../support/oidc-provider.ts';

const template = '{"sub":"$context.authorizer.claims.sub","scope":"$context.authorizer.claims.scope"}';
const protectedBy = { authorizationType: 'COGNITO_USER_POOLS', authorizerId: 'auth01' } as const;

const definitionOf = (issuer: string, audiences: readonly string[]): ApiDefinition =>
  api(
    {
      'GET /a': { ...mock(template), ...protectedBy },
      'GET /read': { ...mock(template), ...protectedBy, authorizationScopes: ['pets/read'] },
      'GET /write': { ...mock(template), ...protectedBy, authorizationScopes: ['pets/write'] },
    },
    {
      authorizers: [
        { id: 'auth01', name: 'oidc', type: 'JWT', jwtConfiguration: { issuer, audience: [...audiences] } },
      ],
    },
  );

async function serve(
  t: TestContext,
  provider: OidcProvider,
  audiences = [audience],
  tokenKeys: readonly object[] = [],
) {
  const gateway = await startTestGateway(t, [{ definition: definitionOf(provider.issuer, audiences) }], {
    published: { backends: { ...noBackends, tokenKeys } },
  });
  return async (target: string, token: string): Promise<[number, string]> => {
    const { status, body } = await gateway.call(target, { headers: { authorization: `Bearer ${token}` } });
    return [status, body];
  };
}

const unauthorized = [401, '{"message":"Unauthorized"}'];

test('OpenID Connect: a client with its own token gets as far as its scopes go', async (t) => {
  const provider = await startOidcProvider(t);
  const call = await serve(t, provider);
  const token = await provider.clientToken({ scope: 'pets/read', resource: audience });
  assert.deepEqual(await call('/read', token), [200, '{"sub":"app","scope":"pets/read"}']);
  assert.deepEqual(await call('/write', token), unauthorized);
  const both = await provider.clientToken({ scope: 'pets/read pets/write', resource: audience });
  assert.equal((await call('/write', both))[0], 200);
  assert.equal(provider.asked.get('/jwks'), 1);
});

test('OpenID Connect: who has logged in is let in by the identity token, which is for the client', async (t) => {
  const provider = await startOidcProvider(t);
  const call = await serve(t, provider, [app.client_id]);
  const { id_token: token, access_token: opaque } = await provider.login('ann');
  assert.deepEqual(await call('/a', token), [200, '{"sub":"ann","scope":""}']);
  assert.deepEqual(await call('/read', token), unauthorized, 'it holds no scopes');
  assert.deepEqual(await call('/a', opaque), unauthorized, 'no JWT at all');
});

test('OpenID Connect: an identity token that is encrypted for us is opened, and then believed no more than others', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const members = { kid: 'ours', use: 'enc', alg: 'ECDH-ES' };
  const provider = await startOidcProvider(t, 600, { ...publicKey.export({ format: 'jwk' }), ...members });
  const call = await serve(
    t,
    provider,
    [app.client_id],
    [{ ...privateKey.export({ format: 'jwk' }), ...members }],
  );
  const { id_token: token } = await provider.login('ann');
  assert.equal(token.split('.').length, 5);
  for (let i = 0; i < 2; i++) assert.deepEqual(await call('/a', token), [200, '{"sub":"ann","scope":""}']);
  assert.deepEqual(await call('/a', `${token.slice(0, -2)}AA`), unauthorized);
  // Anybody can encrypt for us: what is inside must be signed by the issuer.
  const inside = Buffer.from(
    `${part({ alg: 'none' })}.${part({ iss: provider.issuer, aud: 'app', sub: 'ann', exp: 9e9 })}.`,
  );
  const forged = await new CompactEncrypt(inside)
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128CBC-HS256', kid: 'ours' })
    .encrypt(publicKey);
  assert.deepEqual(await call('/a', forged), unauthorized);
  const without = await serve(t, provider, [app.client_id]);
  assert.deepEqual(await without('/a', token), unauthorized, 'we have no key');
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('OpenID Connect: tokens for others, of others, and changed ones are refused', async (t) => {
  const provider = await startOidcProvider(t);
  const stranger = await startOidcProvider(t);
  const call = await serve(t, provider);
  const token = await provider.clientToken({ scope: 'pets/read', resource: audience });
  assert.equal((await call('/read', token))[0], 200);
  const elsewhere = await provider.clientToken({ scope: 'pets/read', resource: 'https://cats.example.com' });
  const foreign = await stranger.clientToken({ scope: 'pets/read', resource: audience });
  const [head, claims, signature] = token.split('.') as [string, string, string];
  const more = Buffer.from(
    Buffer.from(claims, 'base64url').toString().replace('pets/read', 'pets/write'),
  ).toString('base64url');
  for (const wrong of [elsewhere, foreign, `${head}.${more}.${signature}`, `${head}.${claims}.`])
    assert.deepEqual(await call('/read', wrong), unauthorized);
});

test('OpenID Connect: a token that ends is refused from then on', async (t) => {
  // One second of life; the authorizer allows clocks to differ by a minute, so time is the test's.
  const world = await stepped(t, 1);
  const token = await world.provider.clientToken({ resource: audience });
  assert.equal(await world.ask(token), undefined);
  world.step(62);
  assert.equal(await world.ask(token), failures.expiredIdentityToken);
});

test('OpenID Connect: keys that are rotated under way are found, and tokens of the old ones end', async (t) => {
  const world = await stepped(t);
  const { provider } = world;
  const old = await provider.clientToken({ resource: audience });
  assert.equal(await world.ask(old), undefined);
  provider.rotate();
  const token = await provider.clientToken({ resource: audience });
  assert.equal(await world.ask(token), failures.unauthorized, 'the keys were just asked for');
  world.step(11);
  assert.equal(await world.ask(token), undefined);
  assert.equal(await world.ask(old), failures.unauthorized);
});

test('OpenID Connect: while the server is away its last keys are good, and without any nobody is let in', async (t) => {
  const world = await stepped(t, 100_000);
  const { provider } = world;
  const first = await provider.clientToken({ resource: audience });
  const second = await provider.clientToken({ resource: audience });
  assert.equal(await world.ask(first), undefined);
  provider.isAway = true;
  world.step(3_600);
  assert.equal(await world.ask(first), undefined);
  assert.equal(await world.ask(second), undefined, 'one never seen before');
  world.step(86_400);
  assert.equal(await world.ask(second), failures.authorizerConfigurationError, 'the keys are too old');
  provider.isAway = false;
  world.step(10);
  assert.equal(await world.ask(second), undefined);
  const never = await stepped(t);
  never.provider.isAway = true;
  assert.equal(await never.ask(first), failures.unauthorized, 'of an issuer that is not trusted there');
  const token = await startedAway(never);
  assert.equal(await never.ask(token), failures.authorizerConfigurationError);
});

async function startedAway({ provider }: { provider: OidcProvider }): Promise<string> {
  provider.isAway = false;
  const token = await provider.clientToken({ resource: audience });
  provider.isAway = true;
  return token;
}

/** The gate of `GET /a` with a clock that the test steps, and a real server behind a real client. */
async function stepped(t: TestContext, ttlSeconds?: number) {
  const provider = await startOidcProvider(t, ttlSeconds);
  const upstream = createUpstream();
  const backends = createBackends({ upstream });
  t.after(() => {
    backends.close();
    upstream.close();
  });
  let seconds = 0;
  const startMs = Date.now();
  const clock = { nowMs: () => startMs + seconds * 1_000, monotonicNs: () => seconds * 1e9 };
  const gate = gateOf(definitionOf(provider.issuer, [audience]), {
    clock,
    functions: noFunctions(''),
    backends,
    upstream,
    credentials: new Credentials(),
    issuers: new Issuers(upstream, backends, clock, () => {}),
    signatures: signaturesHere,
    finish: () => {},
  });
  return {
    provider,
    step: (more: number) => {
      seconds += more;
    },
    ask: async (token: string) => gate(exchangeOf({ headers: ['authorization', `Bearer ${token}`] })),
  };
}
