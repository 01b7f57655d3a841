// What restricts callers, or calls what cannot be called, is never served open, whatever let it be deployed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import type { Stage } from '../../src/resources/index.ts';
import { type ApiSpec, api, type MethodSpec, mock } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

const denied =
  '{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:testapi001/test/GET/a"}';
const internal = '{"message": "Internal server error"}';
const configuration = 'Execution failed due to configuration error: ';
const allow = { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: '*' };
const policyOf = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

interface Case {
  readonly what: string;
  readonly method?: Partial<MethodSpec>;
  readonly integration?: Partial<MethodSpec['integration']>;
  readonly restApi?: ApiSpec['restApi'];
  readonly stage?: Partial<Stage>;
  readonly status: number;
  readonly body: string;
  readonly log: string;
}

const cases: readonly Case[] = [
  {
    what: 'a method with authorization type COGNITO_USER_POOLS and no authorizer',
    method: { authorizationType: 'COGNITO_USER_POOLS' },
    status: 500,
    body: '{"message":null}',
    log: 'The method names the authorizer "", which is not there: every request is refused',
  },
  {
    what: 'a method whose authorizer is not there',
    method: { authorizationType: 'CUSTOM', authorizerId: 'gone' },
    status: 500,
    body: '{"message":null}',
    log: 'The method names the authorizer "gone", which is not there: every request is refused',
  },
  ...(
    [
      ['has no statement', policyOf(), 'The policy has no Statement'],
      ['is no JSON', 'allow all', 'The policy is not JSON'],
      ['names an operator that is none', policyOf({ ...allow, Condition: { Maybe: { a: 'b' } } }), 'Maybe'],
    ] as const
  ).map(
    ([how, policy, log]): Case => ({
      what: `an API whose resource policy ${how}`,
      restApi: { policy },
      status: 403,
      body: `${denied.slice(0, -2)} with an explicit deny"}`,
      log,
    }),
  ),
  {
    what: 'a PRIVATE API without a policy',
    restApi: { endpointConfiguration: { types: ['PRIVATE'] } },
    status: 403,
    body: denied,
    log: 'A PRIVATE API without a resource policy lets nobody in: every request is refused',
  },
  {
    what: 'a stage behind a web ACL',
    stage: { webAclArn: 'arn:aws:wafv2:us-east-1:1:regional/webacl/x/y' },
    status: 500,
    body: '{"message": "There was an error evaluating the AWS WAF rules associated with this API"}',
    log: 'Web ACL "arn:aws:wafv2:us-east-1:1:regional/webacl/x/y" cannot be evaluated: every request is refused',
  },
  {
    what: 'an integration of a service whose role has no keys',
    integration: {
      type: 'AWS',
      uri: 'arn:aws:apigateway:us-east-1:sqs:action/ListQueues',
      credentials: 'arn:aws:iam::123456789012:role/none',
    },
    status: 500,
    body: internal,
    log: `${configuration}Role "arn:aws:iam::123456789012:role/none" has no keys: name it in the setting "roles", or let a role of the account trust apigateway.amazonaws.com`,
  },
  {
    what: 'an integration through a VPC link that names none',
    integration: { type: 'HTTP_PROXY', connectionType: 'VPC_LINK' },
    status: 500,
    body: internal,
    log: `${configuration}Invalid Vpc Link identifier specified`,
  },
  {
    what: 'a service integration through a VPC link',
    integration: {
      type: 'AWS',
      uri: 'arn:aws:apigateway:us-east-1:sqs:action/ListQueues',
      connectionType: 'VPC_LINK',
      connectionId: 'abc123',
    },
    status: 500,
    body: internal,
    log: `${configuration}Connections through a VPC link are not served for integrations of type AWS`,
  },
  {
    what: 'a HTTP integration whose answer is to be streamed',
    integration: { type: 'HTTP', responseTransferMode: 'STREAM' },
    status: 500,
    body: internal,
    log: `${configuration}Response transfer mode STREAM is not served for integrations of type HTTP`,
  },
  {
    what: 'a service integration whose answer is to be streamed',
    integration: {
      type: 'AWS',
      uri: 'arn:aws:apigateway:us-east-1:sqs:action/ListQueues',
      responseTransferMode: 'STREAM',
    },
    status: 500,
    body: internal,
    log: `${configuration}Response transfer mode STREAM is not served for integrations of type AWS`,
  },
];

for (const { what, method, integration, restApi = {}, stage, status, body, log } of cases) {
  test(`closed door: ${what} answers ${status}, calls no backend and tells why`, async (t) => {
    const backend = await startBackend(t, (_, response) => response.end('open'));
    const open: MethodSpec = {
      ...mock('open'),
      integration: { type: 'HTTP_PROXY', uri: `http://${backend.authority}/`, ...integration },
      ...method,
    };
    const settings = { methodSettings: { '*/*': { loggingLevel: 'ERROR' } }, ...stage } as const;
    const { call, gateway, dataDir } = await startTestGateway(t, [
      { definition: api({ 'GET /a': open }, { restApi }), stage: settings },
    ]);
    const answer = await call('/a');
    await gateway.drain(100);
    assert.deepEqual([answer.status, answer.body], [status, body]);
    assert.equal(backend.received.length, 0);
    const file = path.join(dataDir, 'logs/API-Gateway-Execution-Logs_testapi001/test.log');
    const lines = readFileSync(file, 'utf8').split('\n');
    assert.ok(
      lines.some((line) => line.includes(log)),
      lines.join('\n'),
    );
  });
}

test('closed door: a web ACL stands before the look-up of the resource', async (t) => {
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': mock('open') }), stage: { webAclArn: 'arn:x' } },
  ]);
  assert.equal((await call('/nowhere')).status, 500);
});

const open: readonly [what: string, spec: ApiSpec['restApi'], method: Partial<MethodSpec>][] = [
  ['a policy that lets everybody in', { policy: policyOf(allow) }, {}],
  ['an empty policy', { policy: '' }, {}],
  ['authorization type none in small letters', {}, { authorizationType: 'none' as 'NONE' }],
];
for (const [what, restApi, method] of open) {
  test(`closed door: ${what} shuts nothing`, async (t) => {
    const definition = api({ 'GET /a': mock('open', method) }, { restApi: { ...restApi } });
    const { call } = await startTestGateway(t, [{ definition }]);
    assert.deepEqual([(await call('/a')).status, (await call('/a')).body], [200, 'open']);
  });
}
