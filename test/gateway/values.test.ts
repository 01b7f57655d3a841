// Values that templates, mappings and logs read: $context, stage variables, parameters with awkward names.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { api, type MethodSpec, mock } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { type Answer, type CallOptions, startTestGateway } from '../support/gateway.ts';
import { exchangeRaw, rawRequest } from '../support/raw-client.ts';

const internalError = [500, '{"message": "Internal server error"}'];
const awkward = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

/** One header per expression, all seen in one answer of a mock. */
async function mapped(
  t: test.TestContext,
  expressions: readonly string[],
  target = '/m',
  request: CallOptions = {},
): Promise<(string | undefined)[]> {
  const names = expressions.map((_, i) => `x-${i}`);
  const backend = await startBackend(t, (_, response) => response.end());
  const definition = api({
    'ANY /m': {
      integration: {
        type: 'HTTP',
        httpMethod: 'POST',
        uri: `http://${backend.authority}/`,
        requestParameters: Object.fromEntries(
          names.map((name, i) => [`integration.request.header.${name}`, expressions[i]!]),
        ),
      },
      responses: { 200: {} },
    },
  });
  const { call } = await startTestGateway(t, [{ definition, stage: { variables: { color: 'blue' } } }]);
  assert.equal((await call(target, { method: 'POST', ...request })).status, 200);
  return names.map((name) => backend.last().headers[name] as string | undefined);
}

const sources: readonly [expression: string, expected: string | undefined][] = [
  ['context.apiId', 'testapi001'],
  ['context.accountId', '123456789012'],
  ['context.httpMethod', 'POST'],
  ['context.protocol', 'HTTP/1.1'],
  ['context.resourcePath', '/m'],
  ['context.identity.sourceIp', '127.0.0.1'],
  ['context.identity.user', undefined],
  ['context.identity', undefined],
  ['context.nothing', undefined],
  ['context.__proto__', undefined],
  ['context.constructor', undefined],
  ['context.error.message', undefined],
  ['context.status', undefined],
  ['context.responseLength', undefined],
  ['context.integrationLatency', undefined],
  ['stageVariables.color', 'blue'],
  ['stageVariables.missing', undefined],
  ...awkward.map((name): [string, undefined] => [`stageVariables.${name}`, undefined]),
  ['method.request.querystring.q', 'last'],
  ['method.request.querystring.flag', ''],
  ['method.request.querystring.__proto__', 'p'],
  ['method.request.querystring.constructor', undefined],
  ['method.request.multivaluequerystring.q', 'first,last'],
  ['method.request.header.X-In', 'in'],
  ['method.request.header.x-in', 'in'],
  ['method.request.header.Content-Length', undefined],
  ['method.request.header.X-Forwarded-For', '203.0.113.9, 127.0.0.1'],
  ['method.request.header.X-Forwarded-Proto', 'http'],
  ['method.request.body.list', '[1,{"a":"é"}]'],
  ['method.request.body.map', '{"k":true}'],
  ['method.request.body.n', '1.5'],
  ['method.request.body.yes', 'true'],
  ['method.request.body.none', undefined],
  ['method.request.body.__proto__', undefined],
  ['method.request.body.missing.deeper', undefined],
];
test('parameter mapping: every source gives its value, and what has none is left out', async (t) => {
  const body = '{"list":[1,{"a":"é"}],"map":{"k":true},"n":1.5,"yes":true,"none":null}';
  const got = await mapped(
    t,
    sources.map(([expression]) => expression),
    '/m?q=first&q=last&flag&__proto__=p&=empty',
    {
      headers: {
        'content-type': 'application/json',
        'x-in': 'in',
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'gopher',
      },
      body,
    },
  );
  const text = got.map((value) =>
    value === undefined ? undefined : Buffer.from(value, 'latin1').toString('utf8'),
  );
  assert.deepEqual(
    sources.map(([expression], i) => [expression, text[i]]),
    sources.map(([expression, expected]) => [expression, expected]),
  );
});

const missingVariable: readonly [
  where: string,
  method: (authority: string) => MethodSpec,
  expected: RegExp,
][] = [
  [
    'as the host of an HTTP_PROXY',
    () => ({
      integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: `http://\${stageVariables.missing}/x` },
    }),
    /^500 \{"message": "Internal server error"\}$/,
  ],
  [
    'as the host of an HTTP integration',
    () => ({
      integration: { type: 'HTTP', httpMethod: 'GET', uri: `http://\${stageVariables.constructor}/x` },
      responses: { 200: {} },
    }),
    /^500 \{"message": "Internal server error"\}$/,
  ],
  [
    'in the path',
    (authority) => ({
      integration: {
        type: 'HTTP_PROXY',
        httpMethod: 'GET',
        uri: `http://${authority}/a\${stageVariables.missing}b`,
      },
    }),
    /^200 \/ab$/,
  ],
  [
    'in a template',
    () => mock(`[$stageVariables.missing][\${stageVariables.missing}][$stageVariables.constructor]`),
    /^200 \[\]\[\]\[\]$/,
  ],
];
for (const [where, method, expected] of missingVariable) {
  test(`stage variables: a missing one ${where} answers ${expected.source.slice(1, 4)}`, async (t) => {
    const backend = await startBackend(t, (received, response) => response.end(received.url));
    const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
    const { call, gateway, dataDir } = await startTestGateway(t, [
      {
        definition: api({ 'GET /m': method(backend.authority) }),
        stage: { accessLogSettings: { destinationArn, format: '$context.requestId $context.status' } },
      },
    ]);
    const answer = await call('/m');
    assert.match(`${answer.status} ${answer.body}`, expected);
    if (answer.status === 500)
      assert.equal(answer.headers['x-amzn-errortype'], 'InternalServerErrorException');
    await gateway.drain(100);
    assert.equal(
      readFileSync(path.join(dataDir, 'logs/access/access.log'), 'utf8'),
      `${answer.headers['x-amzn-requestid']} ${answer.status}\n`,
    );
  });
}

test('stage variables: host, path, query, mapping and template may all hold them', async (t) => {
  const backend = await startBackend(t, (received, response) => response.end(received.url));
  const definition = api({
    'POST /m': {
      integration: {
        type: 'HTTP',
        httpMethod: 'POST',
        uri: `http://\${stageVariables.host}/\${stageVariables.color}?c=\${stageVariables.color}`,
        requestParameters: { 'integration.request.querystring.m': 'stageVariables.color' },
        requestTemplates: { 'application/json': `$stageVariables['color'] \${stageVariables.color}` },
      },
      responses: { 200: {} },
    },
  });
  const { call } = await startTestGateway(t, [
    { definition, stage: { variables: { host: backend.authority, color: 'blue' } } },
  ]);
  const answer = await call('/m', { method: 'POST' });
  assert.deepEqual([answer.body, backend.last().body.toString()], ['/blue?c=blue&m=blue', 'blue blue']);
});

const templates: readonly [title: string, template: string, expected: string][] = [
  ['null members of identity print nothing', '[$context.identity.user][$context.identity.apiKey]', '[][]'],
  ['the endpoint type is there', '$context.endpointType', 'REGIONAL'],
  ['what only logs know prints nothing', '[$context.status][$context.integrationLatency]', '[][]'],
  ['requestTimeEpoch is a number', '#set($n = $context.requestTimeEpoch + 1)#if($n > 1000)yes#end', 'yes'],
  [
    'the front’s own fields are there',
    '$input.params("X-Forwarded-Proto") $input.params("X-Forwarded-For")',
    'http 127.0.0.1',
  ],
  ['hidden fields are not', '[$input.params("Connection")][$input.params("Expect")]', '[][]'],
  ['a parameter called __proto__ is a parameter', '$input.params("__proto__")', 'p'],
  [
    'names of JavaScript’s own are no parameters',
    '[$input.params("constructor")][$input.params("toString")]',
    '[][]',
  ],
  ['an empty body is {}', '$input.body $input.json("$")', '{} {}'],
];
for (const [title, template, expected] of templates) {
  test(`$context and $input: ${title}`, async (t) => {
    const { call } = await startTestGateway(t, [{ definition: api({ 'GET /m': mock(template) }) }]);
    assert.equal((await call('/m?__proto__=p')).body, expected);
  });
}

const overrides: readonly [
  title: string,
  template: string,
  check: (answer: Answer) => unknown[],
  expected: unknown[],
][] = [
  [
    'set twice, the last value counts',
    '#set($context.responseOverride.status = 201)#set($context.responseOverride.status = 202)x',
    ({ status }) => [status],
    [202],
  ],
  [
    'with a map as its value, JSON is sent',
    '#set($context.responseOverride.header.X-A = {"a": 1})x',
    ({ status, headers }) => [status, headers['x-a']],
    [200, '{"a":1}'],
  ],
  [
    'with a list as its value, it is joined',
    '#set($context.responseOverride.header.X-A = ["a", "b"])x',
    ({ headers }) => [headers['x-a']],
    ['a,b'],
  ],
  [
    'of a header whose name is no token, 500 is answered',
    '#set($n = "a b")#set($context.responseOverride.header[$n] = "x")x',
    ({ status, body }) => [status, body],
    internalError,
  ],
  [
    'of Content-Length, framing stays as it is',
    '#set($context.responseOverride.header.Content-Length = "99")x',
    ({ headers, body }) => [headers['content-length'], body],
    ['1', 'x'],
  ],
  [
    'of the status with 204, there is no body',
    '#set($context.responseOverride.status = 204)x',
    ({ status, body }) => [status, body],
    [204, ''],
  ],
];
for (const [title, template, check, expected] of overrides) {
  test(`overrides: ${title}`, async (t) => {
    const { call } = await startTestGateway(t, [{ definition: api({ 'GET /m': mock(template) }) }]);
    assert.deepEqual(check(await call('/m')), expected);
  });
}

test('method response: a status of 100 to 199, which no client could read, answers 500', async (t) => {
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /m': mock('x', { responses: { 101: {} } }) }) },
  ]);
  const { status, body } = await call('/m');
  assert.deepEqual([status, body], internalError);
});

test('gateway response: a customised status of 100 to 199 leaves the type its own', async (t) => {
  const { call } = await startTestGateway(t, [
    {
      definition: api({ 'GET /m': mock('x') }, { gatewayResponses: { DEFAULT_4XX: { statusCode: '100' } } }),
    },
  ]);
  assert.equal((await call('/nowhere')).status, 403);
});

test('access log: an id that the client chose and is no UUID shows as replaced, and the answer has a fresh one', async (t) => {
  const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
  const { call, gateway, dataDir } = await startTestGateway(t, [
    {
      definition: api({ 'GET /m': mock('$context.requestId') }),
      stage: { accessLogSettings: { destinationArn, format: '$context.requestId' } },
    },
  ]);
  const given = '11111111-2222-4333-8444-555555555555';
  await call('/m', { headers: { 'x-amzn-requestid': given } });
  const answer = await call('/m', { headers: { 'x-amzn-requestid': 'mine' } });
  assert.match(answer.body, /^[0-9a-f-]{36}$/);
  await gateway.drain(100);
  assert.deepEqual(readFileSync(path.join(dataDir, 'logs/access/access.log'), 'utf8').trimEnd().split('\n'), [
    given,
    'UUID_REPLACED_INVALID_REQUEST_ID',
  ]);
});

test('header values: long ones and ones that are not UTF-8 pass or are refused, and the gateway goes on', async (t) => {
  const { port, call } = await startTestGateway(t, [
    { definition: api({ 'GET /m': mock('$input.params("X-Long").length()') }) },
  ]);
  const long = await exchangeRaw(port, rawRequest('GET', '/m', [`X-Long: ${'a'.repeat(9000)}`]));
  assert.match(long, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n9000$/);
  const tooLong = await exchangeRaw(port, rawRequest('GET', '/m', [`X-Long: ${'a'.repeat(10_300)}`]));
  assert.match(tooLong, /^HTTP\/1\.1 431 [\s\S]*HTTP header is larger than 10240 bytes\./);
  const bytes = Buffer.from(rawRequest('GET', '/m', ['X-Long: \xff\xfe']), 'latin1');
  assert.match(await exchangeRaw(port, bytes), /^HTTP\/1\.1 (?:200|400) /);
  assert.equal((await call('/m')).status, 200);
});

test('HTTP integration: letters that a URI may not hold make it a configuration error, not a broken request', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end());
  const uri = `http://${backend.authority}/a b\r\nX: y`;
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /m': { integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri } } }) },
  ]);
  const { status, body } = await call('/m');
  assert.deepEqual([status, body, backend.received.length], [...internalError, 0]);
});

for (const shape of ['[', '{"a":']) {
  test(`request validation: a body that nests 200000 times ${shape} is refused with 400`, async (t) => {
    const definition = api(
      { 'POST /m': mock('x', { requestValidatorId: 'body', requestModels: { $default: 'Tree' } }) },
      {
        models: {
          Tree: {
            definitions: {
              node: {
                type: ['object', 'array'],
                properties: { a: { $ref: '#/definitions/node' } },
                items: { $ref: '#/definitions/node' },
              },
            },
            $ref: '#/definitions/node',
          },
        },
      },
    );
    const { call } = await startTestGateway(t, [{ definition }]);
    const close = shape === '[' ? ']' : '}';
    const body = `${shape.repeat(200_000)}${shape === '[' ? '' : '{}'}${close.repeat(200_000)}`;
    const answer = await call('/m', { method: 'POST', body });
    assert.deepEqual([answer.status, answer.body], [400, '{"message": "Invalid request body"}']);
  });
}
