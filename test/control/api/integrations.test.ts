import assert from 'node:assert/strict';
import test from 'node:test';
import type { Input } from '../../../src/control/protocol/operations.ts';
import type { PatchOperation } from '../../../src/control/protocol/patch.ts';
import { refused } from '../../support/control.ts';
import { apiWithMethod, type CoreMethod } from './core.ts';

const lambda =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations';
const s3 = 'arn:aws:apigateway:us-east-1:s3:path/bucket/key';
const sqs = 'arn:aws:apigateway:us-east-1:sqs:action/SendMessage';
const role = 'arn:aws:iam::111122223333:role/gateway';
const http = { type: 'HTTP', integrationHttpMethod: 'GET', uri: 'http://example.com/' } as const;

const mapping = (what: string) =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${what}]`;
const undeclared = (what: string) => mapping(`Invalid mapping expression parameter specified: ${what}`);

const defaults = ({ rootId }: CoreMethod) => ({
  passthroughBehavior: 'WHEN_NO_MATCH',
  timeoutInMillis: 29_000,
  cacheNamespace: rootId,
  cacheKeyParameters: [],
});

type Put = Omit<Input<'PutIntegration'>, 'restApiId' | 'resourceId' | 'httpMethod'>;
const put = ({ call, address }: CoreMethod, given: Put) => call('PutIntegration', { ...address, ...given });
const patched = ({ call, address }: CoreMethod, ...patchOperations: PatchOperation[]) =>
  call('UpdateIntegration', { ...address, patchOperations });

test('integrations: each type has the defaults of the service', async (t) => {
  const core = await apiWithMethod(t);
  const cases: [Put, object][] = [
    [{ type: 'MOCK', integrationHttpMethod: 'GET', uri: 'x' }, { type: 'MOCK' }],
    [http, { type: 'HTTP', httpMethod: 'GET', uri: 'http://example.com/', connectionType: 'INTERNET' }],
    [
      { ...http, type: 'HTTP_PROXY', integrationHttpMethod: 'ANY' },
      { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: 'http://example.com/', connectionType: 'INTERNET' },
    ],
    [
      { type: 'AWS', integrationHttpMethod: 'ANY', uri: s3, credentials: role },
      { type: 'AWS', httpMethod: 'ANY', uri: s3, credentials: role },
    ],
    [
      { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri: lambda },
      { type: 'AWS_PROXY', httpMethod: 'POST', uri: lambda },
    ],
    [
      { type: 'AWS', integrationHttpMethod: 'POST', uri: lambda },
      { type: 'AWS', httpMethod: 'POST', uri: lambda },
    ],
    [
      { type: 'AWS', integrationHttpMethod: 'POST', uri: sqs, credentials: role },
      { type: 'AWS', httpMethod: 'POST', uri: sqs, credentials: role },
    ],
  ];
  for (const [given, shown] of cases) {
    const expected = { ...defaults(core), ...shown };
    assert.deepEqual(await put(core, given), expected);
    assert.deepEqual(await core.call('GetIntegration', core.address), expected);
    assert.deepEqual((await core.call('GetMethod', core.address)).methodIntegration, expected);
  }
});

test('integrations: what is given is kept and shown', async (t) => {
  const core = await apiWithMethod(t, { requestParameters: { 'method.request.header.a': true } });
  const given = {
    type: 'HTTP_PROXY',
    uri: 'https://example.com:8443/{id}',
    connectionType: 'VPC_LINK',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
    connectionId: '${stageVariables.link}',
    requestParameters: {
      'integration.request.path.id': "'7'",
      'integration.request.header.b': 'method.request.header.a',
    },
    requestTemplates: { 'application/json': '#broken(' },
    passthroughBehavior: 'NEVER',
    contentHandling: 'CONVERT_TO_TEXT',
    timeoutInMillis: 50,
    cacheNamespace: 'mine',
    cacheKeyParameters: ['method.request.header.a'],
    tlsConfig: { insecureSkipVerification: true },
    responseTransferMode: 'BUFFERED',
  } as const;
  assert.deepEqual(await put(core, { ...given, integrationHttpMethod: 'PUT' }), {
    ...given,
    httpMethod: 'PUT',
  });
});

test('integrations: those that cannot be are refused in the order and the words of the service', async (t) => {
  const core = await apiWithMethod(t);
  const timeout = 'Timeout should be between 50 ms and 29000 ms';
  const noVerb = 'Enumeration value for HttpMethod must be non-empty';
  const noEndpoint = 'Invalid HTTP endpoint specified for URI';
  const noArn = 'Invalid ARN specified in the request';
  const proxy =
    "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.";
  const cases: [Put, string][] = [
    [{ type: 'HTTP' }, noVerb],
    [{ type: 'AWS', uri: s3, timeoutInMillis: 1 }, noVerb],
    [{ type: 'AWS_PROXY', integrationHttpMethod: '', uri: lambda }, noVerb],
    [{ ...http, uri: 'not-a-url' }, noEndpoint],
    [{ type: 'HTTP_PROXY', integrationHttpMethod: 'ANY' }, noEndpoint],
    [{ ...http, uri: 'http://example.com:81/' }, noEndpoint],
    [{ type: 'AWS', integrationHttpMethod: 'POST', uri: 'http://example.com' }, noArn],
    [
      { type: 'AWS', integrationHttpMethod: 'POST', uri: 'arn:aws:apigateway:us-east-1:s3:bucket' },
      'AWS ARN for integration must contain path or action',
    ],
    [
      { type: 'AWS', integrationHttpMethod: 'POST', uri: role },
      'AWS ARN for integration must contain path or action',
    ],
    [{ type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri: s3 }, proxy],
    [
      { type: 'AWS', integrationHttpMethod: 'POST', uri: s3 },
      'Role ARN must be specified for AWS integrations',
    ],
    [{ type: 'MOCK', timeoutInMillis: 49 }, timeout],
    [{ type: 'MOCK', timeoutInMillis: 29_001 }, timeout],
    [
      { type: 'MOCK', requestParameters: { 'integration.request.header.a': 'true' } },
      mapping('Invalid mapping expression specified: true'),
    ],
    [
      { type: 'MOCK', requestParameters: { 'integration.request.header.a': 'method.request.path.proxy' } },
      undeclared('method.request.path.proxy'),
    ],
    [{ type: 'MOCK', requestParameters: { 'request.header.a': "'x'" } }, undeclared('request.header.a')],
    [
      { type: 'MOCK', requestTemplates: { 123: '{}' } },
      'Validation Result: warnings : [], errors : [Invalid content type specified: 123]',
    ],
    [
      { type: 'MOCK', passthroughBehavior: 'SOMETIMES' },
      'Invalid passthroughBehavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER',
    ],
  ];
  for (const [given, message] of cases) await refused(put(core, given), 'BadRequestException', message);
  const { call, address } = core;
  await refused(
    put(core, { ...http, connectionType: 'VPC_LINK', connectionId: 'nolink' }),
    'NotFoundException',
    'Invalid Vpc Link identifier specified',
  );
  const mock = { ...address, type: 'MOCK' } as const;
  const noMethod = 'Invalid Method identifier specified';
  const noResource = 'Invalid Resource identifier specified';
  const noIntegration = 'Invalid Integration identifier specified';
  await refused(call('PutIntegration', { ...mock, httpMethod: 'GET' }), 'NotFoundException', noMethod);
  await refused(call('PutIntegration', { ...mock, resourceId: 'x' }), 'NotFoundException', noResource);
  await refused(call('GetIntegration', address), 'NotFoundException', noIntegration);
  await refused(call('UpdateIntegration', address), 'NotFoundException', noIntegration);
  await refused(call('DeleteIntegration', address), 'NotFoundException', noIntegration);
});

test('integrations: one put anew has lost its responses, one deleted is gone', async (t) => {
  const core = await apiWithMethod(t);
  const { call, address } = core;
  await call('PutMethodResponse', { ...address, statusCode: '200' });
  await put(core, http);
  await call('PutIntegrationResponse', { ...address, statusCode: '200' });
  assert.deepEqual((await call('GetIntegration', address)).integrationResponses, {
    200: { statusCode: '200' },
  });
  await put(core, http);
  assert.equal((await call('GetIntegration', address)).integrationResponses, undefined);
  assert.equal(await call('DeleteIntegration', address), undefined);
  assert.equal((await call('GetMethod', address)).methodIntegration, undefined);
});

test('integrations: every patch path changes its member', async (t) => {
  const core = await apiWithMethod(t);
  let expected = await put(core, http);
  const parameter = 'integration.request.header.a';
  const cases: [PatchOperation[], object][] = [
    [[{ op: 'replace', path: '/httpMethod', value: 'PUT' }], { httpMethod: 'PUT' }],
    [[{ op: 'replace', path: '/uri', value: 'http://other.example/' }], { uri: 'http://other.example/' }],
    [[{ op: 'replace', path: '/passthroughBehavior', value: 'NEVER' }], { passthroughBehavior: 'NEVER' }],
    [
      [{ op: 'replace', path: '/contentHandling', value: 'CONVERT_TO_BINARY' }],
      { contentHandling: 'CONVERT_TO_BINARY' },
    ],
    [[{ op: 'replace', path: '/contentHandling', value: '' }], { contentHandling: undefined }],
    [[{ op: 'replace', path: '/timeoutInMillis', value: '100' }], { timeoutInMillis: 100 }],
    [[{ op: 'replace', path: '/credentials', value: role }], { credentials: role }],
    [[{ op: 'replace', path: '/cacheNamespace', value: 'n' }], { cacheNamespace: 'n' }],
    [
      [
        { op: 'add', path: '/cacheKeyParameters/method.request.path.a' },
        { op: 'add', path: '/cacheKeyParameters', value: 'method.request.path.b' },
      ],
      { cacheKeyParameters: ['method.request.path.a', 'method.request.path.b'] },
    ],
    [
      [{ op: 'remove', path: '/cacheKeyParameters/method.request.path.a' }],
      { cacheKeyParameters: ['method.request.path.b'] },
    ],
    [
      [{ op: 'replace', path: '/cacheKeyParameters', value: 'method.request.path.c, method.request.path.d' }],
      { cacheKeyParameters: ['method.request.path.c', 'method.request.path.d'] },
    ],
    [[{ op: 'remove', path: '/cacheKeyParameters' }], { cacheKeyParameters: [] }],
    [
      [{ op: 'add', path: `/requestParameters/${parameter}`, value: "'x'" }],
      { requestParameters: { [parameter]: "'x'" } },
    ],
    [
      [{ op: 'replace', path: `/requestParameters/${parameter}`, value: "'y'" }],
      { requestParameters: { [parameter]: "'y'" } },
    ],
    [[{ op: 'remove', path: `/requestParameters/${parameter}` }], { requestParameters: undefined }],
    [
      [{ op: 'add', path: '/requestTemplates/application~1json', value: '{}' }],
      { requestTemplates: { 'application/json': '{}' } },
    ],
    [[{ op: 'remove', path: '/requestTemplates/application~1json' }], { requestTemplates: undefined }],
    [
      [{ op: 'replace', path: '/tlsConfig/insecureSkipVerification', value: 'true' }],
      { tlsConfig: { insecureSkipVerification: true } },
    ],
    [
      [
        { op: 'replace', path: '/connectionType', value: 'VPC_LINK' },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
        { op: 'replace', path: '/connectionId', value: '${stageVariables.link}' },
      ],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
      { connectionType: 'VPC_LINK', connectionId: '${stageVariables.link}' },
    ],
    [[{ op: 'replace', path: '/integrationTarget', value: 'arn:x' }], { integrationTarget: 'arn:x' }],
    [
      [{ op: 'replace', path: '/responseTransferMode', value: 'BUFFERED' }],
      { responseTransferMode: 'BUFFERED' },
    ],
  ];
  for (const [operations, changes] of cases) {
    expected = JSON.parse(JSON.stringify({ ...expected, ...changes }));
    assert.deepEqual(await patched(core, ...operations), expected, JSON.stringify(operations));
  }
  assert.deepEqual(await core.call('GetIntegration', core.address), expected);
});

test('integrations: patches are refused in the words of the service, and change nothing', async (t) => {
  const core = await apiWithMethod(t);
  const replaceOnly = 'Invalid patch operation specified. Must be one of: [replace]';
  const before = await put(core, http);
  const cases: [PatchOperation, string, string][] = [
    [{ op: 'replace', path: '/type', value: 'MOCK' }, 'BadRequestException', 'Invalid patch path /type'],
    [{ op: 'remove', path: '/uri' }, 'BadRequestException', replaceOnly],
    [
      { op: 'replace', path: '/uri', value: 'nowhere' },
      'BadRequestException',
      'Invalid HTTP endpoint specified for URI',
    ],
    [
      { op: 'replace', path: '/httpMethod', value: '' },
      'BadRequestException',
      'Enumeration value for HttpMethod must be non-empty',
    ],
    [
      { op: 'replace', path: '/timeoutInMillis', value: '29001' },
      'BadRequestException',
      'Timeout should be between 50 ms and 29000 ms',
    ],
    [
      { op: 'replace', path: '/timeoutInMillis', value: 'soon' },
      'BadRequestException',
      'Timeout should be between 50 ms and 29000 ms',
    ],
    [
      { op: 'remove', path: '/requestParameters/integration.request.header.a' },
      'NotFoundException',
      'Invalid parameter name specified',
    ],
    [
      { op: 'remove', path: '/requestTemplates/text~1plain' },
      'NotFoundException',
      'Content-Type specified was not found',
    ],
    [
      { op: 'replace', path: '/connectionType', value: 'WIRE' },
      'BadRequestException',
      "Invalid value 'WIRE' specified for /connectionType. Must be one of: [INTERNET, VPC_LINK]",
    ],
  ];
  for (const [operation, type, message] of cases) {
    const first: PatchOperation = { op: 'replace', path: '/cacheNamespace', value: 'changed' };
    await refused(patched(core, first, operation), type, message);
  }
  assert.deepEqual(await core.call('GetIntegration', core.address), before);
  await put(core, { type: 'MOCK' });
  await refused(
    patched(core, { op: 'replace', path: '/uri', value: 'http://example.com' }),
    'BadRequestException',
    'Invalid patch path /uri',
  );
});

test('integrations: targets of AWS are named in every form, and what is streamed may take a quarter of an hour', async (t) => {
  const core = await apiWithMethod(t);
  const aws = 'arn:aws:apigateway:us-east-1:';
  const credentials = role;
  const proxied = { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri: lambda } as const;
  const taken: Put[] = [
    { ...proxied, responseTransferMode: 'STREAM', timeoutInMillis: 900_000 },
    { ...http, type: 'HTTP_PROXY', responseTransferMode: 'STREAM', timeoutInMillis: 29_001 },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
    { ...proxied, uri: lambda.replace(':function:', ':function:${stageVariables.fn}-') },
    { ...proxied, uri: `${aws}firehose:action/PutRecord`, credentials },
    ...[
      's3:path/{bucket}/{key}',
      '{bucket}.s3:path/{key}',
      'sqs:action/SendMessage&Version=2012-11-05',
      'dynamodb:action/PutItem',
      'my-bucket.s3:path/x',
    ].map((target): Put => ({ type: 'AWS', integrationHttpMethod: 'POST', uri: aws + target, credentials })),
    { type: 'AWS', integrationHttpMethod: 'POST', uri: lambda },
  ];
  for (const one of taken) assert.equal((await put(core, one)).uri, one.uri, one.uri);
  const badRequest = 'BadRequestException';
  await refused(
    put(core, { ...proxied, responseTransferMode: 'STREAM', timeoutInMillis: 900_001 }),
    badRequest,
    'Timeout should be between 50 ms and 900000 ms',
  );
  await refused(
    put(core, {
      type: 'AWS',
      integrationHttpMethod: 'POST',
      uri: lambda,
      responseTransferMode: 'STREAM',
    }),
    badRequest,
    'Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations',
  );
});
