// Opaque tokens, asked about at a real OpenID Connect server.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Authorizer, IntrospectionEndpoint } from '../../src/resources/index.ts';
import { api, mock } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';
import {
  audience,
  gatewayClient,
  type OidcProvider,
  opaqueAudience,
  startOidcProvider,
} from '../support/oidc-provider.ts';
import { mockAnswering, openSocket, socketApi, startSocketGateway } from '../support/websocket-api.ts';

const template =
  '{"who":"$context.authorizer.principalId","client":"$context.authorizer.client_id","scope":"$context.authorizer.scope","exp":"$context.authorizer.exp","other":"$context.authorizer.other"}';
const protectedBy = { authorizationType: 'CUSTOM', authorizerId: 'auth01' } as const;

const endpointOf = (issuer: string, more: Partial<IntrospectionEndpoint> = {}): IntrospectionEndpoint => ({
  name: 'main',
  endpoint: `${issuer}/token/introspection`,
  clientId: gatewayClient.client_id,
  clientSecret: gatewayClient.client_secret,
  clientAuthentication: 'basic',
  issuer: null,
  audiences: [],
  timeoutMs: 5_000,
  ...more,
});

interface Serving {
  readonly endpoint?: Partial<IntrospectionEndpoint>;
  readonly authorizer?: Partial<Authorizer>;
}

async function serve(t: TestContext, issuer: string, { endpoint, authorizer }: Serving = {}) {
  const definition = api(
    {
      'GET /a': { ...mock(template), ...protectedBy },
      'GET /read': { ...mock(template), ...protectedBy, authorizationScopes: ['pets/read'] },
      'GET /write': { ...mock(template), ...protectedBy, authorizationScopes: ['pets/write'] },
    },
    {
      authorizers: [
        {
          id: 'auth01',
          name: 'opaque',
          type: 'TOKEN',
          authorizerUri: 'arn:aws:apigateway:us-east-1:introspection:path/main',
          identitySource: 'method.request.header.Authorization',
          ...authorizer,
        },
      ],
    },
  );
  const introspection = [endpointOf(issuer, endpoint)];
  const gateway = await startTestGateway(t, [{ definition }], {
    published: { backends: { pools: [], vpcLinks: [], roles: [], services: [], introspection } },
  });
  return async (target: string, token: string | null) => {
    const headers: Record<string, string> = token === null ? {} : { authorization: token };
    const answer = await gateway.call(target, { headers });
    return { status: answer.status, body: answer.body, type: answer.headers['x-amzn-errortype'] };
  };
}

const unauthorized = { status: 401, body: '{"message":"Unauthorized"}', type: 'UnauthorizedException' };
const asked = (provider: OidcProvider): number => provider.asked.get('/token/introspection') ?? 0;

test('introspection: the answer reaches templates, and is asked for once', async (t) => {
  const provider = await startOidcProvider(t);
  const call = await serve(t, provider.issuer);
  const token = await provider.clientToken({ scope: 'pets/read', resource: opaqueAudience });
  const answers = await Promise.all(Array.from({ length: 50 }, () => call('/a', `Bearer ${token}`)));
  for (const { status, body } of [...answers, await call('/a', token)]) {
    assert.equal(status, 200, body);
    const { exp, ...said } = JSON.parse(body);
    assert.deepEqual(said, { who: 'app', client: 'app', scope: 'pets/read', other: '' });
    assert.match(exp, /^\d{10}$/);
  }
  assert.equal(asked(provider), 1);
});

test('introspection: who has logged in is known by name', async (t) => {
  const provider = await startOidcProvider(t);
  const call = await serve(t, provider.issuer);
  const { access_token: token } = await provider.login('ann');
  assert.equal(JSON.parse((await call('/a', token)).body).who, 'ann');
});

test('introspection: a method with scopes asks for one of them, of a kept answer too', async (t) => {
  const provider = await startOidcProvider(t);
  const call = await serve(t, provider.issuer);
  const token = await provider.clientToken({ scope: 'pets/read', resource: opaqueAudience });
  assert.equal((await call('/read', token)).status, 200);
  assert.deepEqual(await call('/write', token), unauthorized);
  assert.deepEqual(await call('/read', await provider.clientToken()), unauthorized);
  assert.equal(asked(provider), 2);
});

test('introspection: tokens that are revoked, unknown, or none are refused', async (t) => {
  const provider = await startOidcProvider(t);
  const call = await serve(t, provider.issuer, { authorizer: { authorizerResultTtlInSeconds: 0 } });
  const token = await provider.clientToken();
  assert.equal((await call('/a', token)).status, 200);
  await provider.revoke(token);
  const before = asked(provider);
  assert.deepEqual(await call('/a', token), unauthorized);
  assert.deepEqual(await call('/a', `${token}x`), unauthorized);
  assert.equal(asked(provider), before + 2);
  for (const none of [null, 'Bearer ', 'two words']) assert.deepEqual(await call('/a', none), unauthorized);
  assert.equal(asked(provider), before + 2, 'nobody was asked about what is no token');
});

test('introspection: tokens must be of the issuer and for the audience that are asked for', async (t) => {
  const provider = await startOidcProvider(t);
  const { issuer } = provider;
  const token = await provider.clientToken({ resource: opaqueAudience });
  for (const [endpoint, isGood] of [
    [{ issuer, audiences: [opaqueAudience] }, true],
    [{ audiences: [audience] }, false],
    [{ issuer: 'https://elsewhere.example.com' }, false],
  ] as const) {
    const call = await serve(t, issuer, { endpoint });
    assert.deepEqual((await call('/a', token)).status, isGood ? 200 : 401);
  }
});

test('introspection: we say who we are in the form as well, and nobody else is answered', async (t) => {
  const provider = await startOidcProvider(t);
  const received: string[] = [];
  const backend = await startBackend(t, ({ body, headers }, response) => {
    received.push(`${headers.authorization ?? ''} ${body}`);
    response.end('{"active":true,"sub":"ann"}');
  });
  const endpoint = {
    endpoint: `http://${backend.authority}/introspect`,
    clientAuthentication: 'post',
    clientId: 'us',
    clientSecret: 'a&b',
  } as const;
  const form = await serve(t, provider.issuer, { endpoint });
  assert.equal((await form('/a', 'abc')).status, 200);
  assert.deepEqual(received, [' token=abc&token_type_hint=access_token&client_id=us&client_secret=a%26b']);
  const stranger = await serve(t, provider.issuer, { endpoint: { clientSecret: 'wrong' } });
  assert.deepEqual(await stranger('/a', await provider.clientToken()), {
    status: 500,
    body: '{"message":null}',
    type: 'AuthorizerConfigurationException',
  });
});

test('introspection: while the server is away kept answers are good, and nobody else is let in', async (t) => {
  const provider = await startOidcProvider(t);
  const call = await serve(t, provider.issuer);
  const known = await provider.clientToken();
  const fresh = await provider.clientToken();
  assert.equal((await call('/a', known)).status, 200);
  provider.isAway = true;
  assert.equal((await call('/a', known)).status, 200);
  const failure = { status: 500, body: '{"message":null}', type: 'AuthorizerFailureException' };
  assert.deepEqual(await call('/a', fresh), failure);
  provider.isAway = false;
  assert.equal((await call('/a', fresh)).status, 200, 'failures are not kept');
});

test('introspection: a REQUEST authorizer finds the token in the query', async (t) => {
  const provider = await startOidcProvider(t);
  const call = await serve(t, provider.issuer, {
    authorizer: { type: 'REQUEST', identitySource: 'method.request.querystring.access_token' },
  });
  const token = await provider.clientToken();
  assert.equal((await call(`/a?access_token=${token}`, null)).status, 200);
  assert.deepEqual(await call('/a', token), unauthorized);
  const two = await serve(t, provider.issuer, {
    authorizer: {
      type: 'REQUEST',
      identitySource: 'method.request.querystring.access_token,context.identity.sourceIp',
    },
  });
  assert.equal((await two(`/a?access_token=${token}`, null)).status, 500);
});

test('introspection: a WebSocket opens to a token in its query, and messages know whose it is', async (t) => {
  const provider = await startOidcProvider(t);
  const definition = socketApi(
    {
      $connect: { ...mockAnswering(''), authorizationType: 'CUSTOM', authorizerId: 'auth01' },
      hello: mockAnswering('$context.authorizer.principalId'),
    },
    {
      authorizers: [
        {
          authorizerId: 'auth01',
          name: 'opaque',
          authorizerType: 'REQUEST',
          authorizerUri: 'arn:aws:apigateway:us-east-1:introspection:path/main',
          identitySource: ['route.request.querystring.access_token'],
        },
      ],
    },
  );
  const introspection = [endpointOf(provider.issuer)];
  const { url } = await startSocketGateway(t, definition, {
    published: { backends: { pools: [], vpcLinks: [], roles: [], services: [], introspection } },
  });
  const { access_token: token } = await provider.login('ann');
  const client = await openSocket(t, `${url}?access_token=${token}`);
  client.send({ action: 'hello' });
  assert.equal(await client.next(), 'ann');
  await assert.rejects(openSocket(t, `${url}?access_token=${token}x`));
  await assert.rejects(openSocket(t, url));
});
