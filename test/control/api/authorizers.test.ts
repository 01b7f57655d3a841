import assert from 'node:assert/strict';
import test from 'node:test';
import type { Input } from '../../../src/control/protocol/operations.ts';
import type { Authorizer } from '../../../src/resources/index.ts';
import { accountId, refused, testControl } from '../../support/control.ts';
import { apiId, putApi, putMethod } from './support.ts';

const restApiId = apiId;
const functionUri = (name: string) =>
  `arn:aws:apigateway:us-east-1:lambda:path//2015-03-31/functions/arn:aws:lambda:us-east-1:${accountId}:function:${name}/invocations`;
const introspectionUri = 'arn:aws:apigateway:us-east-1:introspection:path/main';
const pool = `arn:aws:cognito-idp:us-east-1:${accountId}:userpool/us-east-1_abc`;
const authorization = 'method.request.header.Authorization';
const token = {
  restApiId,
  name: 'token',
  type: 'TOKEN',
  authorizerUri: functionUri('f'),
  identitySource: authorization,
} as const;

test('authorizers: one of each type is created with its defaults', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const jwtConfiguration = {
    issuers: [{ issuer: 'https://id.example.com', audiences: ['pets'] }],
    defaultAlgorithms: ['RS256'],
  } as const;
  const cases = [
    [token, { authType: 'custom', authorizerResultTtlInSeconds: 300 }],
    [
      {
        ...token,
        name: 'request',
        type: 'REQUEST',
        identitySource: `${authorization}, context.identity.sourceIp`,
      },
      { authType: 'custom', authorizerResultTtlInSeconds: 300 },
    ],
    [
      {
        restApiId,
        name: 'uncached',
        type: 'REQUEST',
        authorizerUri: functionUri('f'),
        authorizerResultTtlInSeconds: 0,
      },
      { authType: 'custom' },
    ],
    [
      { restApiId, name: 'pool', type: 'COGNITO_USER_POOLS', providerARNs: [pool] },
      { authType: 'cognito_user_pools', authorizerResultTtlInSeconds: 300 },
    ],
    [{ restApiId, name: 'jwt', type: 'JWT', jwtConfiguration }, {}],
    [
      { ...token, name: 'opaque', authorizerUri: introspectionUri },
      { authType: 'custom', authorizerResultTtlInSeconds: 300 },
    ],
  ] as const;
  const created: Authorizer[] = [];
  for (const [input, defaults] of cases) {
    const { restApiId: _, ...given } = input;
    const authorizer = await call('CreateAuthorizer', input);
    assert.match(authorizer.id, /^[a-z0-9]{6}$/);
    assert.deepEqual(authorizer, { id: authorizer.id, ...given, ...defaults });
    created.push(authorizer);
  }
  assert.deepEqual(await call('GetAuthorizers', { restApiId }), { item: created });
  const { id: authorizerId } = created[0]!;
  assert.deepEqual(await call('GetAuthorizer', { restApiId, authorizerId }), created[0]);
});

test("authorizers: what cannot be one is refused in the service's words", async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  await call('CreateAuthorizer', token);
  const other = { ...token, name: 'other' };
  const { identitySource: _, ...withoutSource } = other;
  const { authorizerUri: __, ...withoutUri } = other;
  const cognito = { restApiId, name: 'pool', type: 'COGNITO_USER_POOLS' } as const;
  const cases: readonly (readonly [Input<'CreateAuthorizer'>, string, string | RegExp])[] = [
    [
      { ...other, restApiId: 'none' },
      'ConflictException',
      'Unable to complete operation due to concurrent modification. Please try again later.',
    ],
    [
      token,
      'BadRequestException',
      'Authorizer name must be unique. Authorizer token already exists in this RestApi.',
    ],
    [{ ...other, name: ' ' }, 'BadRequestException', 'Authorizer name cannot be blank'],
    [
      { ...other, authorizerUri: 'arn:aws:lambda:f' },
      'BadRequestException',
      'Invalid Authorizer URI: arn:aws:lambda:f. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.',
    ],
    [
      withoutUri,
      'BadRequestException',
      "Unable to create authorizer 'other': Authorizer Uri must be specified",
    ],
    [withoutSource, 'BadRequestException', /Identity source/],
    [
      { ...other, authorizerUri: 'arn:aws:apigateway:us-east-1:introspection:path/' },
      'BadRequestException',
      /^Invalid Authorizer URI: /,
    ],
    [
      {
        ...other,
        type: 'REQUEST',
        authorizerUri: introspectionUri,
        identitySource: `${authorization}, context.identity.sourceIp`,
      },
      'BadRequestException',
      'Exactly one identity source, the token, must be specified for introspection',
    ],
    [{ ...withoutSource, type: 'REQUEST' }, 'BadRequestException', /Identity source/],
    [
      { ...other, identitySource: 'method.request.querystring.a' },
      'BadRequestException',
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: method.request.querystring.a]',
    ],
    [
      { ...other, type: 'REQUEST', identitySource: `${authorization},wrong` },
      'BadRequestException',
      /: wrong\]/,
    ],
    [
      { ...other, authorizerResultTtlInSeconds: 3601 },
      'BadRequestException',
      'authorizerResultTtlInSeconds should be between 0 and 3600',
    ],
    [{ ...other, authorizerResultTtlInSeconds: -1 }, 'BadRequestException', /between 0 and 3600/],
    [
      { ...other, authorizerCredentials: 'role' },
      'BadRequestException',
      'Invalid ARN specified in the request',
    ],
    [
      { ...other, identityValidationExpression: '(' },
      'BadRequestException',
      /identity validation expression/,
    ],
    [
      { ...other, jwtConfiguration: { issuers: [], defaultAlgorithms: [] } },
      'BadRequestException',
      /jwtConf/,
    ],
    [
      cognito,
      'BadRequestException',
      "Unable to create authorizer 'pool': At least one provider ARN must be specified",
    ],
    [{ ...cognito, providerARNs: ['x'] }, 'BadRequestException', 'Invalid ARN specified in the request'],
    [{ restApiId, name: 'jwt', type: 'JWT' }, 'BadRequestException', /jwtConfiguration/],
    [
      {
        restApiId,
        name: 'jwt',
        type: 'JWT',
        jwtConfiguration: {
          issuers: [{ issuer: 'http://a', audiences: ['b'] }],
          defaultAlgorithms: ['RS256'],
        },
      },
      'BadRequestException',
      /https URL/,
    ],
  ];
  for (const [input, type, message] of cases) await refused(call('CreateAuthorizer', input), type, message);
  const none = 'Invalid Authorizer identifier specified';
  const nowhere = { restApiId, authorizerId: 'none' };
  for (const name of [
    'GetAuthorizer',
    'UpdateAuthorizer',
    'DeleteAuthorizer',
    'TestInvokeAuthorizer',
  ] as const)
    await refused(call(name, nowhere), 'NotFoundException', none);
  await refused(
    call('GetAuthorizers', { restApiId: 'none' }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:none`,
  );
  for (let i = 0; i < 9; i++) await call('CreateAuthorizer', { ...token, name: `n${i}` });
  await refused(call('CreateAuthorizer', other), 'LimitExceededException', /authorizers for this API/);
});

test('authorizers: every place is patched, and the whole is checked afterwards', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const { id: authorizerId } = await call('CreateAuthorizer', token);
  type Operation = readonly [op: 'add' | 'remove' | 'replace', path: string, value?: string];
  const patch = (...operations: readonly Operation[]) =>
    call('UpdateAuthorizer', {
      restApiId,
      authorizerId,
      patchOperations: operations.map(([op, path, value]) =>
        value === undefined ? { op, path } : { op, path, value },
      ),
    });
  const role = `arn:aws:iam::${accountId}:role/r`;
  const changed = await patch(
    ['replace', '/name', 'n'],
    ['replace', '/authorizerUri', functionUri('g')],
    ['replace', '/authorizerCredentials', role],
    ['replace', '/authorizerResultTtlInSeconds', '0'],
    ['replace', '/authType', 'oauth2'],
    ['replace', '/identityValidationExpression', 'Bearer .*'],
    ['replace', '/type', 'REQUEST'],
    ['add', '/identitySource', 'stageVariables.a'],
    ['remove', '/identitySource'],
  );
  const shown = {
    id: authorizerId,
    name: 'n',
    type: 'REQUEST',
    authType: 'oauth2',
    authorizerUri: functionUri('g'),
    authorizerCredentials: role,
    identityValidationExpression: 'Bearer .*',
    authorizerResultTtlInSeconds: 0,
  };
  assert.deepEqual(changed, shown);
  const moved = await patch(['replace', '/type', 'COGNITO_USER_POOLS'], ['add', '/providerARNs', pool]);
  assert.deepEqual(moved.providerARNs, [pool]);
  await refused(patch(['remove', '/providerARNs', pool]), 'BadRequestException', /provider ARN/);
  await refused(patch(['replace', '/authorizerResultTtlInSeconds', 'x']), 'BadRequestException', /3600/);
  await refused(patch(['replace', '/type', 'OTHER']), 'BadRequestException', /TOKEN, REQUEST/);
  await refused(
    patch(['replace', '/id', 'x']),
    'BadRequestException',
    /^Invalid patch path {2}'\/id' specified for op 'replace'\. Must be one of: \[\/authorizerUri, /,
  );
  assert.deepEqual(await call('GetAuthorizer', { restApiId, authorizerId }), moved);
});

test('authorizers: one that a method uses cannot be deleted', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const { id: authorizerId } = await call('CreateAuthorizer', token);
  await putMethod(world, '/test', 'GET', { authorizationType: 'CUSTOM', authorizerId });
  await refused(
    call('DeleteAuthorizer', { restApiId, authorizerId }),
    'ConflictException',
    "Cannot delete authorizer 'token', is referenced in method: GET//test",
  );
  await putMethod(world, '/test', 'GET');
  assert.equal(await call('DeleteAuthorizer', { restApiId, authorizerId }), undefined);
});

test('test of an authorizer: what is checked before the function is asked is checked', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const source = {
    type: 'REQUEST',
    identitySource: `${authorization},method.request.querystring.a`,
  } as const;
  const ids = {
    token: (await call('CreateAuthorizer', { ...token, identityValidationExpression: 'Bearer .*' })).id,
    request: (await call('CreateAuthorizer', { ...token, name: 'r', ...source })).id,
    pool: (
      await call('CreateAuthorizer', {
        restApiId,
        name: 'pool',
        type: 'COGNITO_USER_POOLS',
        providerARNs: [pool],
      })
    ).id,
  };
  const headers = { authorization: 'Bearer x' };
  const cases = [
    ['token', {}, 401, /identity source method\.request\.header\.Authorization is missing/],
    ['token', { headers: { Authorization: 'Basic x' } }, 401, /does not match/],
    ['token', { headers }, 500, /no function host runs/],
    ['request', { headers }, 401, /querystring\.a is missing/],
    ['request', { headers, pathWithQueryString: '/p?a=1' }, 500, /no function host runs/],
    ['pool', { multiValueHeaders: { Authorization: ['x'] } }, 500, /asks no user pools/],
  ] as const;
  for (const [name, input, status, line] of cases) {
    const { clientStatus, log, latency } = await call('TestInvokeAuthorizer', {
      restApiId,
      authorizerId: ids[name],
      ...input,
    });
    assert.equal(clientStatus, status);
    assert.equal(latency, 0);
    assert.match(
      log,
      /^Execution log for request [0-9a-f-]{36}\nTue Jan 02 03:04:05 UTC 2024 : Starting authorizer: /,
    );
    assert.match(log, line);
    assert.ok(!log.includes('Bearer'), 'no token is logged');
  }
});
