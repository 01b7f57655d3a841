// What AWS integrations send, seen by a server that answers as the test says; and what the client gets when they fail.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  canonicalRequest,
  isRefusal,
  readSignature,
  SigningKeys,
  s3Form,
  sdkForm,
  sha256Hex,
  stringToSign,
} from '../../src/base/sigv4/index.ts';
import { signatureOf } from '../../src/base/sigv4/signing-keys.ts';
import { noBackends, type ServiceEndpoint } from '../../src/resources/index.ts';
import { api, type MethodSpec } from '../support/api.ts';
import { type Received, startBackend, startRawBackend } from '../support/backend.ts';
import { type CallOptions, startTestGateway } from '../support/gateway.ts';

const role = 'arn:aws:iam::123456789012:role/gateway';
const keys = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'not a real key',
  sessionToken: 'a session',
};
const internal = '{"message": "Internal server error"}';

interface Setting {
  readonly method?: Partial<MethodSpec>;
  readonly endpoint?: (authority: string) => Partial<ServiceEndpoint> & { readonly endpoint: string };
  readonly reply?: {
    readonly status?: number;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  };
  readonly variables?: Readonly<Record<string, string>>;
}

/** One method `ANY /x/{p+}` in front of services that all live at one server. */
async function serve(
  t: TestContext,
  uri: string,
  more: Partial<MethodSpec['integration']> = {},
  { method, endpoint, reply = {}, variables = {} }: Setting = {},
) {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(reply.status ?? 200, reply.headers ?? { 'content-type': 'application/json' });
    response.end(reply.body ?? '{}');
  });
  const service = /^(?:.*\.)?([a-z0-9-]+):/.exec(uri)![1]!;
  const gateway = await startTestGateway(
    t,
    [
      {
        definition: api({
          'ANY /x/{p+}': {
            integration: {
              type: 'AWS',
              httpMethod: 'POST',
              credentials: role,
              uri: uri.startsWith('arn:') ? uri : `arn:aws:apigateway:eu-west-1:${uri}`,
              ...more,
            },
            responses: { 200: {} },
            ...method,
          },
        }),
        stage: { variables, methodSettings: { '*/*': { loggingLevel: 'INFO' } } },
      },
    ],
    {
      published: {
        backends: {
          ...noBackends,
          services: [
            {
              service,
              signingName: null,
              ...(endpoint?.(backend.authority) ?? { endpoint: `http://${backend.authority}` }),
            },
          ],
          roles: [{ roleArn: role, ...keys }],
        },
      },
    },
  );
  const logText = async (): Promise<string> => {
    await gateway.gateway.drain(100);
    const file = 'logs/API-Gateway-Execution-Logs_testapi001/test.log';
    return readFileSync(path.join(gateway.dataDir, file), 'utf8');
  };
  return { backend, logText, ...gateway };
}

const post = (body: string, type = 'application/json'): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

/** The signature is what its own scope and the role's key give, of the request as it arrived. */
function assertSigned(received: Received, scope: string, form = sdkForm): void {
  const [pathname = '', query = ''] = received.url.split('?');
  const headers = received.rawHeaders.map((text, i) =>
    i % 2 === 0 ? text.toLowerCase() : Buffer.from(text, 'latin1').toString(),
  );
  const parts = { method: received.method, path: pathname, query, headers };
  const signature = readSignature(parts);
  assert.ok(!isRefusal(signature), JSON.stringify(signature));
  const { signedHeaders, timestamp } = signature;
  const [region = '', service = ''] = scope.split('/');
  const date = timestamp.slice(0, 8);
  const key = new SigningKeys().keyFor(keys.secretAccessKey, { date, region, service });
  const canonical = canonicalRequest(parts, form, signedHeaders, sha256Hex(received.body));
  const text = stringToSign(timestamp, `${date}/${scope}/aws4_request`, canonical);
  assert.equal(signature.signature, signatureOf(key, text));
  assert.equal(received.headers['x-amz-security-token'], keys.sessionToken);
  assert.ok(signedHeaders.split(';').includes('x-amz-security-token'));
}

test('AWS call: a JSON-target action is a signed POST with its target and the default fields', async (t) => {
  const { backend, call } = await serve(t, 'dynamodb:action/PutItem');
  await call('/x/1', {
    ...post('{"n":"\u00e9"}'),
    headers: { 'content-type': 'application/json', 'x-mine': 'no' },
  });
  const received = backend.last();
  const {
    authorization,
    'x-amz-date': date,
    'x-amzn-trace-id': trace,
    connection: _,
    ...rest
  } = received.headers;
  assert.deepEqual(
    [received.method, received.url, received.body.toString()],
    ['POST', '/', '{"n":"\u00e9"}'],
  );
  assert.match(String(trace), /^Root=1-/);
  assert.match(String(date), /^\d{8}T\d{6}Z$/);
  assert.match(
    String(authorization),
    /SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,/,
  );
  assert.deepEqual(rest, {
    accept: 'application/json',
    'user-agent': 'AmazonAPIGateway_testapi001',
    host: backend.authority,
    'x-amzn-apigateway-api-id': 'testapi001',
    'x-amz-target': 'DynamoDB_20120810.PutItem',
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-security-token': 'a session',
    'content-length': '10',
  });
  assertSigned(received, 'eu-west-1/dynamodb');
});

interface Case {
  readonly uri: string;
  readonly integration?: Partial<MethodSpec['integration']>;
  readonly target?: string;
  readonly options?: CallOptions;
  readonly setting?: Setting;
  /** Method, URL, Content-Type, X-Amz-Target, body. */
  readonly sent: readonly (string | undefined)[];
  readonly scope: string;
}

const form = 'application/x-www-form-urlencoded';
const map = (location: string, source: string) => ({ [`integration.request.${location}`]: source });

const cases: readonly Case[] = [
  {
    uri: 'events:action/PutEvents',
    integration: { requestParameters: map('header.X-Amz-Target', "'AWSEvents.PutRule'") },
    options: post('{}'),
    sent: ['POST', '/', 'application/x-amz-json-1.1', 'AWSEvents.PutRule', '{}'],
    scope: 'eu-west-1/events',
  },
  {
    uri: 'streams.dynamodb:action/ListStreams',
    options: post('{}'),
    sent: ['POST', '/', 'application/x-amz-json-1.0', 'DynamoDBStreams_20120810.ListStreams', '{}'],
    scope: 'eu-west-1/dynamodb',
  },
  {
    uri: 'sqs:action/SendMessage&QueueUrl={url}&Version=1',
    integration: {
      requestParameters: {
        ...map('path.url', "'http://q/1/a b'"),
        ...map('querystring.MessageBody', 'method.request.body'),
      },
    },
    options: post('a=1&b c*'),
    sent: [
      'POST',
      '/',
      form,
      undefined,
      'Action=SendMessage&QueueUrl=http%3A%2F%2Fq%2F1%2Fa+b&Version=1&MessageBody=a%3D1%26b+c%2A&a=1&b c*',
    ],
    scope: 'eu-west-1/sqs',
  },
  {
    uri: 'sns:action/Publish',
    integration: { requestParameters: map('querystring.Message', "'hi'") },
    options: post('{"ignored":true}'),
    sent: ['POST', '/', form, undefined, 'Action=Publish&Version=2010-03-31&Message=hi'],
    scope: 'eu-west-1/sns',
  },
  {
    uri: 'sns:action/Publish',
    integration: {
      requestParameters: {
        ...map('querystring.Message', "'hi'"),
        ...map('header.Content-Type', "'application/json'"),
      },
    },
    options: post('{}'),
    sent: ['POST', '/?Action=Publish&Version=2010-03-31&Message=hi', 'application/json', undefined, '{}'],
    scope: 'eu-west-1/sns',
  },
  {
    uri: 'sqs:action/SendMessage',
    integration: {
      httpMethod: 'GET',
      requestParameters: {
        ...map('querystring.b', "'1 + 1'"),
        ...map('querystring.a', 'method.request.multivaluequerystring.v'),
      },
    },
    target: '/x/1?v=2&v=%C3%A9',
    sent: [
      'GET',
      '/?Action=SendMessage&Version=2012-11-05&b=1%20%2B%201&a=2&a=%C3%A9',
      undefined,
      undefined,
      '',
    ],
    scope: 'eu-west-1/sqs',
  },
  {
    uri: 'unknown:action/Do',
    integration: { httpMethod: 'GET' },
    sent: ['GET', '/?Action=Do', undefined, undefined, ''],
    scope: 'eu-west-1/unknown',
  },
  {
    uri: 'email:action/SendEmail',
    integration: { requestTemplates: { 'application/json': 'Action=SendEmail&Version=2&Source=a%40b' } },
    options: post('{}'),
    sent: ['POST', '/', form, undefined, 'Action=SendEmail&Version=2&Source=a%40b'],
    scope: 'eu-west-1/ses',
  },
  {
    uri: 'iam:action/ListUsers',
    integration: { httpMethod: 'GET' },
    sent: ['GET', '/?Action=ListUsers&Version=2010-05-08', undefined, undefined, ''],
    scope: 'us-east-1/iam',
  },
  {
    uri: 'iot:path/topics/a:b/{p}?qos=1',
    integration: { requestParameters: map('path.p', 'method.request.path.p') },
    target: '/x/c%20d/e',
    options: post('{}'),
    setting: {
      endpoint: (authority) => ({ endpoint: `http://${authority}/base/{region}/`, signingName: 'iotdata' }),
    },
    sent: ['POST', '/base/eu-west-1/topics/a%3Ab/c%20d/e?qos=1', 'application/json', undefined, '{}'],
    scope: 'eu-west-1/iotdata',
  },
  {
    uri: `arn:aws:apigateway::\${stageVariables.service}:action/ListTables`,
    options: post('{}'),
    setting: {
      variables: { service: 'dynamodb' },
      endpoint: (authority) => ({ service: 'dynamodb', endpoint: `http://${authority}` }),
    },
    sent: ['POST', '/', 'application/x-amz-json-1.0', 'DynamoDB_20120810.ListTables', '{}'],
    scope: 'us-east-1/dynamodb',
  },
  {
    uri: 'lambda:path/2015-03-31/functions/',
    integration: { httpMethod: 'ANY' },
    options: { method: 'GET' },
    sent: ['GET', '/2015-03-31/functions/', undefined, undefined, ''],
    scope: 'eu-west-1/lambda',
  },
  {
    uri: 'kms:path//',
    integration: {
      requestParameters: {
        ...map('header.X-Amz-Target', "'TrentService.ListKeys'"),
        ...map('header.Content-Type', "'application/x-amz-json-1.1'"),
        ...map('header.X-Amz-Date', "'20000101T000000Z'"),
        ...map('header.Via', "'1.1 somebody'"),
      },
    },
    options: post('{}'),
    sent: ['POST', '/', 'application/x-amz-json-1.1', 'TrentService.ListKeys', '{}'],
    scope: 'eu-west-1/kms',
  },
];

for (const { uri, integration, target, options, setting, sent, scope } of cases) {
  test(`AWS call: ${uri} by ${sent[0]} sends ${sent[1]} and ${sent[4] || 'no body'}`, async (t) => {
    const { backend, call } = await serve(t, uri, integration, setting);
    assert.equal((await call(target ?? '/x/1', options)).status, 200);
    const received = backend.last();
    const { method, url, headers, body } = received;
    assert.deepEqual([method, url, headers['content-type'], headers['x-amz-target'], body.toString()], sent);
    assert.equal(headers.via, undefined);
    assertSigned(received, scope);
  });
}

test('AWS call: S3 is signed as S3 wants it, with any key', async (t) => {
  const { backend, call } = await serve(t, 's3:path/b/{key}', {
    httpMethod: 'PUT',
    requestParameters: {
      ...map('path.key', 'method.request.path.p'),
      ...map('header.x-amz-meta-name', 'method.request.querystring.name'),
    },
  });
  await call("/x/a%2Fb//c%20+~'()?name=Zo%C3%AB%20%20x", { ...post('bytes', 'text/plain'), method: 'PUT' });
  const received = backend.last();
  assert.equal(received.url, '/b/a/b//c%20%2B~%27%28%29');
  assert.equal(received.headers['x-amz-content-sha256'], sha256Hex('bytes'));
  assert.equal(received.headers['content-type'], 'text/plain');
  assertSigned(received, 'eu-west-1/s3', s3Form);
});

test('AWS call: a bucket before S3’s host becomes a path where the endpoint is not AWS', async (t) => {
  const { backend, call } = await serve(t, '{bucket}.s3:path/{key}', {
    httpMethod: 'GET',
    requestParameters: { ...map('path.bucket', 'method.request.path.p'), ...map('path.key', "'k'") },
  });
  await call('/x/My-bucket.example');
  assert.equal(backend.last().url, '/my-bucket.example/k');
  assertSigned(backend.last(), 'eu-west-1/s3', s3Form);
  const climbing = await call('/x/a%2F..%2Fb');
  assert.deepEqual([climbing.status, climbing.body, backend.received.length], [500, internal, 1]);
});

test('AWS call: a sub-domain that cannot stand before an address is told by the Host field', async (t) => {
  const { backend, call } = await serve(t, 'abc.execute-api:path/test', { httpMethod: 'GET' });
  await call('/x/1');
  assert.equal(backend.last().headers.host, 'abc.execute-api.eu-west-1.amazonaws.com');
  assertSigned(backend.last(), 'eu-west-1/execute-api');
});

test('AWS call: an endpoint that has its sub-domain in its name is called as it is', async (t) => {
  const { backend, call } = await serve(
    t,
    'runtime.sagemaker:path/endpoints/e/invocations',
    {},
    {
      endpoint: (authority) => ({ service: 'runtime.sagemaker', endpoint: `http://${authority}` }),
    },
  );
  await call('/x/1', post('{}'));
  assert.equal(backend.last().headers.host, backend.authority);
  assertSigned(backend.last(), 'eu-west-1/sagemaker');
});

test('AWS call: the status selects the response, fields and the request id of the service can be read', async (t) => {
  const { call } = await serve(
    t,
    'dynamodb:action/GetItem',
    {},
    {
      reply: {
        status: 400,
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'of the service' },
        body: '{"__type":"a#ResourceNotFoundException","message":"none"}',
      },
      method: {
        responses: {
          200: {},
          '404:4\\d{2}': {
            responseParameters: {
              'method.response.header.X-Id': 'integration.response.header.x-amzn-RequestId',
            },
            responseTemplates: {
              'application/json': "$input.path('$.message') $context.awsEndpointRequestId",
            },
          },
        },
      },
    },
  );
  const { status, body, headers } = await call('/x/1', post('{}'));
  assert.deepEqual([status, body, headers['x-id']], [404, 'none of the service', 'of the service']);
  assert.match(String(headers['x-amzn-trace-id']), /^Root=/);
});

const published =
  '<?xml version="1.0"?>\n<PublishResponse xmlns="http://sns"><PublishResult><MessageId>7 &amp; 8</MessageId><SequenceNumber/></PublishResult></PublishResponse>\n';

test('AWS call: XML of a Query service is JSON for the templates, unless XML was asked for', async (t) => {
  const reply = { headers: { 'content-type': 'text/xml' }, body: published };
  const asked = await serve(t, 'sns:action/Publish', {}, { reply });
  const json = '{"PublishResponse":{"PublishResult":{"MessageId":"7 & 8","SequenceNumber":null}}}';
  assert.equal((await asked.call('/x/1', post(''))).body, json);
  const requestParameters = map('header.Accept', "'application/xml'");
  const plain = await serve(t, 'sns:action/Publish', { requestParameters }, { reply });
  assert.equal((await plain.call('/x/1', post(''))).body, published);
  const other = await serve(t, 'ec2:action/DescribeInstances', {}, { reply });
  assert.equal((await other.call('/x/1', post(''))).body, published);
});

const refusals: readonly [
  what: string,
  uri: string,
  more: Partial<MethodSpec['integration']>,
  log: string,
][] = [
  [
    'no credentials',
    'sqs:action/ListQueues',
    { credentials: '' },
    'The integration has no credentials for service "sqs": set "credentials" to the ARN of a role',
  ],
  [
    'the caller’s credentials',
    'sqs:action/ListQueues',
    { credentials: 'arn:aws:iam::*:user/*' },
    'Credentials of the caller are wanted, and nobody has signed: set the authorization type of the method to AWS_IAM',
  ],
  [
    'a role that has no keys',
    'sqs:action/ListQueues',
    { credentials: `${role}2` },
    `Role "${role}2" has no keys: name it in the setting "roles", or let a role of the account trust apigateway.amazonaws.com`,
  ],
  ['a path without its value', 's3:path/{bucket}', {}, 'Invalid endpoint address'],
  [
    'an ARN that is none',
    'arn:aws:s3:::bucket',
    {},
    'Invalid ARN specified in the request: "arn:aws:s3:::bucket"',
  ],
  ['an action that is none', 'sqs:action/{x}', {}, '"{x}" names no action of service "sqs"'],
  ...['Authorization', 'Connection', 'Expect', 'Proxy-Authenticate', 'TE'].map(
    (name): [string, string, object, string] => [
      `a mapping of ${name}`,
      'sqs:action/ListQueues',
      { requestParameters: map(`header.${name}`, "'x'") },
      `a mapping sets header "${name.toLowerCase()}", which only the gateway may set`,
    ],
  ),
];

for (const [what, uri, more, log] of refusals) {
  test(`AWS call: ${what} answers 500, calls nobody and tells why`, async (t) => {
    const { backend, call, logText } = await serve(t, uri, more);
    const { status, body } = await call('/x/1', post('{}'));
    assert.deepEqual([status, body, backend.received.length], [500, internal, 0]);
    assert.ok((await logText()).includes(`Execution failed due to configuration error: ${log}\n`));
  });
}

test('AWS call: a service without an endpoint answers 500 and the log names the setting', async (t) => {
  const endpoint = (authority: string) => ({ service: 'other', endpoint: `http://${authority}` });
  const { call, logText } = await serve(t, 'sqs:action/ListQueues', {}, { endpoint });
  assert.equal((await call('/x/1', post('{}'))).status, 500);
  assert.match(await logText(), /Service "sqs" has no endpoint: name it in the setting "services"/);
});

test('AWS call: a service that cannot be reached answers 500, a slow one 504', async (t) => {
  const down = await serve(
    t,
    'sqs:action/ListQueues',
    {},
    {
      endpoint: () => ({ endpoint: 'http://127.0.0.1:1' }),
    },
  );
  const refused = await down.call('/x/1', post('{}'));
  assert.deepEqual([refused.status, refused.body], [500, internal]);
  const silent = await startRawBackend(t, () => {});
  const slow = await serve(
    t,
    'sqs:action/ListQueues',
    { timeoutInMillis: 50 },
    {
      endpoint: () => ({ endpoint: `http://${silent}` }),
    },
  );
  const late = await slow.call('/x/1', post('{}'));
  assert.deepEqual([late.status, late.body], [504, '{"message": "Endpoint request timed out"}']);
});

test('AWS call: the log tells where a call went and never the keys', async (t) => {
  const { call, logText, backend } = await serve(t, 'sqs:action/ListQueues');
  await call('/x/1', post('{}'));
  const text = await logText();
  assert.ok(text.includes(`Sending request to http://${backend.authority}/\n`));
  assert.match(text, /Received response\. Status: 200, Integration latency: \d+ ms/);
  for (const secret of [keys.secretAccessKey, keys.sessionToken]) assert.ok(!text.includes(secret));
});

test('AWS call: endpoints and keys that change are used by the next call, without a deployment', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('{}'));
  const definition = api({
    'GET /a': {
      integration: {
        type: 'AWS',
        httpMethod: 'GET',
        credentials: role,
        uri: 'arn:aws:apigateway:us-east-1:sqs:action/ListQueues',
      },
      responses: { 200: {} },
    },
  });
  const published = { backends: { ...noBackends } };
  const { call, publish } = await startTestGateway(t, [{ definition }], { published });
  assert.equal((await call('/a')).status, 500);
  const services = [{ service: 'sqs', endpoint: `http://${backend.authority}`, signingName: null }];
  Object.assign(published.backends, { services, roles: [{ roleArn: role, ...keys, sessionToken: null }] });
  await publish({ definition });
  assert.equal((await call('/a')).status, 200);
  assert.equal(backend.last().headers['x-amz-security-token'], undefined);
});
