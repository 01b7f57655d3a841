// The event that a proxy function gets. See data-plane reference, sections 6.2, 11.3 and 14.

import assert from 'node:assert/strict';
import test from 'node:test';
import { api } from '../support/api.ts';
import {
  done,
  ending,
  functionArn,
  type ProxyEvent,
  proxy,
  startFunctionsGateway,
  streamed,
} from '../support/functions-gateway.ts';

/** Keys of the reference's example, at every depth, in its order. */
const exampleKeys = [
  'resource',
  'path',
  'httpMethod',
  'headers',
  'multiValueHeaders',
  'queryStringParameters',
  'multiValueQueryStringParameters',
  'pathParameters',
  'stageVariables',
  'requestContext',
  'body',
  'isBase64Encoded',
];
const contextKeys = [
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
];

test('function event: it has the keys of the example, in its order, with the values of the request', async (t) => {
  const gateway = await startFunctionsGateway(t, { 'POST /pets/{id}': proxy() });
  const answer = await gateway.call('/pets/7?t=a&t=b', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'x',
      'x-amzn-requestid': '11111111-2222-3333-4444-555555555555',
    },
    body: '{"a":1}',
  });
  const { event } = gateway.functions;
  const { headers, multiValueHeaders, requestContext } = event;
  assert.deepEqual(Object.keys(event), exampleKeys);
  assert.deepEqual(Object.keys(requestContext), contextKeys);

  const trace = headers!['X-Amzn-Trace-Id']!;
  assert.match(trace, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  const expected = {
    'Content-Type': 'application/json',
    Host: `127.0.0.1:${gateway.port}`,
    'User-Agent': 'x',
    'X-Amzn-Requestid': '11111111-2222-3333-4444-555555555555',
    'X-Amzn-Trace-Id': trace,
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Port': String(gateway.port),
    'X-Forwarded-Proto': 'http',
  };
  assert.deepEqual(Object.entries(headers!), Object.entries(expected));
  assert.deepEqual(
    Object.entries(multiValueHeaders!),
    Object.entries(expected).map(([name, value]) => [name, [value]]),
  );
  const { requestTime, requestTimeEpoch, identity, ...context } = requestContext;
  assert.match(requestTime as string, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  assert.equal(typeof requestTimeEpoch, 'number');
  assert.deepEqual(context, {
    resourceId: 'res0000002',
    resourcePath: '/pets/{id}',
    httpMethod: 'POST',
    extendedRequestId: answer.headers['x-amz-apigw-id'],
    path: '/test/pets/7',
    accountId: '123456789012',
    protocol: 'HTTP/1.1',
    stage: 'test',
    domainPrefix: 'testapi001',
    requestId: '11111111-2222-3333-4444-555555555555',
    domainName: 'testapi001.execute-api.us-east-1.localhost',
    deploymentId: 'dep001',
    apiId: 'testapi001',
  });
  assert.deepEqual(Object.entries(identity as object), [
    ['cognitoIdentityPoolId', null],
    ['accountId', null],
    ['cognitoIdentityId', null],
    ['caller', null],
    ['sourceIp', '127.0.0.1'],
    ['principalOrgId', null],
    ['accessKey', null],
    ['cognitoAuthenticationType', null],
    ['cognitoAuthenticationProvider', null],
    ['userArn', null],
    ['userAgent', 'x'],
    ['user', null],
  ]);
  assert.deepEqual(
    {
      resource: event.resource,
      path: event.path,
      httpMethod: event.httpMethod,
      query: event.queryStringParameters,
      allQuery: event.multiValueQueryStringParameters,
      pathParameters: event.pathParameters,
      stageVariables: event.stageVariables,
      body: event.body,
      isBase64Encoded: event.isBase64Encoded,
    },
    {
      resource: '/pets/{id}',
      path: '/pets/7',
      httpMethod: 'POST',
      query: { t: 'b' },
      allQuery: { t: ['a', 'b'] },
      pathParameters: { id: '7' },
      stageVariables: null,
      body: '{"a":1}',
      isBase64Encoded: false,
    },
  );
});

test('function event: what is absent is null', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /': proxy() });
  await call('/?&');
  const { event } = functions;
  assert.deepEqual(
    [
      event.queryStringParameters,
      event.multiValueQueryStringParameters,
      event.pathParameters,
      event.stageVariables,
      event.body,
      event.isBase64Encoded,
    ],
    [null, null, null, null, null, false],
  );
});

test('function event: the rare members of its context follow the others', async (t) => {
  const definition = api({ 'GET /x': { ...proxy(), operationName: 'getX' } });
  const { call, functions } = await startFunctionsGateway(t, [
    { definition, canary: { definition, percentTraffic: 0 }, stage: { variables: { ver: 'a"b' } } },
  ]);
  await call('/x');
  const context = functions.event.requestContext;
  assert.deepEqual(Object.entries(context).slice(-3), [
    ['apiId', 'testapi001'],
    ['operationName', 'getX'],
    ['isCanaryRequest', false],
  ]);
  assert.deepEqual(functions.event.stageVariables, { ver: 'a"b' });
});

test('function event: fields have their customary spelling, repeated ones their last and all values, and hop-by-hop ones are missing', async (t) => {
  const { call, functions, port } = await startFunctionsGateway(t, { 'GET /x': proxy() });
  await call('/x', {
    headers: {
      AUTHORIZATION: 'Bearer t',
      dnt: '1',
      'x-api-key': 'k',
      'x-b': Buffer.from('aé"\\').toString('latin1'),
      'max-forwards': '3',
      te: 'trailers',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'https',
      'x-amzn-trace-id': 'Root=1-65937ae5-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1',
    },
  });
  assert.deepEqual(functions.event.headers, {
    Authorization: 'Bearer t',
    DNT: '1',
    Host: `127.0.0.1:${port}`,
    'X-Amzn-Trace-Id': 'Root=1-65937ae5-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1',
    'X-Api-Key': 'k',
    'X-B': 'aé"\\',
    'X-Forwarded-For': '192.0.2.1, 127.0.0.1',
    'X-Forwarded-Port': String(port),
    'X-Forwarded-Proto': 'http',
  });
  await call('/x', {
    headers: { accept: '*/*', 'x-two': ['b', 'a'] as never, authorization: 'AWS4-HMAC-SHA256 x' },
  });
  const { headers, multiValueHeaders } = functions.event as ProxyEvent;
  assert.equal(headers!['X-Two'], 'a');
  assert.deepEqual(multiValueHeaders!['X-Two'], ['b', 'a']);
  assert.equal(headers!.Authorization, undefined);
});

const paths: readonly [sent: string, path: string, contextPath: string, proxyValue: string][] = [
  ['/a%2Fb+c%2B', '/a%2Fb+c%2B', '/test/a%2Fb+c%2B', 'a%2Fb+c%2B'],
  ['/a/b/', '/a/b/', '/test/a/b/', 'a/b'],
  ['//a', '/a', '/test//a', 'a'],
  ['/a//b', '/a//b', '/test/a//b', 'a//b'],
  ['/%22', '/%22', '/test/%22', '%22'],
];
test('function event: a path is not decoded', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /{proxy+}': proxy() });
  for (const [sent, expected, contextPath, value] of paths)
    await t.test(sent, async () => {
      await call(sent);
      const { path, requestContext, pathParameters } = functions.event;
      assert.deepEqual(
        [path, requestContext.path, pathParameters],
        [expected, contextPath, { proxy: value }],
      );
    });
});

test('function event: a query is decoded once', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /x': proxy() });
  await call('/x?a=1+2%2B&b&a=%E4%B8%AD&__proto__=p&%22=%5C');
  assert.deepEqual(
    Object.entries(functions.event.multiValueQueryStringParameters!),
    Object.entries(JSON.parse('{"a":["1 2+","中"],"b":[""],"__proto__":["p"],"\\"":["\\\\"]}')),
  );
  assert.deepEqual(
    Object.entries(functions.event.queryStringParameters!),
    Object.entries(JSON.parse('{"a":"中","b":"","__proto__":"p","\\"":"\\\\"}')),
  );
});

const bodies: readonly [string, readonly string[], string | null, Buffer, unknown, boolean][] = [
  ['text of no binary type', [], 'text/plain', Buffer.from('grüß'), 'grüß', false],
  ['bytes that are no text', [], 'image/png', Buffer.from([0x41, 0xff]), 'A\ufffd', false],
  ['bytes of a binary type', ['image/png'], 'image/png; a=b', Buffer.from([0x41, 0xff]), 'Qf8=', true],
  ['text beside binary types', ['image/png'], 'text/plain', Buffer.from('a'), 'a', false],
  ['anything where all is binary', ['*/*'], null, Buffer.from('a'), 'YQ==', true],
];
for (const [what, binaryMediaTypes, contentType, sent, body, isBase64Encoded] of bodies)
  test(`function event: ${what} is its body ${isBase64Encoded ? 'as base64' : 'as text'}`, async (t) => {
    const definition = api(
      { 'POST /x': proxy({ contentHandling: 'CONVERT_TO_BINARY' }) },
      {
        restApi: { binaryMediaTypes },
      },
    );
    const { call, functions } = await startFunctionsGateway(t, [{ definition }]);
    await call('/x', {
      method: 'POST',
      headers: contentType === null ? {} : { 'content-type': contentType },
      body: sent,
    });
    assert.deepEqual([functions.event.body, functions.event.isBase64Encoded], [body, isBase64Encoded]);
  });

test('function event: a mapped header is added where the client sent none; mapped query and path have no effect', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, {
    'GET /x': proxy({
      requestParameters: {
        'integration.request.header.x-tenant': "'acme'",
        'integration.request.header.X-Given': "'mapped'",
        'integration.request.header.X-Forwarded-For': "'mapped'",
        'integration.request.header.X-None': 'method.request.querystring.none',
        'integration.request.querystring.q': "'mapped'",
        'integration.request.path.p': "'mapped'",
      },
    }),
  });
  await call('/x', { headers: { 'x-given': 'sent' } });
  const headers = functions.event.headers!;
  assert.deepEqual(
    [headers['x-tenant'], headers['X-Given'], headers['X-Forwarded-For'], headers['X-None']],
    ['acme', 'sent', '127.0.0.1', undefined],
  );
  assert.equal(functions.event.queryStringParameters, null);
});

test('function event: a mapping onto a forbidden name answers 500', async (t) => {
  const forbidden = [
    ...['content-length', 'Transfer-Encoding', 'x-amzn-trace-id', 'x-amzn-apigateway-api-id'],
    ...['Authorization', 'connection', 'expect', 'proxy-authenticate', 'te'],
  ];
  const methods = forbidden.map((name) => [
    `GET /${name}`,
    proxy({ requestParameters: { [`integration.request.header.${name}`]: "'v'" } }),
  ]);
  const { call, functions } = await startFunctionsGateway(t, Object.fromEntries(methods));
  for (const name of forbidden)
    await t.test(name, async () => {
      const { status, body } = await call(`/${name}`);
      assert.deepEqual([status, body], [500, '{"message": "Internal server error"}']);
    });
  assert.equal(functions.invocations.length, 0);
});

test('function call: a method asks as API Gateway, with its own ARN, the verb of the request and the path as the resource spells it', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'ANY /pets/{id}': proxy() });
  await call('/pets/7', { method: 'PUT' });
  assert.deepEqual(functions.last.by, {
    kind: 'service',
    service: 'apigateway.amazonaws.com',
    sourceArn: 'arn:aws:execute-api:us-east-1:123456789012:testapi001/test/PUT/pets/{id}',
    sourceAccount: '123456789012',
  });
  const { functionName, qualifier, type, isStreamed, clientContext } = functions.last;
  assert.deepEqual(
    { functionName, qualifier, type, isStreamed, clientContext },
    {
      functionName: functionArn,
      qualifier: null,
      type: 'RequestResponse',
      isStreamed: false,
      clientContext: null,
    },
  );
  assert.match(functions.last.traceId!, /^Root=1-[0-9a-f-]+;Parent=[0-9a-f]{16};Sampled=0$/);
});

test('function call: stage variables choose the alias', async (t) => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
  const uri = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}:${'${stageVariables.ver}'}/invocations`;
  const definition = api({ 'GET /x': proxy({ uri }) });
  const { call, functions } = await startFunctionsGateway(t, [
    { definition, stage: { variables: { ver: 'prod' } } },
  ]);
  await call('/x');
  assert.equal(functions.last.functionName, `${functionArn}:prod`);
});

test('function event: a test invocation has no fields but its own', async (t) => {
  const { testInvoke, functions } = await startFunctionsGateway(
    t,
    { 'GET /x': proxy() },
    ending(done({ body: 'ok' })),
  );
  await testInvoke(api({ 'GET /x/{id}': proxy() }), { pathWithQueryString: '/x/7?a=b' });
  assert.deepEqual([functions.event.headers, functions.event.multiValueHeaders], [null, null]);
  assert.deepEqual(functions.event.pathParameters, { id: '7' });
  await testInvoke(api({ 'GET /x': streamed() }), { headers: [['x-one', '1']] });
  assert.deepEqual(functions.event.headers, { 'X-One': '1' });
});
