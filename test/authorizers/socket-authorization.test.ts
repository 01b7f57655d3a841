// Who may open a WebSocket.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createSocketAuthorization } from '../../src/authorizers/index.ts';
import { sha256Hex, signRequest } from '../../src/base/sigv4/index.ts';
import type { InvocationResult } from '../../src/functions/functions.ts';
import { answerOf, identity, keyValue, policyOf, publishedKey } from '../support/authorized.ts';
import { done, refused } from '../support/functions-gateway.ts';
import { connectRoute, type Handshake, handshake, socketAuthorizer, toolsThatEnd } from './support.ts';

const connectArn = 'arn:aws:execute-api:us-east-1:123456789012:wsapi00001/prod/$connect';
const noKey = (): null => null;

async function decide(
  end: () => InvocationResult,
  {
    authorizer = {},
    route = {},
    given = {},
  }: {
    authorizer?: Parameters<typeof socketAuthorizer>[0];
    route?: Parameters<typeof connectRoute>[0];
    given?: Handshake;
  } = {},
) {
  const tools = toolsThatEnd(end);
  const { event } = handshake(given);
  const decision = await createSocketAuthorization(tools).authorize(
    connectRoute(route),
    socketAuthorizer(authorizer),
    event,
    noKey,
  );
  return { decision, tools };
}

test('WebSocket authorizer: its function gets the handshake, from the authorizer, and its context is kept', async () => {
  const context = { room: 'a', level: 3, admin: true };
  const { decision, tools } = await decide(() => done(answerOf({ context }, { Resource: connectArn })), {
    given: { headers: ['x-token', 'abc'], query: 'q=1&q=2', stageVariables: { v: '1' } },
  });
  assert.ok(decision.allow);
  const { integrationLatency, ...authorizer } = decision.identity.authorizer!;
  assert.deepEqual([authorizer, typeof integrationLatency], [{ ...context, principalId: 'u1' }, 'number']);
  assert.deepEqual(tools.by, [
    {
      kind: 'service',
      service: 'apigateway.amazonaws.com',
      sourceArn: 'arn:aws:execute-api:us-east-1:123456789012:wsapi00001/authorizers/auth01',
      sourceAccount: '123456789012',
    },
  ]);
  const { requestContext, ...event } = JSON.parse(tools.payloads[0]!);
  assert.deepEqual(event, {
    type: 'REQUEST',
    methodArn: connectArn,
    headers: {
      Host: 'ws.example.com',
      'User-Agent': 'test/1',
      'X-Token': 'abc',
      'X-Forwarded-For': '203.0.113.5',
      'X-Forwarded-Port': '8080',
      'X-Forwarded-Proto': 'http',
    },
    multiValueHeaders: {
      Host: ['ws.example.com'],
      'User-Agent': ['test/1'],
      'X-Token': ['abc'],
      'X-Forwarded-For': ['203.0.113.5'],
      'X-Forwarded-Port': ['8080'],
      'X-Forwarded-Proto': ['http'],
    },
    queryStringParameters: { q: '2' },
    multiValueQueryStringParameters: { q: ['1', '2'] },
    stageVariables: { v: '1' },
  });
  const { routeKey, eventType, connectionId, authorizer: none } = requestContext;
  assert.deepEqual(
    [routeKey, eventType, connectionId, none],
    ['$connect', 'CONNECT', 'L0SM9cOFvHcCIhw=', undefined],
  );
});

test('WebSocket authorizer: each identity source is read, and a missing one is 401 without a question', async () => {
  const sources = [
    'route.request.header.X-Token',
    'route.request.querystring.q',
    'context.identity.sourceIp',
    'stageVariables.v',
  ];
  const whole = { headers: ['x-token', 'abc'], query: 'q=1', stageVariables: { v: '1' } };
  const ok = () => done(answerOf());
  assert.ok((await decide(ok, { authorizer: { identitySource: sources }, given: whole })).decision.allow);
  for (const [source, given] of [
    [sources[0], { ...whole, headers: [] }],
    [sources[0], { ...whole, headers: ['x-token', ''] }],
    [sources[1], { ...whole, query: 'q=' }],
    ['context.absent', whole],
    [sources[3], { ...whole, stageVariables: {} }],
  ] as const) {
    const { decision, tools } = await decide(ok, {
      authorizer: { identitySource: [...sources, source!] },
      given,
    });
    assert.deepEqual(
      decision,
      { allow: false, status: 401, type: 'UNAUTHORIZED', message: 'Unauthorized' },
      source,
    );
    assert.equal(tools.payloads.length, 0);
  }
});

test('WebSocket authorizer: an answer is never kept', async () => {
  const tools = toolsThatEnd(() => done(answerOf()));
  const authorization = createSocketAuthorization(tools);
  const authorizer = socketAuthorizer({
    authorizerResultTtlInSeconds: 300,
    identitySource: ['context.apiId'],
  });
  for (let i = 0; i < 2; i++)
    assert.ok((await authorization.authorize(connectRoute(), authorizer, handshake().event, noKey)).allow);
  assert.equal(tools.payloads.length, 2);
});

test('WebSocket authorizer: what is no grant is no connection', async () => {
  const text = 'User is not authorized to access this resource';
  const cases: [string, () => InvocationResult, number, string, string][] = [
    [
      'deny',
      () => done(answerOf({}, { Effect: 'Deny' })),
      403,
      'ACCESS_DENIED',
      `${text} with an explicit deny`,
    ],
    ['silent', () => done(answerOf({}, { Resource: `${connectArn}x` })), 403, 'ACCESS_DENIED', text],
    [
      'Unauthorized',
      () => done({ errorMessage: 'Unauthorized' }, 'Unhandled'),
      401,
      'UNAUTHORIZED',
      'Unauthorized',
    ],
    [
      'error',
      () => done({ errorMessage: 'x' }, 'Unhandled'),
      500,
      'AUTHORIZER_FAILURE',
      'Internal server error',
    ],
    ['lost', () => ({ outcome: 'lost', detail: '' }), 500, 'AUTHORIZER_FAILURE', 'Internal server error'],
    [
      'gone',
      () => refused(404, 'ResourceNotFoundException', ''),
      500,
      'AUTHORIZER_CONFIGURATION_ERROR',
      'Internal server error',
    ],
    [
      'shape',
      () => done({ isAuthorized: true }),
      500,
      'AUTHORIZER_CONFIGURATION_ERROR',
      'Internal server error',
    ],
    [
      'large',
      () => done(answerOf({ context: { a: 'x'.repeat(8_192) } })),
      500,
      'AUTHORIZER_CONFIGURATION_ERROR',
      'Internal server error',
    ],
  ];
  for (const [what, end, status, type, message] of cases)
    assert.deepEqual((await decide(end)).decision, { allow: false, status, type, message }, what);
});

test('WebSocket authorizer: who hangs up is not let in by an answer that comes later', async () => {
  const tools = toolsThatEnd(null);
  const { event, downstream } = handshake();
  const decision = createSocketAuthorization(tools).authorize(
    connectRoute(),
    socketAuthorizer(),
    event,
    noKey,
  );
  downstream.abort();
  assert.equal((await decision).allow, false);
  assert.equal(tools.aborted, 1);
});

const signedHeaders = (who = identity(), path = '/prod'): string[] => {
  const parts = { method: 'GET', path, query: '', headers: ['host', 'ws.example.com'] };
  const added = signRequest(parts, '', who, {
    region: 'us-east-1',
    service: 'execute-api',
    nowMs: Date.now(),
  });
  return added.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
};

test('WebSocket AWS_IAM: who signed and may invoke $connect is let in, by name', async () => {
  const iam = connectRoute({ authorizationType: 'AWS_IAM' });
  const published = {
    identities: [
      identity([policyOf({ Resource: connectArn })]),
      identity([policyOf({ Resource: `${connectArn}x` })], { accessKeyId: 'AKIAOTHER' }),
      identity([policyOf({})], { accessKeyId: 'AKIATHERE', arn: 'arn:aws:iam::999999999999:user/bob' }),
    ],
  };
  const authorization = createSocketAuthorization(toolsThatEnd(null, published));
  const ask = (headers: readonly string[]) =>
    authorization.authorize(iam, null, handshake({ headers }).event, noKey);
  assert.deepEqual(await ask(signedHeaders()), {
    allow: true,
    identity: {
      authorizer: null,
      identity: {
        accountId: '123456789012',
        accessKey: 'AKIAANNANNANNANNANNA',
        caller: 'AIDAANNANNANNANNANNA',
        user: 'AIDAANNANNANNANNANNA',
        userArn: 'arn:aws:iam::123456789012:user/ann',
      },
    },
  });
  const refusals: [readonly string[], string][] = [
    [[], 'MISSING_AUTHENTICATION_TOKEN'],
    [['authorization', 'Bearer x'], 'INVALID_SIGNATURE'],
    [signedHeaders(identity([], { accessKeyId: 'AKIANOBODY' })), 'INVALID_SIGNATURE'],
    [signedHeaders(identity(), '/other'), 'INVALID_SIGNATURE'],
    [signedHeaders(published.identities[1]), 'ACCESS_DENIED'],
    [signedHeaders(published.identities[2]), 'ACCESS_DENIED'],
  ];
  for (const [headers, type] of refusals) {
    const decision = await ask(headers);
    assert.deepEqual(
      [decision.allow, !decision.allow && decision.status, !decision.allow && decision.type],
      [false, 403, type],
    );
  }
});

test('WebSocket API key: it must be good for the stage, after the authorizer, who may give it', async () => {
  const apiKeys = [publishedKey(sha256Hex(keyValue), { stages: ['wsapi00001/prod'] })];
  const route = connectRoute({ authorizationType: 'NONE', apiKeyRequired: true });
  const open = createSocketAuthorization(toolsThatEnd(null, { apiKeys }));
  const forbidden = { allow: false, status: 403, type: 'INVALID_API_KEY', message: 'Forbidden' };
  const { event } = handshake();
  assert.deepEqual(await open.authorize(route, null, event, () => keyValue), {
    allow: true,
    identity: { authorizer: null, identity: { apiKey: keyValue, apiKeyId: 'key0000001' } },
  });
  assert.deepEqual(await open.authorize(route, null, event, () => 'another'), forbidden);
  assert.deepEqual(await open.authorize(route, null, event, noKey), forbidden);

  const asked = createSocketAuthorization(
    toolsThatEnd(() => done(answerOf({ usageIdentifierKey: keyValue })), { apiKeys }),
  );
  const decision = await asked.authorize(
    connectRoute({ apiKeyRequired: true }),
    socketAuthorizer(),
    event,
    ({ authorizer }) => (authorizer?.usageIdentifierKey as string | undefined) ?? null,
  );
  assert.ok(decision.allow);
  assert.equal(decision.identity.identity.apiKeyId, 'key0000001');
  assert.ok(!JSON.stringify(decision.identity.authorizer).includes(keyValue));
});
