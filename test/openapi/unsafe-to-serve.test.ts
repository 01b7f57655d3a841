import assert from 'node:assert/strict';
import test from 'node:test';
import { problemsText, unsafeToServe } from '../../src/control/openapi/index.ts';
import { isAllowAll } from '../../src/resources/resource-policy.ts';
import { brief, documentWithGet, importText } from './support.ts';

const integration =
  'x-amazon-apigateway-integration: { type: http_proxy, httpMethod: GET, uri: "http://h/" }';

function refused(text: string, options = {}): string[] {
  const { definition, sourceMap } = importText(text, options);
  return unsafeToServe(definition!, sourceMap).map(brief);
}

const schemes = `components:
  securitySchemes:
    key: { type: apiKey, name: x-api-key, in: header }
    iam: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4 }
    users: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: { type: token, authorizerUri: "arn:x" } }
`;

test('openapi: an open API is safe to serve', () => {
  assert.deepEqual(refused(documentWithGet(integration)), []);
});

test('openapi: a method whose authorizer is not there is refused, with the fix', () => {
  const { definition } = importText(
    `${documentWithGet(`security: [{ users: [] }]\n${integration}`)}${schemes}`,
  );
  const problems = unsafeToServe({ ...definition!, authorizers: [] });
  assert.equal(
    problemsText(problems, 'api.yaml'),
    'api.yaml: error: Method "GET /a" is protected by CUSTOM, which this release does not run: serving it would leave it open\n' +
      '    fix: take the method out of this API, or set its security to [] if it may be open\n',
  );
});

test('openapi: tokens of user pools are safe to serve', () => {
  const pool = `    users: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: cognito_user_pools, x-amazon-apigateway-authorizer: { type: cognito_user_pools, providerARNs: ["arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_a"] } }\n`;
  const text = `${documentWithGet(`security: [{ users: [] }]\n${integration}`)}${schemes.replace(/ {4}users:.*\n/, pool)}`;
  assert.deepEqual(refused(text), []);
});

test('openapi: signatures, functions as authorizers, API keys and resource policies are safe to serve', () => {
  const statement =
    '{ Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/prod/GET/*", Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }';
  const texts = [
    `${documentWithGet(`security: [{ iam: [] }]\n${integration}`)}${schemes}`,
    `${documentWithGet(`security: [{ users: [] }, { key: [] }]\n${integration}`)}${schemes}`,
    documentWithGet(`x-amazon-apigateway-auth: { type: aws_iam }\n${integration}`),
    `${documentWithGet(integration)}x-amazon-apigateway-policy: { Version: "2012-10-17", Statement: [${statement}] }\n`,
  ];
  for (const text of texts) assert.deepEqual(refused(text), [], text);
});

test('openapi: a policy that cannot be evaluated, and a private API without one, are refused', () => {
  const broken = `${documentWithGet(integration)}x-amazon-apigateway-policy: { Statement: [] }\n`;
  assert.deepEqual(refused(broken), [
    '7:1 error The resource policy cannot be evaluated: The policy has no Statement',
  ]);
  assert.deepEqual(refused(documentWithGet(integration), { endpointTypes: ['PRIVATE'] }), [
    '2:1 error A PRIVATE API without a resource policy lets nobody in',
  ]);
});

test('openapi: integrations of AWS services, functions and VPC links are safe to serve', () => {
  for (const members of [
    'type: aws, httpMethod: POST, credentials: "arn:aws:iam::1:role/x", uri: "arn:aws:apigateway:r:sqs:action/X"',
    'type: aws_proxy, httpMethod: POST, uri: "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:f/invocations"',
    'type: http_proxy, httpMethod: GET, uri: "http://h/", connectionType: vpc_link, connectionId: abc',
  ])
    assert.deepEqual(
      refused(documentWithGet(`x-amazon-apigateway-integration: { ${members} }`)),
      [],
      members,
    );
});

test('openapi: a proxy integration of Firehose is refused, because nobody knows what it sends', () => {
  const members =
    'type: aws_proxy, httpMethod: POST, credentials: "arn:aws:iam::1:role/x", uri: "arn:aws:apigateway:r:firehose:action/PutRecord"';
  assert.deepEqual(refused(documentWithGet(`x-amazon-apigateway-integration: { ${members} }`)), [
    '6:7 error Method "GET /a": a proxy integration of Firehose is not served by this release',
  ]);
});

test('openapi: a VPC link of an integration that is no HTTP is refused, a load balancer beside it a notice', () => {
  const link = 'connectionType: vpc_link, connectionId: abc';
  const aws = `type: aws, httpMethod: POST, credentials: "arn:aws:iam::1:role/x", uri: "arn:aws:apigateway:r:sqs:action/X", ${link}`;
  const http = `type: http, httpMethod: GET, uri: "http://h/", integrationTarget: "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/a/b", ${link}`;
  const cases = [
    [aws, '6:7 error Method "GET /a": a VPC link is not served for integrations of type AWS'],
    [
      http,
      '6:7 notice Method "GET /a": integrationTarget is kept; the targets of the VPC link itself are called',
    ],
  ];
  for (const [members, expected] of cases)
    assert.deepEqual(refused(documentWithGet(`x-amazon-apigateway-integration: { ${members} }`)), [expected]);
});

test("openapi: the caller's credentials are a notice, because no integration calls with them", () => {
  const members =
    'type: aws, httpMethod: POST, credentials: "arn:aws:iam::*:user/*", uri: "arn:aws:apigateway:r:sqs:action/X"';
  assert.deepEqual(refused(documentWithGet(`x-amazon-apigateway-integration: { ${members} }`)), [
    `6:7 notice Method "GET /a": the caller's credentials are kept, but integrations do not call in the name of callers: calls answer 500`,
  ]);
});

test('openapi: what is kept without effect is a notice', () => {
  const text = documentWithGet(
    'parameters: [{ name: q, in: query }]\nx-amazon-apigateway-integration: { type: http_proxy, httpMethod: GET, uri: "http://h/", credentials: "arn:aws:iam::1:role/x", cacheKeyParameters: [method.request.querystring.q] }',
  );
  const root =
    'x-amazon-apigateway-security-policy: TLS_1_2\nx-amazon-apigateway-minimum-compression-size: 0\nx-amazon-apigateway-endpoint-configuration: { disableExecuteApiEndpoint: true }\n';
  assert.deepEqual(refused(`${text}${root}`), [
    '2:1 notice The default endpoint is disabled: the API is reached through custom domain names alone',
    '2:1 notice The security policy "TLS_1_2" is kept; TLS is what the listener is configured for',
    '7:7 notice Method "GET /a": cacheKeyParameters are kept, but this release does not cache',
    '7:7 notice Method "GET /a": credentials are kept, but HTTP and MOCK integrations do not use them',
  ]);
});

test('openapi: only a policy that lets everyone call everything counts as open', () => {
  const allow = { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' };
  const cases: [object, boolean][] = [
    [allow, true],
    [
      { ...allow, Principal: { AWS: '*' }, Action: ['execute-api:*'], Resource: ['execute-api:/*/*/*'] },
      true,
    ],
    [{ ...allow, Resource: 'arn:aws:execute-api:us-east-1:123456789012:abc/*' }, true],
    [{ ...allow, Resource: 'arn:aws:execute-api:us-east-1:123456789012:*' }, true],
    [{ ...allow, Resource: '*' }, true],
    [{ ...allow, Effect: 'Deny' }, false],
    [{ ...allow, Principal: { AWS: 'arn:aws:iam::1:root' } }, false],
    [{ ...allow, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }, false],
    [{ ...allow, Resource: 'execute-api:/prod/*' }, false],
    [{ ...allow, Resource: 'execute-api:/*/GET/pets' }, false],
    [{ ...allow, Resource: 'arn:aws:execute-api:us-east-1:123456789012:other/*' }, false],
    [{ ...allow, Action: 'execute-api:ManageConnections' }, false],
    [{ Effect: 'Allow', NotPrincipal: '*', Action: '*', Resource: '*' }, false],
    [{}, false],
  ];
  for (const [statement, expected] of cases) {
    const text = JSON.stringify({ Statement: [statement] });
    assert.equal(isAllowAll(text, 'abc'), expected, text);
    assert.equal(isAllowAll(JSON.stringify({ Statement: [allow, statement] }), 'abc'), expected, text);
  }
  for (const text of ['', '{}', '{"Statement":[]}', 'null', '[]', '{"Statement":[null]}'])
    assert.equal(isAllowAll(text, 'abc'), false);
});
