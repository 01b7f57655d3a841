// Lambda authorizers of REST methods: what their functions are told, and what becomes of their answers.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Invocation } from '../../src/functions/functions.ts';
import type { Authorizer } from '../../src/resources/index.ts';
import { type ApiSpec, api, type MethodSpec, mock } from '../support/api.ts';
import { answerOf, arnOf, policyOf, requestAuthorizer, tokenAuthorizer } from '../support/authorized.ts';
import {
  done,
  ending,
  type FunctionsGateway,
  proxy,
  refused,
  roleArn,
  type Script,
  startFunctionsGateway,
} from '../support/functions-gateway.ts';

const custom = { authorizationType: 'CUSTOM', authorizerId: 'auth01' } as const;
const bearer = (token: string) => ({ headers: { authorization: token } });
const payloadOf = ({ payload }: Invocation): Record<string, unknown> =>
  JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>;

/** A gateway whose methods all ask one authorizer. */
async function serve(
  t: test.TestContext,
  authorizer: Authorizer,
  script: Script = ending(done(answerOf())),
  methods: Readonly<Record<string, MethodSpec>> = { 'GET /pets/{id}': mock('in', custom) },
  spec: ApiSpec = {},
  stage: object = {},
): Promise<FunctionsGateway> {
  const definition = api(methods, { ...spec, authorizers: [authorizer] });
  return await startFunctionsGateway(t, [{ definition, stage }], script);
}

test('TOKEN authorizer: its function gets type, token and ARN, from the authorizer', async (t) => {
  const { call, functions } = await serve(t, tokenAuthorizer());
  assert.equal((await call('/pets/a%20b?x=1', bearer('Bearer abc'))).body, 'in');
  assert.equal(
    Buffer.from(functions.last.payload).toString(),
    `{"type":"TOKEN","authorizationToken":"Bearer abc","methodArn":"${arnOf('GET/pets/a%20b')}"}`,
  );
  assert.deepEqual(functions.last.by, {
    kind: 'service',
    service: 'apigateway.amazonaws.com',
    sourceArn: 'arn:aws:execute-api:us-east-1:123456789012:testapi001/authorizers/auth01',
    sourceAccount: '123456789012',
  });
  assert.deepEqual(
    [functions.last.functionName, functions.last.type],
    ['arn:aws:lambda:us-east-1:123456789012:function:authorizer', 'RequestResponse'],
  );
});

test('TOKEN authorizer: with a role, the role asks', async (t) => {
  const { call, functions } = await serve(t, tokenAuthorizer({ authorizerCredentials: roleArn }));
  assert.equal((await call('/pets/7', bearer('a'))).body, 'in');
  assert.deepEqual(functions.last.by, { kind: 'identity', arn: roleArn });
});

test('REQUEST authorizer: its function gets the request, without the body', async (t) => {
  const { call, functions } = await serve(
    t,
    requestAuthorizer(),
    undefined,
    { 'POST /pets/{id}': mock('in', custom) },
    {},
    { variables: { v: '1' } },
  );
  const headers = { 'x-token': 'abc', 'x-two': 'a' };
  assert.equal((await call('/pets/7?q=1&q=2', { method: 'POST', headers, body: '{}' })).body, 'in');
  const { requestContext, headers: seen, multiValueHeaders, ...event } = payloadOf(functions.last);
  assert.deepEqual(event, {
    type: 'REQUEST',
    methodArn: arnOf('POST/pets/7'),
    resource: '/pets/{id}',
    path: '/pets/7',
    httpMethod: 'POST',
    queryStringParameters: { q: '2' },
    multiValueQueryStringParameters: { q: ['1', '2'] },
    pathParameters: { id: '7' },
    stageVariables: { v: '1' },
  });
  const [one, all] = [seen as Record<string, string>, multiValueHeaders as Record<string, string[]>];
  assert.deepEqual([one['X-Token'], all['X-Token'], one['X-Forwarded-Proto']], ['abc', ['abc'], 'http']);
  const context = requestContext as Record<string, unknown>;
  assert.deepEqual(Object.keys(context), [
    'resourceId',
    'resourcePath',
    'httpMethod',
    'extendedRequestId',
    'requestTime',
    'path',
    'accountId',
    'protocol',
    'stage',
    'domainPrefix',
    'requestTimeEpoch',
    'requestId',
    'identity',
    'domainName',
    'deploymentId',
    'apiId',
  ]);
  assert.equal((context.identity as Record<string, unknown>).sourceIp, '127.0.0.1');
});

test('REQUEST authorizer: absent parameters are empty maps', async (t) => {
  const { call, functions } = await serve(t, requestAuthorizer(), undefined, { 'GET /': mock('in', custom) });
  assert.equal((await call('/')).body, 'in');
  const event = payloadOf(functions.last);
  for (const name of [
    'queryStringParameters',
    'multiValueQueryStringParameters',
    'pathParameters',
    'stageVariables',
  ])
    assert.deepEqual(event[name], {}, name);
});

const unauthorized = [401, 'UnauthorizedException', '{"message":"Unauthorized"}'];

test('Lambda authorizer: a missing or empty identity is 401, and nobody is asked', async (t) => {
  const cases: [Authorizer, string, object][] = [
    [tokenAuthorizer(), '/pets/7', {}],
    [tokenAuthorizer(), '/pets/7', bearer('')],
    [tokenAuthorizer({ identitySource: 'method.request.header.X-Token' }), '/pets/7', bearer('a')],
    [tokenAuthorizer({ identityValidationExpression: '^Bearer [a-z]+$' }), '/pets/7', bearer('Bearer 1')],
    [tokenAuthorizer({ identityValidationExpression: 'Bearer' }), '/pets/7', bearer('Bearer a')],
    [
      requestAuthorizer({ identitySource: 'method.request.querystring.q', authorizerResultTtlInSeconds: 60 }),
      '/pets/7?q=',
      {},
    ],
    [
      requestAuthorizer({
        identitySource: 'method.request.header.Authorization, stageVariables.absent',
        authorizerResultTtlInSeconds: 60,
      }),
      '/pets/7',
      bearer('a'),
    ],
  ];
  for (const [authorizer, target, options] of cases) {
    const { call, functions } = await serve(t, authorizer);
    const { status, headers, body } = await call(target, options);
    assert.deepEqual([status, headers['x-amzn-errortype'], body], unauthorized, JSON.stringify(authorizer));
    assert.equal(functions.invocations.length, 0);
  }
});

test('REQUEST authorizer: without a cache its function is asked, whatever is missing', async (t) => {
  const { call, functions } = await serve(
    t,
    requestAuthorizer({ identitySource: 'method.request.header.Absent' }),
  );
  assert.equal((await call('/pets/7')).status, 200);
  assert.equal(functions.invocations.length, 1);
});

const denied = (ending = ''): [number, string, string] => [
  403,
  'AccessDeniedException',
  `{"Message":"User is not authorized to access this resource${ending}"}`,
];
const broken = (type: string): [number, string, string] => [500, type, '{"message":null}'];
const failure = broken('AuthorizerFailureException');
const misconfigured = broken('AuthorizerConfigurationException');
const resource = (tail: string) => ({ Resource: arnOf(tail) });

test('Lambda authorizer: each end of a question has its answer', async (t) => {
  const cases: [string, ReturnType<typeof done>, unknown[]][] = [
    [
      'a denial',
      done(answerOf({}, {}, { Effect: 'Deny', ...resource('GET/pets/7') })),
      denied(' with an explicit deny'),
    ],
    ['no statement', done(answerOf({}, resource('GET/pets/8'))), denied()],
    ['another verb', done(answerOf({}, resource('POST/pets/7'))), denied()],
    ['another action', done(answerOf({}, { Action: 'execute-api:InvalidateCache' })), denied()],
    ['Unauthorized', done({ errorMessage: 'Unauthorized' }, 'Unhandled'), unauthorized],
    ['nearly Unauthorized', done({ errorMessage: 'Unauthorized!' }, 'Unhandled'), failure],
    ['an error', done({ errorMessage: 'x' }, 'Unhandled'), failure],
    ['an error that is no JSON', done('oops', 'Unhandled'), failure],
    ['lost', { outcome: 'lost', detail: 'no host' }, failure],
    ['throttled', refused(429, 'TooManyRequestsException', 'Rate Exceeded.'), failure],
    ['service error', refused(500, 'ServiceException', 'x'), failure],
    ['not allowed', refused(403, 'AccessDeniedException', 'x'), misconfigured],
    ['not there', refused(404, 'ResourceNotFoundException', 'x'), misconfigured],
    ['nothing', done(''), misconfigured],
    ['null', done('null'), misconfigured],
    ['no JSON', done('{'), misconfigured],
    ['a list', done([answerOf()]), misconfigured],
    ['an allowing text', done('"Allow"'), misconfigured],
    ['no principal', done(answerOf({ principalId: undefined })), misconfigured],
    ['a principal that is no text', done(answerOf({ principalId: 7 })), misconfigured],
    ['no policy', done(answerOf({ policyDocument: undefined })), misconfigured],
    ['a policy that is text', done(answerOf({ policyDocument: policyOf({}) })), misconfigured],
    [
      'a policy without statements',
      done(answerOf({ policyDocument: { Version: '2012-10-17', Statement: [] } })),
      misconfigured,
    ],
    ['an unknown effect', done(answerOf({}, { Effect: 'allow' as 'Allow' })), misconfigured],
    ['a condition that is none', done(answerOf({}, { Condition: { Sometimes: { a: 'b' } } })), misconfigured],
    [
      'a long resource',
      done(answerOf({}, { Resource: `arn:aws:execute-api:*:*:${'x'.repeat(500)}` })),
      misconfigured,
    ],
    ['null in the context', done(answerOf({ context: { a: null } })), misconfigured],
    ['a map in the context', done(answerOf({ context: { a: {} } })), misconfigured],
    ['a list in the context', done(answerOf({ context: { a: [1] } })), misconfigured],
    ['a context that is a list', done(answerOf({ context: ['a'] })), misconfigured],
    ['claims', done(answerOf({ context: { claims: 'x' } })), misconfigured],
    ['a key that is no text', done(answerOf({ usageIdentifierKey: 1 })), misconfigured],
  ];
  let result = cases[0]![1];
  const { call, functions } = await serve(
    t,
    tokenAuthorizer({ authorizerResultTtlInSeconds: 300 }),
    (_, handler) => handler.onEnd(result),
  );
  for (const [i, [what, end, expected]] of cases.entries()) {
    result = end;
    const { status, headers, body } = await call('/pets/7', bearer(`token ${i}`));
    assert.deepEqual([status, headers['x-amzn-errortype'], body], expected, what);
  }
  assert.equal(functions.invocations.length, cases.length);
});

test('Lambda authorizer: a role that is not known, and a URI that names no function, ask nobody', async (t) => {
  for (const more of [
    { authorizerCredentials: 'arn:aws:iam::123456789012:role/none' },
    { authorizerUri: 'arn:aws:apigateway:us-east-1:sqs:path/x' },
    { authorizerUri: 'http://example.com/' },
    { identitySource: 'method.request.body.token' },
    { identityValidationExpression: '(' },
    { type: 'COGNITO_USER_POOLS' as const },
  ]) {
    const { call, functions } = await serve(t, tokenAuthorizer(more));
    const { status, headers, body } = await call('/pets/7', bearer('a'));
    assert.deepEqual([status, headers['x-amzn-errortype'], body], misconfigured, JSON.stringify(more));
    assert.equal(functions.invocations.length, 0);
  }
});

test('Lambda authorizer: its context reaches templates, mappings, logs and events as text', async (t) => {
  const context = { tenant: 't"1', level: 3, admin: true, 'x-y': 'z' };
  const names = 'principalId tenant level admin absent'.split(' ');
  const format =
    '$context.authorizer.principalId $context.authorizer.level $context.authorizer.status $context.authorize.status $context.authorizer.integrationStatus $context.authorizer.requestId $context.authorizer.error';
  const { call, functions, logs } = await serve(
    t,
    tokenAuthorizer(),
    (invocation, handler) =>
      handler.onEnd(
        invocation.functionName.endsWith('authorizer')
          ? done(answerOf({ context }))
          : done({ statusCode: 200, body: 'ok' }),
      ),
    {
      'GET /template': mock(names.map((name) => `$context.authorizer.${name}`).join('|'), custom),
      'GET /mapped': mock('', {
        ...custom,
        responses: {
          200: {
            responseParameters: {
              'method.response.header.x-principal': 'context.authorizer.principalId',
              'method.response.header.x-level': 'context.authorizer.level',
              'method.response.header.x-none': 'context.authorizer.none',
            },
          },
        },
      }),
      'GET /event': { ...proxy(), ...custom },
    },
    {},
    { accessLogSettings: { destinationArn: 'arn:aws:logs:us-east-1:1:log-group:access', format } },
  );
  assert.equal((await call('/template', bearer('a'))).body, 'u1|t"1|3|true|');
  const { headers } = await call('/mapped', bearer('a'));
  assert.deepEqual([headers['x-principal'], headers['x-level'], headers['x-none']], ['u1', '3', undefined]);
  assert.equal((await call('/event', bearer('a'))).body, 'ok');
  const { authorizer } = functions.event.requestContext as { authorizer: Record<string, unknown> };
  const { integrationLatency, ...rest } = authorizer;
  assert.deepEqual(rest, { tenant: 't"1', level: '3', admin: 'true', 'x-y': 'z', principalId: 'u1' });
  assert.equal(typeof integrationLatency, 'number');
  assert.deepEqual(Object.keys(functions.event.requestContext).slice(0, 3), [
    'resourceId',
    'authorizer',
    'resourcePath',
  ]);
  const { access } = await logs();
  for (const line of access.trim().split('\n'))
    assert.equal(line, 'u1 3 200 200 200 8d1c1d1a-0000-4000-8000-000000000001 -');
});

test('Lambda authorizer: its steps stand in the execution log, tokens and principals do not', async (t) => {
  let result = done(answerOf());
  const { call, logs } = await serve(
    t,
    tokenAuthorizer(),
    (_, handler) => handler.onEnd(result),
    undefined,
    {},
    { methodSettings: { '*/*': { loggingLevel: 'INFO' } } },
  );
  const secret = 'Bearer very-secret';
  await call('/pets/7', bearer(secret));
  result = done({ errorMessage: 'Unauthorized' }, 'Unhandled');
  await call('/pets/7', bearer(secret));
  result = done(answerOf({}, resource('GET/none')));
  await call('/pets/7', bearer(secret));
  const { execution } = await logs();
  const lines = execution.split('\n').map((line) => line.replace(/^.*?\([0-9a-f-]{36}\) /, ''));
  const endpoint =
    'https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:authorizer/invocations';
  for (const line of [
    `Sending request to ${endpoint}`,
    'Using valid authorizer policy for principal: ********',
    'Successfully completed authorizer execution',
    'The client is not authorized to perform this operation.',
    'Method completed with status: 200',
    'Method completed with status: 401',
    'Method completed with status: 403',
  ])
    assert.ok(lines.includes(line), `${line}\n${execution}`);
  assert.match(execution, /Starting authorizer: auth01 for request: /);
  assert.match(execution, /Unauthorized request: /);
  assert.ok(!execution.includes('very-secret') && !execution.includes('u1'));
});

const ttl = { authorizerResultTtlInSeconds: 300 };

test('Lambda authorizer: an answer is kept for its token, and its policy decides each request anew', async (t) => {
  const { call, functions } = await serve(
    t,
    tokenAuthorizer(ttl),
    ending(done(answerOf({ context: { n: 1 } }, resource('GET/pets/7')))),
    { 'GET /pets/{id}': mock('$context.authorizer.n', custom), 'POST /pets/{id}': mock('in', custom) },
  );
  const ask = async (target: string, token: string, method = 'GET') =>
    (await call(target, { method, ...bearer(token) })).status;
  assert.deepEqual(
    [
      await ask('/pets/7', 'a'),
      await ask('/pets/7', 'a'),
      await ask('/pets/8', 'a'),
      await ask('/pets/7', 'a', 'POST'),
      await ask('/pets/7', 'b'),
    ],
    [200, 200, 403, 403, 200],
  );
  assert.equal((await call('/pets/7', bearer('a'))).body, '1');
  assert.equal(functions.invocations.length, 2);
});

test('Lambda authorizer: what is kept is forgotten when the stage is published as flushed', async (t) => {
  const definition = api({ 'GET /a': mock('in', custom) }, { authorizers: [tokenAuthorizer(ttl)] });
  const { call, functions, publish } = await startFunctionsGateway(
    t,
    [{ definition }],
    ending(done(answerOf())),
  );
  const ask = async (): Promise<number> => {
    assert.equal((await call('/a', bearer('a'))).status, 200);
    return functions.invocations.length;
  };
  assert.deepEqual([await ask(), await ask()], [1, 1]);
  await publish([{ definition }]);
  assert.equal(await ask(), 1);
  await publish([{ definition, stage: { authorizerFlushes: 1 } }]);
  assert.equal(await ask(), 2);
});

test('Lambda authorizer: failures are not kept', async (t) => {
  const { call, functions } = await serve(
    t,
    tokenAuthorizer(ttl),
    ending(done({ errorMessage: 'Unauthorized' }, 'Unhandled')),
  );
  for (let i = 0; i < 3; i++) assert.equal((await call('/pets/7', bearer('a'))).status, 401);
  assert.equal(functions.invocations.length, 3);
});

test('Lambda authorizer: requests of one token wait for one question', async (t) => {
  const waiting: (() => void)[] = [];
  const asked = Promise.withResolvers<void>();
  const { call, functions } = await serve(t, tokenAuthorizer(ttl), (_, handler) => {
    waiting.push(() => handler.onEnd(done(answerOf())));
    asked.resolve();
  });
  const calls = Array.from({ length: 20 }, () => call('/pets/7', bearer('a')));
  const other = call('/pets/7', bearer('b'));
  await asked.promise;
  while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
  for (const answer of waiting) answer();
  for (const { status } of await Promise.all([...calls, other])) assert.equal(status, 200);
  assert.equal(functions.invocations.length, 2);
});

test('Lambda authorizer: identities of several sources are not mixed up', async (t) => {
  const { call, functions } = await serve(
    t,
    requestAuthorizer({
      ...ttl,
      identitySource: 'method.request.querystring.a, method.request.querystring.b',
    }),
  );
  for (const query of ['a=1%3A2&b=3', 'a=1&b=2%3A3', 'a=12&b=3', 'a=1&b=23', 'a=1&b=23'])
    assert.equal((await call(`/pets/7?${query}`)).status, 200);
  assert.equal(functions.invocations.length, 4);
});

test('Lambda authorizer: an ARN that no policy could name is 414, and nobody is asked', async (t) => {
  const { call, functions } = await serve(t, tokenAuthorizer());
  const { status, body } = await call(`/pets/${'x'.repeat(1_600)}`, bearer('a'));
  assert.deepEqual([status, body], [414, '{"message":"Request-URI Too Long"}']);
  assert.equal(functions.invocations.length, 0);
});

test('Lambda authorizer: TestInvokeMethod asks nobody', async (t) => {
  const { testInvoke, functions } = await serve(t, tokenAuthorizer());
  const definition = api({ 'GET /a': mock('in', custom) }, { authorizers: [tokenAuthorizer()] });
  assert.equal((await testInvoke(definition)).body, 'in');
  assert.equal(functions.invocations.length, 0);
});
