import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { prometheusText } from '../../src/observability/index.ts';
import { api, mock } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';

test('access log: one line for each request, failures and unmatched paths included', async (t) => {
  const format =
    '{"id":"$context.requestId","m":"$context.httpMethod","p":"$context.resourcePath","s":$context.status,"n":$context.responseLength,"ip":"$context.identity.sourceIp","e":"$context.error.message"}';
  const { call, dataDir, gateway } = await startTestGateway(t, [
    {
      definition: api({ 'GET /a': mock('hello') }),
      stage: { accessLogSettings: { destinationArn, format } },
    },
  ]);
  const ok = await call('/a');
  await call('/nowhere');
  await gateway.drain(100);
  const lines = readFileSync(path.join(dataDir, 'logs/access/access.log'), 'utf8').trimEnd().split('\n');
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(first, {
    id: ok.headers['x-amzn-requestid'],
    m: 'GET',
    p: '/a',
    s: 200,
    n: 5,
    ip: '127.0.0.1',
    e: '-',
  });
  assert.deepEqual([second.s, second.e, second.p], [403, 'Missing Authentication Token', '-']);
});

test('execution log: INFO with data trace tells the story of a request in AWS’s order', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('{"b":1}'));
  const definition = api({
    'POST /x/{id}': {
      integration: {
        type: 'HTTP',
        httpMethod: 'POST',
        uri: `http://${backend.authority}/in`,
        requestTemplates: { 'application/json': '{"sent":true}' },
      },
      responses: { 200: { responseTemplates: { 'application/json': '{"out":1}' } } },
    },
  });
  const { call, dataDir, gateway } = await startTestGateway(t, [
    { definition, stage: { methodSettings: { '*/*': { loggingLevel: 'INFO', dataTraceEnabled: true } } } },
  ]);
  const answer = await call('/x/7?q=1', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer verysecrettoken123456' },
    body: '{"a":1}',
  });
  await gateway.drain(100);
  const text = readFileSync(
    path.join(dataDir, 'logs/API-Gateway-Execution-Logs_testapi001/test.log'),
    'utf8',
  );
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(line.indexOf(') ') + 2));
  const inOrder = [
    /^Extended Request Id: /,
    /^Starting execution for request: /,
    /^HTTP Method: POST, Resource Path: \/x\/7$/,
    /^Method request path: \{id=7\}$/,
    /^Method request query string: \{q=1\}$/,
    /^Method request headers: \{/,
    /^Method request body before transformations: \{"a":1\}$/,
    /^Endpoint request URI: http:\/\//,
    /^Endpoint request headers: \{/,
    /^Endpoint request body after transformations: \{"sent":true\}$/,
    /^Sending request to http:\/\//,
    /^Received response\. Status: 200, Integration latency: \d+ ms$/,
    /^Endpoint response headers: \{/,
    /^Endpoint response body before transformations: \{"b":1\}$/,
    /^Method response body after transformations: \{"out":1\}$/,
    /^Method response headers: \{/,
    /^Successfully completed execution$/,
    /^Method completed with status: 200$/,
  ];
  const found = inOrder.map((pattern) => lines.findIndex((line) => pattern.test(line)));
  assert.deepEqual(found.includes(-1) ? inOrder[found.indexOf(-1)] : 'all', 'all', text);
  assert.deepEqual(
    found,
    [...found].sort((a, b) => a - b),
    text,
  );
  assert.ok(text.includes(`(${answer.headers['x-amzn-requestid']}) `));
  assert.doesNotMatch(text, /verysecret/);
});

test('execution log: INFO without data trace shows the way of a request, and nothing that was in it', async (t) => {
  const backend = await startBackend(t, (_, response) => {
    response.setHeader('x-backend', 'private-field');
    response.end('private-answer');
  });
  const integration = { httpMethod: 'POST', uri: `http://${backend.authority}/in` };
  const definition = api({
    'POST /mapped': { integration: { type: 'HTTP', ...integration }, responses: { 200: {} } },
    'POST /proxied': { integration: { type: 'HTTP_PROXY', ...integration } },
  });
  const { call, dataDir, gateway } = await startTestGateway(t, [
    { definition, stage: { methodSettings: { '*/*': { loggingLevel: 'INFO' } } } },
  ]);
  for (const target of ['/mapped', '/proxied'])
    assert.equal((await call(target, { method: 'POST', body: '"private-body"' })).status, 200);
  await gateway.drain(100);
  const file = path.join(dataDir, 'logs/API-Gateway-Execution-Logs_testapi001/test.log');
  const text = readFileSync(file, 'utf8');
  assert.equal(text.match(/Method completed with status: 200$/gm)?.length, 2);
  assert.doesNotMatch(text, /private-/);
});

test('execution log: a data trace of HTTP_PROXY shows the bodies, as much of them as an event holds', async (t) => {
  const pieces = ['a'.repeat(600), 'b'.repeat(70_000)];
  const backend = await startBackend(t, (request, response) => {
    for (const piece of request.url === '/small' ? ['{"b":1}'] : pieces) response.write(piece);
    response.end();
  });
  const definition = api({
    'ANY /{proxy+}': {
      integration: {
        type: 'HTTP_PROXY',
        httpMethod: 'ANY',
        uri: `http://${backend.authority}/{proxy}`,
        requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
      },
    },
  });
  const { call, dataDir, gateway } = await startTestGateway(t, [
    { definition, stage: { methodSettings: { '*/*': { loggingLevel: 'INFO', dataTraceEnabled: true } } } },
  ]);
  assert.equal((await call('/small', { method: 'POST', body: '{"a":1}' })).body, '{"b":1}');
  const sent = 'c'.repeat(5_000);
  assert.equal((await call('/large', { method: 'POST', body: sent })).body, pieces.join(''));
  assert.equal(backend.last().body.toString(), sent);
  await gateway.drain(100);
  const file = path.join(dataDir, 'logs/API-Gateway-Execution-Logs_testapi001/test.log');
  const lines = readFileSync(file, 'utf8').split('\n');
  const after = (label: string): string[] =>
    lines
      .filter((line) => line.includes(label))
      .map((line) => line.slice(line.indexOf(label) + label.length));
  for (const [label, small, large] of [
    ['Method request body before transformations: ', '{"a":1}', /^c{900,} \[TRUNCATED\]$/],
    ['Endpoint request body after transformations: ', '{"a":1}', /^c{900,} \[TRUNCATED\]$/],
    ['Endpoint response body before transformations: ', '{"b":1}', /^a{600}b{300,} \[TRUNCATED\]$/],
    ['Method response body after transformations: ', '{"b":1}', /^a{600}b{300,} \[TRUNCATED\]$/],
  ] as const) {
    const [first, second] = after(label);
    assert.equal(first, small);
    assert.match(second!, large);
  }
});

const reasons: readonly [title: string, path: string, reason: RegExp][] = [
  [
    'a template that fails',
    '/template',
    /Execution failed due to configuration error: Unable to transform request/,
  ],
  [
    'no integration response',
    '/nomatch',
    /No match for output mapping and no default output mapping configured/,
  ],
  ['a backend that is down', '/down', /network error communicating with endpoint: .*ECONNREFUSED/],
  ['a missing parameter', '/params', /Missing required request parameters: \[q\]/],
  [
    'a throttled method',
    '/limited',
    /Key throttle limit exceeded for RestApi testapi001, Stage test, Resource \w+, HttpMethod GET\. Limit: 0\.00 Burst: 0/,
  ],
];
for (const [title, target, reason] of reasons) {
  test(`execution log: at ERROR ${title} leaves a line that tells why, and good requests leave none`, async (t) => {
    const definition = api({
      'GET /ok': mock('ok'),
      'GET /template': mock('#set($l = [1])$l.get(9)', {
        integration: { type: 'MOCK', requestTemplates: { 'application/json': '#set($l = [1])$l.get(9)' } },
      }),
      'GET /nomatch': mock('x', { responses: { '200:418': {} } }),
      'GET /down': { integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'http://127.0.0.1:1/' } },
      'GET /params': mock('x', {
        requestValidatorId: 'params',
        requestParameters: { 'method.request.querystring.q': true },
      }),
      'GET /limited': mock('x'),
    });
    const { call, dataDir, gateway } = await startTestGateway(t, [
      {
        definition,
        stage: {
          methodSettings: {
            '*/*': { loggingLevel: 'ERROR' },
            'limited/GET': { throttlingRateLimit: 0, throttlingBurstLimit: 0, loggingLevel: 'ERROR' },
          },
        },
      },
    ]);
    const good = await call('/ok');
    await call(target);
    await gateway.drain(100);
    const text = readFileSync(
      path.join(dataDir, 'logs/API-Gateway-Execution-Logs_testapi001/test.log'),
      'utf8',
    );
    assert.match(text, reason);
    assert.ok(!text.includes(String(good.headers['x-amzn-requestid'])));
  });
}

test('metrics: requests, errors and latencies are counted by API and stage, and by method where that is on', async (t) => {
  const definition = api({ 'GET /a': mock('a'), 'GET /b': mock('b') });
  const { call, gateway } = await startTestGateway(t, [
    { definition, stage: { methodSettings: { 'a/GET': { metricsEnabled: true } } } },
  ]);
  await call('/a');
  await call('/b');
  await call('/nowhere');
  await call('/test/a', { isRaw: true });
  const text = prometheusText(gateway.stats());
  assert.match(text, /sluice_requests_total\{api="testapi001",api_name="test api",stage="test"\} 3\b/);
  assert.match(text, /sluice_4xx_errors_total\{[^}]*\} 1\b/);
  assert.match(text, /sluice_method_requests_total\{[^}]*method="GET",resource="\/a"[^}]*\} 1\b/);
  assert.match(text, /sluice_unlisted_requests_total 1\b/);
});
