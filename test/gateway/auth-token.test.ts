import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import type { Authorizer, Method } from '../../src/resources/index.ts';
import { api, mock } from '../support/api.ts';
import { maskedOf, policyOf } from '../support/authorized.ts';
import { type Backend, startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] };
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

function tokenOf(claims: Record<string, unknown>): string {
  const text = `${part({ alg: 'RS256', kid: 'k1' })}.${part({ exp: nowSeconds() + 600, ...claims })}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

/** An issuer by discovery under /realm, and a user pool under /us-east-1_a. */
async function startIssuer(t: TestContext): Promise<Backend> {
  const backend = await startBackend(t, ({ url }, response) => {
    const own = `http://${backend.authority}`;
    if (url === '/realm/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer: `${own}/realm`, jwks_uri: `${own}/certs` }));
    else if (url === '/certs' || url === '/us-east-1_a/.well-known/jwks.json')
      response.end(JSON.stringify(jwks));
    else response.writeHead(404).end();
  });
  return backend;
}

async function serve(
  t: TestContext,
  authorizer: Partial<Authorizer>,
  method: Partial<Method> = {},
  policy?: string,
) {
  const issuer = await startIssuer(t);
  const own = `http://${issuer.authority}`;
  const protectedBy = { authorizationType: 'COGNITO_USER_POOLS' as const, authorizerId: 'auth01', ...method };
  const template =
    '{"sub":"$context.authorizer.claims.sub","groups":"$context.authorizer.claims.get(\'cognito:groups\')"}';
  const definition = api(
    { 'GET /me': { ...mock(template), ...protectedBy } },
    {
      ...(policy === undefined ? {} : { restApi: { policy } }),
      authorizers: [
        {
          id: 'auth01',
          name: 'tokens',
          type: 'COGNITO_USER_POOLS',
          ...JSON.parse(JSON.stringify(authorizer).replaceAll('OWN', own)),
        },
      ],
    },
  );
  const services = [{ service: 'cognito-idp', endpoint: own, signingName: null }];
  const gateway = await startTestGateway(t, [{ definition }], {
    published: { backends: { pools: [], vpcLinks: [], roles: [], services } },
  });
  const call = async (token: string | null) => {
    const headers: Record<string, string> = token === null ? {} : { authorization: token };
    const answer = await gateway.call('/me', { headers });
    return { status: answer.status, body: answer.body, type: answer.headers['x-amzn-errortype'] };
  };
  return { call, own, issuer };
}

const pool = { providerARNs: ['arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a'] };
const unauthorized = { status: 401, body: '{"message":"Unauthorized"}', type: 'UnauthorizedException' };

test('user pool: an identity token lets its holder in, and its claims reach templates', async (t) => {
  const { call, own } = await serve(t, pool);
  for (const iss of ['https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a', `${own}/us-east-1_a`]) {
    const token = tokenOf({ iss, sub: 'ann', token_use: 'id', 'cognito:groups': ['a', 'b'] });
    for (const text of [token, `Bearer ${token}`]) {
      const { status, body } = await call(text);
      assert.equal(status, 200, body);
      assert.deepEqual(JSON.parse(body), { sub: 'ann', groups: '[a b]' });
    }
  }
});

test('user pool: beside a token the resource policy must allow by itself, and is asked after it', async (t) => {
  const elsewhere = { Principal: '*', Resource: 'arn:aws:execute-api:*:*:*/other/*' };
  const everybody = { Principal: '*' };
  const policies = {
    none: undefined,
    allow: policyOf(everybody),
    silent: policyOf(elsewhere),
    deny: policyOf(everybody, { ...everybody, Effect: 'Deny' }),
  };
  const denial = (ending: string): string =>
    JSON.stringify({
      Message: `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${maskedOf('GET/me')}${ending}`,
    });
  const told = { none: null, allow: null, silent: denial(''), deny: denial(' with an explicit deny') };
  for (const says of ['none', 'allow', 'silent', 'deny'] as const) {
    const scopes = says === 'silent' ? { authorizationScopes: ['pets/read'] } : {};
    const { call, own } = await serve(t, pool, scopes, policies[says]);
    const use = says === 'silent' ? { token_use: 'access', scope: 'pets/read' } : { token_use: 'id' };
    const token = tokenOf({ iss: `${own}/us-east-1_a`, sub: 'ann', ...use });
    // Twice, as the token is remembered then.
    for (let i = 0; i < 2; i++) {
      const { status, body } = await call(token);
      assert.equal(status, told[says] === null ? 200 : 403, says);
      if (told[says] !== null) assert.equal(body, told[says]);
    }
    for (const wrong of [null, 'x', `${token.slice(0, -8)}AAAAAAAA`])
      assert.deepEqual(await call(wrong), unauthorized, says);
  }
});

test('user pool: what is no token of it is refused, and why is not told', async (t) => {
  const { call } = await serve(t, pool);
  const iss = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a';
  const good = tokenOf({ iss, token_use: 'id' });
  const changed = `${good.slice(0, -4)}AAAA`;
  for (const token of [
    null,
    'abc',
    changed,
    tokenOf({ iss: 'https://evil.test', token_use: 'id' }),
    tokenOf({ iss, token_use: 'access' }),
    tokenOf({ iss, token_use: 'id', nbf: nowSeconds() + 3_600 }),
    `${part({ alg: 'none' })}.${part({ iss, exp: nowSeconds() + 600 })}.`,
  ])
    assert.deepEqual(await call(token), unauthorized);
  assert.deepEqual(await call(tokenOf({ iss, token_use: 'id', exp: nowSeconds() - 120 })), {
    status: 401,
    body: '{"message":"The incoming token has expired"}',
    type: 'UnauthorizedException',
  });
});

test('user pool: a method with scopes asks for an access token that holds one of them', async (t) => {
  const { call } = await serve(t, pool, { authorizationScopes: ['pets/read', 'pets/write'] });
  const iss = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a';
  assert.equal((await call(tokenOf({ iss, token_use: 'access', scope: 'other pets/write' }))).status, 200);
  for (const claims of [
    { token_use: 'access', scope: 'other' },
    { token_use: 'access' },
    { token_use: 'id', scope: 'pets/read' },
  ])
    assert.deepEqual(await call(tokenOf({ iss, ...claims })), unauthorized);
});

test('user pool: the identity validation expression is matched against the audience', async (t) => {
  const { call } = await serve(t, { ...pool, identityValidationExpression: 'app-\\d+' });
  const iss = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a';
  assert.equal((await call(tokenOf({ iss, token_use: 'id', aud: 'app-7' }))).status, 200);
  assert.equal((await call(tokenOf({ iss, token_use: 'id', aud: ['other', 'app-7'] }))).status, 200);
  for (const aud of ['app-x', ['app-x', 'other'], [], undefined])
    assert.deepEqual(await call(tokenOf({ iss, token_use: 'id', aud })), unauthorized);
});

test('JWT authorizer: an issuer is found by discovery, and its audience is asked for', async (t) => {
  const { call, own, issuer } = await serve(t, {
    type: 'JWT',
    jwtConfiguration: { issuer: 'OWN/realm', audience: ['app'] },
  });
  const iss = `${own}/realm`;
  assert.equal((await call(tokenOf({ iss, aud: 'app', sub: 'bob' }))).status, 200);
  assert.equal((await call(tokenOf({ iss, client_id: 'app', sub: 'bob' }))).status, 200);
  assert.deepEqual(await call(tokenOf({ iss, aud: 'other' })), unauthorized);
  assert.deepEqual(
    issuer.received.map(({ url }) => url),
    ['/realm/.well-known/openid-configuration', '/certs'],
  );
});

test('JWT authorizer: its algorithms are those that are taken, and what cannot be checked refuses', async (t) => {
  const status = async (more: object): Promise<number> => {
    const issuers = [{ issuer: 'OWN/realm', audiences: ['app'], ...more }];
    const { call, own } = await serve(t, { type: 'JWT', jwtConfiguration: { issuers, ...more } });
    return (await call(tokenOf({ iss: `${own}/realm`, aud: 'app' }))).status;
  };
  assert.equal(await status({ defaultAlgorithms: ['ES256', 'RS256'] }), 200);
  assert.equal(await status({ defaultAlgorithms: ['ES256'] }), 401);
  assert.equal(await status({ defaultAlgorithms: ['HS256'] }), 500);
  const claim = { claimName: 'tenant', format: 'SINGLE_STRING', required: true };
  assert.equal(await status({ additionalClaims: [] }), 200);
  assert.equal(await status({ additionalClaims: [claim] }), 500);
});

test('JWT authorizer: an issuer that cannot be reached lets nobody in', async (t) => {
  const iss = 'http://127.0.0.1:9/realm';
  const { call } = await serve(t, { type: 'JWT', jwtConfiguration: { issuer: iss, audience: ['app'] } });
  assert.deepEqual(await call(tokenOf({ iss, aud: 'app' })), {
    status: 500,
    body: '{"message":null}',
    type: 'AuthorizerConfigurationException',
  });
});
