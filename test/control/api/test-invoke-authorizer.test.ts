// A test of a Lambda authorizer asks its function, as a request would.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Invocation, InvocationResult } from '../../../src/functions/functions.ts';
import { accountId, testControl } from '../../support/control.ts';
import { done, fakeFunctions } from '../lambda/fake-functions.ts';
import { apiId, putApi } from './support.ts';

const functionUri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${accountId}:function:auth:\${stageVariables.ver}/invocations`;
const policyDocument = {
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect: 'Deny', Resource: '*' }],
};
const plain = { wantsLogTail: false };

/** An API with one authorizer whose function answers so. */
async function world(t: { after(work: () => unknown): void }, authorizer: object, answer: unknown) {
  const asked: Invocation[] = [];
  const name = `arn:aws:lambda:us-east-1:${accountId}:function:auth:prod`;
  const way = (): InvocationResult =>
    typeof answer === 'function' ? answer() : done(plain, JSON.stringify(answer));
  const functions = fakeFunctions(asked, new Map([[name, way]]));
  const made = await testControl(t, {}, { functions });
  await putApi(made);
  const { id } = await made.call('CreateAuthorizer', {
    restApiId: apiId,
    name: 'a',
    type: 'TOKEN',
    authorizerUri: functionUri,
    identitySource: 'method.request.header.Auth',
    ...authorizer,
  });
  const tried = (input: object = {}) =>
    made.call('TestInvokeAuthorizer', {
      restApiId: apiId,
      authorizerId: id,
      headers: { auth: 'top-secret' },
      stageVariables: { ver: 'prod' },
      ...input,
    });
  return { ...made, asked, tried, authorizerId: id as string };
}

test('test of a TOKEN authorizer: its function is asked in the name of the API, and its policy is the answer', async (t) => {
  const { asked, tried, authorizerId } = await world(t, {}, { principalId: 'user-7', policyDocument });
  const { log, ...answer } = await tried({ pathWithQueryString: '/pets/7?a=1' });
  assert.deepEqual(answer, {
    clientStatus: 200,
    latency: 0,
    principalId: 'user-7',
    policy: JSON.stringify(policyDocument),
  });
  const [{ payload, by, functionName }] = asked as [Invocation];
  assert.deepEqual(JSON.parse(payload as string), {
    type: 'TOKEN',
    authorizationToken: 'top-secret',
    methodArn: `arn:aws:execute-api:us-east-1:${accountId}:${apiId}/test-invoke-stage/GET/pets/7`,
  });
  assert.deepEqual(by, {
    kind: 'service',
    service: 'apigateway.amazonaws.com',
    sourceArn: `arn:aws:execute-api:us-east-1:${accountId}:${apiId}/authorizers/${authorizerId}`,
    sourceAccount: accountId,
  });
  assert.match(functionName, /:function:auth:prod$/);
  assert.match(
    log,
    /Sending request to https:\/\/lambda\.us-east-1\.amazonaws\.com\/2015-03-31\/functions\//,
  );
  assert.match(log, / : Using valid authorizer policy for principal: us\*{4}\n/);
  assert.match(log, / : Successfully completed authorizer execution\n$/);
  assert.ok(!log.includes('top-secret'));
});

test('test of a REQUEST authorizer: its function is given the whole request but its body', async (t) => {
  const request = { type: 'REQUEST', authorizerResultTtlInSeconds: 0 };
  const { asked, tried } = await world(t, request, { principalId: 'u', policyDocument });
  const { clientStatus, log } = await tried({
    pathWithQueryString: '/pets/7?a=1&a=2',
    multiValueHeaders: { auth: ['x', 'y'] },
    body: 'never',
    additionalContext: { domainName: 'api.example.com' },
  });
  assert.equal(clientStatus, 200);
  const { requestContext, ...event } = JSON.parse(asked[0]!.payload as string);
  assert.deepEqual(event, {
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:us-east-1:${accountId}:${apiId}/test-invoke-stage/GET/pets/7`,
    resource: '/pets/7',
    path: '/pets/7',
    httpMethod: 'GET',
    headers: { auth: 'y' },
    multiValueHeaders: { auth: ['x', 'y'] },
    queryStringParameters: { a: '2' },
    multiValueQueryStringParameters: { a: ['1', '2'] },
    pathParameters: {},
    stageVariables: { ver: 'prod' },
  });
  assert.deepEqual(
    [requestContext.stage, requestContext.apiId, requestContext.requestTime, requestContext.domainName],
    ['test-invoke-stage', apiId, '02/Jan/2024:03:04:05 +0000', 'api.example.com'],
  );
  assert.ok(!log.includes('"x"'));
});

const right = { principalId: 'u', policyDocument };
const failing = (message: string) => () =>
  done(plain, JSON.stringify({ errorMessage: message, errorType: 'Error' }), 'Unhandled');
const refusing = (status: number, type: string) => () => ({
  outcome: 'refused',
  requestId: '1',
  status,
  type,
  message: 'm',
  reason: null,
});
const cases: readonly (readonly [answer: unknown, status: number, line: RegExp])[] = [
  [failing('Unauthorized'), 401, /Unauthorized request/],
  [failing('boom'), 500, /AuthorizerFailureException/],
  [refusing(403, 'AccessDeniedException'), 500, /Invalid permissions on Lambda function\n.*AuthorizerConf/],
  [refusing(404, 'ResourceNotFoundException'), 500, /ResourceNotFoundException: m\n/],
  [refusing(429, 'TooManyRequestsException'), 500, /Rate Exceeded\.\n.*AuthorizerFailureException/],
  [() => ({ outcome: 'lost', detail: 'the host has ended' }), 500, /the host has ended/],
  ['text', 500, /Invalid JSON in response\n.*AuthorizerConfigurationException/],
  [{ policyDocument }, 500, /no principalId/],
  [{ principalId: 'u' }, 500, /no policyDocument/],
  [{ ...right, policyDocument: { Version: '2012-10-17' } }, 500, /Invalid policy document/],
  [{ ...right, context: { a: null } }, 500, /Invalid context: "a"/],
  [{ ...right, context: [] }, 500, /The context is no map/],
  [{ ...right, context: { a: 1, b: 'x', c: true } }, 200, /Successfully completed/],
  [{ ...right, usageIdentifierKey: 7 }, 500, /usageIdentifierKey/],
];

test('test of an authorizer: whatever its function answers, the client would be told as a request is', async (t) => {
  for (const [answer, status, line] of cases) {
    const { tried } = await world(t, {}, answer);
    const { clientStatus, log, policy } = await tried();
    assert.equal(clientStatus, status, log);
    assert.match(log, line);
    assert.equal(policy === undefined, status !== 200);
  }
});

test('test of an authorizer: a function that is not named, and a role that is not known, are its configuration', async (t) => {
  const { tried } = await world(t, { authorizerCredentials: 'arn:aws:iam::111122223333:role/r' }, right);
  const { clientStatus, log } = await tried();
  assert.equal(clientStatus, 500);
  assert.match(log, /the role arn:aws:iam::111122223333:role\/r is not known/);
});

test('test of an authorizer that asks about opaque tokens: the answer says who does that', async (t) => {
  const authorizerUri = 'arn:aws:apigateway:us-east-1:introspection:path/main';
  const { tried, asked } = await world(t, { authorizerUri }, {});
  const { log, clientStatus } = await tried();
  assert.equal(clientStatus, 500);
  assert.match(log, /the token is asked about by data planes alone: call a method on a stage/);
  assert.ok(!log.includes('top-secret'));
  assert.deepEqual(asked, []);
});
