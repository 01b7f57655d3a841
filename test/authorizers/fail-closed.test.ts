// Nothing fails open: for everything that decides who may call, everything that can go wrong, and a refusal each time.

import assert from 'node:assert/strict';
import test from 'node:test';
import { compileAsker } from '../../src/authorizers/askers.ts';
import { combine, type Rule } from '../../src/authorizers/decision.ts';
import {
  type AuthorizerTools,
  Credentials,
  createSocketAuthorization,
  createVerifyManagementCall,
  Issuers,
  signaturesHere,
} from '../../src/authorizers/index.ts';
import { readGrant } from '../../src/authorizers/lambda-grant.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Downstream } from '../../src/exchange/downstream.ts';
import { failures } from '../../src/exchange/gateway-response.ts';
import type { Functions, InvocationResult } from '../../src/functions/functions.ts';
import type { Decision } from '../../src/policy/index.ts';
import { api, mock } from '../support/api.ts';
import {
  answerOf,
  identity,
  policyOf,
  publishedKey,
  requestAuthorizer,
  tokenAuthorizer,
} from '../support/authorized.ts';
import { done, refused } from '../support/functions-gateway.ts';
import { noFunctions } from '../support/no-functions.ts';
import fc from '../support/properties.ts';
import { exchangeOf, gateOf, route } from './rest-support.ts';
import { connectRoute, FakeDownstream, handshake, noFetching, socketAuthorizer } from './support.ts';

const backends = {
  linked: () => null as never,
  service: () => null,
  role: () => null,
  introspection: () => null,
};
const toolsWith = (functions: Functions, more: Partial<AuthorizerTools> = {}): AuthorizerTools => ({
  clock: systemClock,
  functions,
  backends,
  upstream: noFetching,
  credentials: new Credentials(),
  issuers: new Issuers(noFetching, backends, systemClock, () => {}),
  signatures: signaturesHere,
  finish: () => {},
  ...more,
});

const endsWith = (result: InvocationResult): Functions => ({
  invoke: (_, handler) => {
    setImmediate(() => handler.onEnd(result));
    return { abort: () => {}, resume: () => {} };
  },
});
/** Its payload cannot even be looked at. */
const hostile = new Proxy(new Uint8Array(1), {
  get: () => {
    throw new Error('hostile');
  },
});

const failing: Readonly<Record<string, Functions>> = {
  'the host is gone': noFunctions('no function host runs'),
  'the host throws': {
    invoke: () => {
      throw new Error('bug');
    },
  },
  'the function throws': endsWith(done({ errorMessage: 'x', errorType: 'Error' }, 'Unhandled')),
  'the function is gone': endsWith(refused(404, 'ResourceNotFoundException', 'Function not found')),
  'the function may not be called': endsWith(refused(403, 'AccessDeniedException', 'no')),
  'the function is throttled': endsWith(refused(429, 'TooManyRequestsException', 'Rate Exceeded.')),
  'the answer is empty': endsWith(done('')),
  'the answer is a text': endsWith(done('"Allow"')),
  'the answer is true': endsWith(done('true')),
  'the answer is of another kind': endsWith(done({ isAuthorized: true, principalId: 'u1' })),
  'the policy does not parse': endsWith(
    done(answerOf({ policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow' }] } })),
  ),
  'the policy is of a version that is none': endsWith(
    done(answerOf({ policyDocument: { ...JSON.parse(policyOf({})), Version: '2040-01-01' } })),
  ),
  'the answer cannot be read': endsWith({ ...(done('') as object), payload: hostile } as InvocationResult),
};

const custom = { authorizationType: 'CUSTOM', authorizerId: 'auth01' } as const;

for (const [what, functions] of Object.entries(failing)) {
  test(`nothing fails open: when ${what}, no Lambda authorizer lets anybody in`, async () => {
    for (const kind of [tokenAuthorizer, requestAuthorizer]) {
      for (const ttl of [0, 300]) {
        // Also beside a policy that says nothing against it.
        for (const policy of [undefined, policyOf({ Principal: '*' })]) {
          const authorizer = kind({ authorizerResultTtlInSeconds: ttl });
          const restApi = policy === undefined ? {} : { policy };
          const definition = api({ 'GET /a': mock('in', custom) }, { authorizers: [authorizer], restApi });
          const gate = gateOf(definition, toolsWith(functions));
          for (let i = 0; i < 2; i++) {
            const outcome = await gate(exchangeOf({ headers: ['authorization', 'abc'] }));
            assert.ok(typeof outcome === 'object', `${authorizer.name} ${ttl}: ${JSON.stringify(outcome)}`);
            assert.equal(outcome.status, 500);
          }
        }
      }
    }
    const decision = await createSocketAuthorization(toolsWith(functions)).authorize(
      connectRoute(),
      socketAuthorizer(),
      handshake().event,
      () => null,
    );
    assert.deepEqual([decision.allow, !decision.allow && decision.status], [false, 500]);
  });
}

test('nothing fails open: a function that takes its time is given up after 29 seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let aborted = 0;
  const functions: Functions = { invoke: () => ({ abort: () => void aborted++, resume: () => {} }) };
  const definition = api({ 'GET /a': mock('in', custom) }, { authorizers: [tokenAuthorizer()] });
  const tools = toolsWith(functions);
  const rest = gateOf(definition, tools)(exchangeOf({ headers: ['authorization', 'abc'] }));
  const socket = createSocketAuthorization(tools).authorize(
    connectRoute(),
    socketAuthorizer(),
    handshake().event,
    () => null,
  );
  t.mock.timers.tick(29_000);
  assert.equal(await rest, failures.authorizerFailure);
  assert.equal((await socket).allow, false);
  assert.equal(aborted, 2);
});

test('nothing fails open: whoever goes away while an authorizer is asked gets no further', async () => {
  const functions: Functions = { invoke: () => ({ abort: () => {}, resume: () => {} }) };
  const definition = api({ 'GET /a': mock('in', custom) }, { authorizers: [tokenAuthorizer()] });
  const downstream = new FakeDownstream();
  const outcome = gateOf(
    definition,
    toolsWith(functions),
  )(exchangeOf({ headers: ['authorization', 'abc'], downstream }));
  downstream.abort();
  assert.equal(await outcome, 'answered');
});

test('nothing fails open: without identities nobody signs, and without keys no key is good', async () => {
  const tools = toolsWith(noFunctions(''));
  const iam = api({ 'GET /a': mock('in', { authorizationType: 'AWS_IAM' }) });
  const key = api({ 'GET /a': mock('in', { apiKeyRequired: true }) });
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIAANNANNANNANNANNA/20240102/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
  const headers = ['authorization', authorization, 'x-amz-date', '20240102T030405Z', 'x-api-key', ''];
  assert.equal(await gateOf(iam, tools)(exchangeOf({ headers })), failures.unrecognizedClient);
  assert.equal(await gateOf(iam, tools)(exchangeOf()), failures.missingAuthenticationToken);
  assert.equal(await gateOf(key, tools)(exchangeOf({ headers })), failures.invalidApiKey);

  const socket = createSocketAuthorization(tools);
  const byKey = connectRoute({ authorizationType: 'NONE', apiKeyRequired: true });
  const bySignature = connectRoute({ authorizationType: 'AWS_IAM' });
  assert.equal((await socket.authorize(byKey, null, handshake().event, () => '')).allow, false);
  assert.equal(
    (await socket.authorize(bySignature, null, handshake({ headers }).event, () => null)).allow,
    false,
  );

  const verify = createVerifyManagementCall({ ...tools, accountId: '123456789012', region: 'us-east-1' });
  const request = {
    method: 'POST',
    path: '/',
    query: '',
    headers,
    downstream: new FakeDownstream() as unknown as Downstream,
  };
  const action = 'execute-api:ManageConnections';
  const decision = await verify({ request, body: new Uint8Array(0), action, resourceArn: 'arn:aws:x:y:z:a' });
  assert.ok(!('allowed' in decision));
});

test('nothing fails open: a policy that cannot be read lets nobody in, whoever asks', async () => {
  const functions = endsWith(done(answerOf()));
  for (const policy of [
    '{',
    '[]',
    '{"Statement":[]}',
    policyOf({}),
    policyOf({ Principal: '*', Condition: { X: {} } }),
    policyOf({ Principal: '*', Resource: 'everything' }),
  ]) {
    for (const method of [{}, custom, { authorizationType: 'AWS_IAM' } as const]) {
      const definition = api(
        { 'GET /a': mock('in', method) },
        { authorizers: [tokenAuthorizer()], restApi: { policy } },
      );
      const outcome = await gateOf(
        definition,
        toolsWith(functions),
      )(exchangeOf({ headers: ['authorization', 'abc'] }));
      assert.ok(typeof outcome === 'object' && outcome.status === 403, `${policy} ${JSON.stringify(method)}`);
    }
  }
});

test('nothing fails open: authorizers that are not there, of other types, or of no sense, refuse', async () => {
  const functions = endsWith(done(answerOf()));
  const wrong = [
    { id: 'another' },
    { type: 'JWT' as const },
    { type: 'COGNITO_USER_POOLS' as const },
    { authorizerUri: '' },
    { identitySource: 'anything' },
    { identityValidationExpression: '*' },
    { authorizerCredentials: 'arn:aws:iam::123456789012:role/none' },
  ];
  for (const more of wrong) {
    const definition = api({ 'GET /a': mock('in', custom) }, { authorizers: [tokenAuthorizer(more)] });
    const outcome = await gateOf(
      definition,
      toolsWith(functions),
    )(exchangeOf({ headers: ['authorization', 'abc'] }));
    assert.equal(outcome, failures.authorizerConfigurationError, JSON.stringify(more));
  }
  const pool = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a';
  for (const [more, status] of [
    [{ type: 'COGNITO_USER_POOLS' as const }, 500],
    [{ type: 'COGNITO_USER_POOLS' as const, providerARNs: ['arn:aws:s3:::x'] }, 500],
    [{ type: 'COGNITO_USER_POOLS' as const, providerARNs: [pool], identitySource: 'anything' }, 500],
    [{ type: 'COGNITO_USER_POOLS' as const, providerARNs: [pool], identityValidationExpression: '(' }, 500],
    [{ type: 'COGNITO_USER_POOLS' as const, providerARNs: [pool] }, 401],
    [{ type: 'JWT' as const }, 500],
    [{ type: 'JWT' as const, jwtConfiguration: { issuer: 'https://x.test', audience: [] } }, 401],
    [{ type: 'TOKEN' as const }, 500],
  ] as const) {
    const method = { authorizationType: 'COGNITO_USER_POOLS' as const, authorizerId: 'auth01' };
    const authorizers = [tokenAuthorizer({ id: 'auth01', identitySource: '', ...more })];
    const definition = api({ 'GET /a': mock('in', method) }, { authorizers });
    for (const token of ['abc', `${btoa('{"alg":"none"}')}.${btoa('{"iss":"https://x.test","exp":9e9}')}.`]) {
      const outcome = await gateOf(
        definition,
        toolsWith(functions),
      )(exchangeOf({ headers: ['authorization', token] }));
      assert.ok(typeof outcome === 'object' && outcome.status === status, JSON.stringify(more));
    }
  }
  for (const authorizationType of ['COGNITO_USER_POOLS', 'SOMETHING', ''] as const) {
    const definition = api({ 'GET /a': mock('in', { authorizationType: authorizationType as 'NONE' }) });
    assert.equal(
      await gateOf(definition, toolsWith(functions))(exchangeOf()),
      failures.authorizerConfigurationError,
    );
  }
  const socket = createSocketAuthorization(toolsWith(functions));
  for (const [route, authorizer] of [
    [connectRoute(), null],
    [connectRoute({ authorizationType: 'JWT' }), socketAuthorizer()],
    [connectRoute({ authorizationType: '' as 'NONE' }), null],
    [connectRoute(), socketAuthorizer({ authorizerType: 'JWT' })],
    [connectRoute(), socketAuthorizer({ authorizerUri: 'x' })],
    [connectRoute(), socketAuthorizer({ identitySource: ['x'] })],
    [connectRoute(), socketAuthorizer({ authorizerCredentialsArn: 'arn:aws:iam::1:role/none' })],
  ] as const) {
    const decision = await socket.authorize(route, authorizer, handshake().event, () => null);
    assert.deepEqual([decision.allow, !decision.allow && decision.status], [false, 500]);
  }
});

test('nothing fails open: what throws in between refuses', async () => {
  const clock = {
    nowMs: () => {
      throw new Error('no time');
    },
    monotonicNs: () => 0,
  };
  const tools = toolsWith(endsWith(done(answerOf())), { clock });
  const decision = await createSocketAuthorization(tools).authorize(
    connectRoute({ authorizationType: 'AWS_IAM' }),
    null,
    handshake().event,
    () => null,
  );
  assert.equal(decision.allow, false);
  const throwing = (): string => {
    throw new Error('no key');
  };
  const credentials = new Credentials();
  credentials.adopt({ apiKeys: [publishedKey('x')], identities: [identity()] });
  const withKey = await createSocketAuthorization(
    toolsWith(endsWith(done(answerOf())), { credentials }),
  ).authorize(connectRoute({ apiKeyRequired: true }), socketAuthorizer(), handshake().event, throwing);
  assert.equal(withKey.allow, false);
  const verify = createVerifyManagementCall({ ...tools, accountId: '1', region: 'us-east-1' });
  assert.ok(!('allowed' in (await verify({} as never))));
});

test('nothing fails open: whatever a function answers, only a policy that is one is a grant', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const grant = readGrant(Buffer.from(text));
      assert.ok('problem' in grant);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.ok('problem' in readGrant(bytes));
    }),
  );
});

test('nothing fails open: a denial of either side is one, and nobody is let in whom nobody allows', () => {
  const rules: Rule[] = ['either', 'both', 'resource'];
  const decisions: Decision[] = ['allow', 'deny', 'none'];
  for (const rule of rules)
    for (const caller of decisions)
      for (const resource of [...decisions, null]) {
        const combined = combine(rule, caller, resource);
        if (caller === 'deny' || resource === 'deny') assert.equal(combined, 'explicit deny');
        else if (rule !== 'resource' && caller === 'none' && resource !== 'allow')
          assert.equal(combined, 'implicit deny');
      }
});

test('nothing fails open: where nobody is asked who they are, no answer is kept for another', async () => {
  let asked = 0;
  const functions: Functions = {
    invoke: (_, handler) => {
      const answer = answerOf({}, { Effect: asked++ === 0 ? 'Allow' : 'Deny' });
      setImmediate(() => handler.onEnd(done(answer)));
      return { abort: () => {}, resume: () => {} };
    },
  };
  for (const identitySource of [undefined, '', ' , ']) {
    asked = 0;
    const authorizer = requestAuthorizer({
      authorizerResultTtlInSeconds: 300,
      identitySource: identitySource!,
    });
    const definition = api({ 'GET /a': mock('in', custom) }, { authorizers: [authorizer] });
    const gate = gateOf(definition, toolsWith(functions));
    assert.equal(await gate(exchangeOf()), undefined);
    assert.equal(await gate(exchangeOf()), failures.accessDenied);
    assert.equal(asked, 2);
  }
});

test('nothing fails open: an answer of somebody without a name, or with resources beyond the limit, is no grant', () => {
  const arn = 'arn:aws:execute-api:us-east-1:123456789012:';
  const isGrant = (answer: object): boolean => !('problem' in readGrant(Buffer.from(JSON.stringify(answer))));
  const about = (Resource: unknown, member: string) => ({
    principalId: 'u1',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', [member]: Resource }],
    },
  });
  for (const member of ['Resource', 'NotResource'])
    for (const list of [false, true]) {
      const sized = (length: number): object => {
        const one = arn.padEnd(length, 'a');
        return about(list ? ['*', one] : one, member);
      };
      assert.equal(isGrant(sized(512)), true, member);
      assert.equal(isGrant(sized(513)), false, member);
    }
  for (const principalId of ['', null, 1, ['u1'], undefined])
    assert.equal(isGrant({ ...about('*', 'Resource'), principalId }), false, String(principalId));
});

test('nothing fails open: a role of the account asks only where its ARN was written whole', async () => {
  const arn = 'arn:aws:iam::123456789012:role/asking';
  const keys = { roleArn: arn, accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' };
  const reply = async (credentials: string, allows?: () => boolean) => {
    const tools = toolsWith(endsWith(done(answerOf())), {
      backends: { ...backends, role: () => ({ ...keys, ...(allows === undefined ? {} : { allows }) }) },
    });
    const uri = tokenAuthorizer().authorizerUri;
    const options = { ...route, authorizerId: 'auth01', uri, credentials, stageVariables: { role: arn } };
    const asker = compileAsker(options, tools);
    assert.ok(typeof asker !== 'string', String(asker));
    const { grant, refusal } = await asker.ask({ identity: 'x', event: () => '{}', traceId: null }).reply;
    return grant === null ? refusal : 'granted';
  };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
  const filled = '${stageVariables.role}';
  assert.equal(await reply(arn, () => true), 'granted');
  assert.equal(await reply(arn, () => false), 'configuration');
  assert.equal(await reply(filled, () => true), 'configuration');
  // One of the configuration file: whoever wrote that has said who may use it.
  assert.equal(await reply(filled), 'granted');
});
