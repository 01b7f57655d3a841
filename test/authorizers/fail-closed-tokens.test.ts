// Nothing fails open, of tokens: whatever an introspection endpoint or an issuer does, only a clear yes lets somebody in.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import test from 'node:test';
import {
  type AuthorizerTools,
  Credentials,
  createSocketAuthorization,
  Issuers,
  signaturesHere,
} from '../../src/authorizers/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Upstream, UpstreamFailure, UpstreamHandler } from '../../src/exchange/upstream.ts';
import type { IntrospectionEndpoint } from '../../src/resources/index.ts';
import { api, mock } from '../support/api.ts';
import { requestAuthorizer, tokenAuthorizer } from '../support/authorized.ts';
import { noFunctions } from '../support/no-functions.ts';
import fc from '../support/properties.ts';
import { exchangeOf, gateOf } from './rest-support.ts';
import { connectRoute, FakeDownstream, handshake, noFetching, socketAuthorizer } from './support.ts';

const endpoint: IntrospectionEndpoint = {
  name: 'main',
  endpoint: 'https://idp.test/introspect',
  clientId: 'us',
  clientSecret: 'secret',
  clientAuthentication: 'basic',
  issuer: null,
  audiences: [],
  timeoutMs: 1_000,
};

type Behaviour = (handler: UpstreamHandler) => void;

const serverThat = (behave: Behaviour): Upstream => ({
  target: () => ({
    send: (_, handler) => {
      const soon = setImmediate(behave, handler);
      return { abort: () => clearImmediate(soon), pause: () => {}, resume: () => {} };
    },
  }),
  close: () => {},
});

const answers =
  (status: number, body: string): Behaviour =>
  (handler) => {
    handler.onHead(status, [], null);
    if (handler.onData(Buffer.from(body))) handler.onEnd();
  };

const fails =
  (kind: UpstreamFailure['kind']): Behaviour =>
  (handler) =>
    handler.onError({ kind, source: 'upstream', detail: kind, retrySafe: true });

function toolsWith(upstream: Upstream, known: IntrospectionEndpoint | null = endpoint): AuthorizerTools {
  const backends = {
    linked: () => null as never,
    service: () => null,
    role: () => null,
    introspection: (name: string) => (name === known?.name ? known : null),
  };
  return {
    clock: systemClock,
    functions: noFunctions('no function host runs'),
    backends,
    upstream,
    credentials: new Credentials(),
    issuers: new Issuers(noFetching, backends, systemClock, () => {}),
    signatures: signaturesHere,
    finish: () => {},
  };
}

const authorizerUri = 'arn:aws:apigateway:us-east-1:introspection:path/main';
const custom = { authorizationType: 'CUSTOM', authorizerId: 'auth01' } as const;
const headers = ['authorization', 'Bearer abc'];

function gateWith(tools: AuthorizerTools, more: Parameters<typeof tokenAuthorizer>[0] = {}) {
  const authorizers = [tokenAuthorizer({ authorizerUri, authorizerResultTtlInSeconds: 300, ...more })];
  return gateOf(api({ 'GET /a': mock('in', custom) }, { authorizers }), tools);
}

/** Of a REST method, twice (what is kept is asked for again), and of a handshake. */
async function statusesOf(tools: AuthorizerTools): Promise<number[]> {
  const statuses: number[] = [];
  for (const kind of [tokenAuthorizer, requestAuthorizer])
    for (const authorizerResultTtlInSeconds of [0, 300]) {
      const { type } = kind();
      const gate = gateWith(tools, { type, authorizerResultTtlInSeconds });
      for (let i = 0; i < 2; i++) {
        const outcome = await gate(exchangeOf({ headers }));
        statuses.push(typeof outcome === 'object' ? outcome.status : 200);
      }
    }
  const decision = await createSocketAuthorization(tools).authorize(
    connectRoute(),
    socketAuthorizer({ authorizerUri, identitySource: ['route.request.header.Authorization'] }),
    handshake({ headers }).event,
    () => null,
  );
  statuses.push(decision.allow ? 200 : decision.status);
  return statuses;
}

const yes = { active: true, sub: 'ann' };
const nowSeconds = Math.floor(Date.now() / 1000);

test('introspection: a clear yes is one', async () => {
  for (const more of [{}, { exp: nowSeconds + 600, nbf: nowSeconds - 1 }, { scope: 'a b' }, { roles: ['x'] }])
    assert.deepEqual(
      new Set(await statusesOf(toolsWith(serverThat(answers(200, JSON.stringify({ ...yes, ...more })))))),
      new Set([200]),
    );
});

const noes: readonly (readonly [what: string, behave: Behaviour, status: number])[] = [
  ['cannot be reached', fails('connect'), 500],
  ['takes too long', fails('timeout'), 500],
  ['hangs up', fails('closed'), 500],
  ['speaks no HTTP', fails('malformed'), 500],
  ['does not know us', answers(401, '{"error":"invalid_client"}'), 500],
  ['forbids us', answers(403, JSON.stringify(yes)), 500],
  ['has a bad moment', answers(503, JSON.stringify(yes)), 500],
  ['answers another status', answers(201, JSON.stringify(yes)), 500],
  ['sends us elsewhere', answers(302, JSON.stringify(yes)), 500],
  ['says nothing', answers(200, ''), 500],
  ['answers no JSON', answers(200, 'active'), 500],
  ['answers "true"', answers(200, 'true'), 500],
  ['answers a list', answers(200, '[{"active":true}]'), 500],
  ['does not say whether', answers(200, '{"sub":"ann"}'), 500],
  ['says so as a text', answers(200, '{"active":"true"}'), 500],
  ['says so as a number', answers(200, '{"active":1}'), 500],
  ['answers without end', answers(200, `{"active":true,"x":"${'x'.repeat(1_100_000)}"}`), 500],
  ['says no', answers(200, '{"active":false}'), 401],
  ['says no of somebody', answers(200, '{"active":false,"sub":"ann","exp":9e9}'), 401],
  ['knows of a token that has ended', answers(200, JSON.stringify({ ...yes, exp: nowSeconds - 1 })), 401],
  ['gives an end that is none', answers(200, JSON.stringify({ ...yes, exp: '9e9' })), 401],
  ['knows of a token of tomorrow', answers(200, JSON.stringify({ ...yes, nbf: nowSeconds + 60 })), 401],
  ['knows of a token of one holder', answers(200, JSON.stringify({ ...yes, cnf: { jkt: 'x' } })), 401],
];
for (const [what, behave, status] of noes)
  test(`nothing fails open: when an introspection endpoint ${what}, nobody is let in`, async () => {
    assert.deepEqual(new Set(await statusesOf(toolsWith(serverThat(behave)))), new Set([status]));
  });

test('nothing fails open: an endpoint that is not configured, or cannot even be asked, lets nobody in', async () => {
  const good = serverThat(answers(200, JSON.stringify(yes)));
  for (const tools of [
    toolsWith(good, null),
    toolsWith(good, { ...endpoint, name: 'other' }),
    toolsWith(good, { ...endpoint, endpoint: 'file:///etc/passwd' }),
    toolsWith(good, { ...endpoint, endpoint: 'nowhere' }),
    toolsWith(noFetching),
  ])
    assert.deepEqual(new Set(await statusesOf(tools)), new Set([500]));
  for (const uri of [
    'arn:aws:apigateway:us-east-1:introspection:path/',
    'arn:aws:apigateway:us-east-1:introspection:action/main',
    'arn:aws:apigateway:us-east-1:x.introspection:path/main',
    'arn:aws:apigateway:us-east-1:constructor:path/main',
    'introspection:main',
  ]) {
    const outcome = await gateWith(toolsWith(good), { authorizerUri: uri })(exchangeOf({ headers }));
    assert.ok(typeof outcome === 'object' && outcome.status === 500, uri);
  }
});

test('nothing fails open: only so many questions wait, and whoever goes away gets no further', async () => {
  const silent = toolsWith({
    target: () => ({ send: () => ({ abort: () => {}, pause: () => {}, resume: () => {} }) }),
    close: () => {},
  });
  const gate = gateWith(silent, { authorizerResultTtlInSeconds: 0 });
  const downstreams = Array.from({ length: 1_000 }, () => new FakeDownstream());
  const waiting = downstreams.map((downstream) => gate(exchangeOf({ headers, downstream })));
  const refused = await gate(exchangeOf({ headers }));
  assert.ok(typeof refused === 'object' && refused.status === 500);
  for (const downstream of downstreams) downstream.abort();
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['answered']));
  const again = new FakeDownstream();
  const asked = gate(exchangeOf({ headers, downstream: again }));
  again.abort();
  assert.equal(await asked, 'answered', 'there is room again');
});

test('nothing fails open: an answer is kept no longer than its token lives', async () => {
  let seconds = 0;
  let asked = 0;
  const startSeconds = 1_700_000_000;
  const upstream = serverThat((handler) => {
    asked++;
    answers(200, JSON.stringify({ ...yes, exp: startSeconds + 60 }))(handler);
  });
  const clock = { nowMs: () => (startSeconds + seconds) * 1_000, monotonicNs: () => seconds * 1e9 };
  const gate = gateWith({ ...toolsWith(upstream), clock });
  const ask = async () => {
    const exchange = exchangeOf({ headers });
    Object.assign(exchange, { startedNs: clock.monotonicNs() });
    const outcome = await gate(exchange);
    return typeof outcome === 'object' ? outcome.status : 200;
  };
  assert.deepEqual([await ask(), await ask(), asked], [200, 200, 1]);
  seconds = 59;
  assert.deepEqual([await ask(), asked], [200, 1]);
  seconds = 60;
  assert.deepEqual([await ask(), asked], [401, 2]);
});

test('nothing fails open: whatever an endpoint answers, only "active": true is a yes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      const value = JSON.parse(text) as { active?: unknown } | null;
      const isYes = typeof value === 'object' && value !== null && value.active === true;
      fc.pre(!isYes);
      const outcome = await gateWith(toolsWith(serverThat(answers(200, text))))(exchangeOf({ headers }));
      assert.ok(typeof outcome === 'object' && outcome.status >= 401);
    }),
    { numRuns: 200 },
  );
});

const issuer = 'https://issuer.test';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const signedText = `${part({ alg: 'ES256', kid: 'k1' })}.${part({ iss: issuer, aud: 'app', exp: 9e9 })}`;
const es256 = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
const goodToken = `${signedText}.${sign('sha256', Buffer.from(signedText), es256).toString('base64url')}`;
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1' };
const discovery = JSON.stringify({ issuer, jwks_uri: `${issuer}/certs` });

/** What the issuer does with one document, while the other is as it should be. */
const issuerThat = (which: 'discovery' | 'keys', behave: Behaviour): Upstream => ({
  target: () => ({
    send: ({ path }, handler) => {
      const isKeys = path === '/certs';
      const good = answers(200, isKeys ? JSON.stringify({ keys: [jwk] }) : discovery);
      const soon = setImmediate((which === 'keys') === isKeys ? behave : good, handler);
      return { abort: () => clearImmediate(soon), pause: () => {}, resume: () => {} };
    },
  }),
  close: () => {},
});

async function jwtStatus(upstream: Upstream, more: Partial<AuthorizerTools> = {}): Promise<number> {
  const tools = toolsWith(upstream);
  const { backends } = tools;
  const authorizer = { type: 'JWT', jwtConfiguration: { issuer, audience: ['app'] } } as const;
  const issuers = new Issuers(upstream, backends, systemClock, () => {});
  const gate = gateWith({ ...tools, issuers, ...more }, authorizer);
  const outcome = await gate(exchangeOf({ headers: ['authorization', goodToken] }));
  return typeof outcome === 'object' ? outcome.status : 200;
}

test('JWT: with an issuer that is well a good token lets in', async () => {
  assert.equal(await jwtStatus(issuerThat('discovery', answers(200, discovery))), 200);
});

const badKeys: readonly (readonly [what: string, keys: unknown])[] = [
  ['no keys', { keys: [] }],
  ['keys that are no list', { keys: jwk }],
  ['the key as a secret', { keys: [{ kty: 'oct', k: jwk.x, kid: 'k1', alg: 'ES256' }] }],
  ['the key beside a secret', { keys: [jwk, { kty: 'oct', k: jwk.x, kid: 'k2' }] }],
  ['the key for encryption', { keys: [{ ...jwk, use: 'enc' }] }],
  ['the key twice', { keys: [jwk, jwk] }],
  ['another key by its id', { keys: [{ ...generatedKey(), kid: 'k1' }] }],
];

function generatedKey(): object {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
}

test('nothing fails open: whatever an issuer does in place of telling its keys, nobody is let in', async () => {
  for (const [what, behave] of noes) {
    assert.equal(await jwtStatus(issuerThat('discovery', behave)), 500, `discovery: ${what}`);
    assert.ok((await jwtStatus(issuerThat('keys', behave))) >= 401, `keys: ${what}`);
  }
  const elsewhere = JSON.stringify({ issuer: 'https://evil.test', jwks_uri: `${issuer}/certs` });
  assert.equal(await jwtStatus(issuerThat('discovery', answers(200, elsewhere))), 500);
  assert.equal(await jwtStatus(noFetching), 500);
  for (const [what, keys] of badKeys)
    assert.equal(await jwtStatus(issuerThat('keys', answers(200, JSON.stringify(keys)))), 401, what);
});

test('nothing fails open: whatever becomes of the threads that verify, nobody is let in', async () => {
  const upstream = issuerThat('discovery', answers(200, discovery));
  for (const [verify, status] of [
    [() => 'overloaded', 503],
    [() => 'lost', 500],
    [() => 'wrong', 401],
    [() => true, 401],
    [() => Promise.reject(new Error('bug')), 500],
    [
      () => {
        throw new Error('bug');
      },
      500,
    ],
  ] as const)
    assert.equal(await jwtStatus(upstream, { signatures: { verify: verify as never } }), status);
});
