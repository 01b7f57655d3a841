import assert from 'node:assert/strict';
import test from 'node:test';
import { api, type MethodSpec } from '../support/api.ts';
import { json, startBackend } from '../support/backend.ts';
import { type CallOptions, startTestGateway } from '../support/gateway.ts';
import { exchangeRaw, rawRequest } from '../support/raw-client.ts';

/** One non-proxy HTTP method in front of a backend that answers `reply`. */
async function serve(
  t: test.TestContext,
  more: Partial<MethodSpec['integration']>,
  spec: Partial<MethodSpec> = {},
  reply: { status?: number; headers?: Record<string, string | string[]>; body?: string | Buffer } = {},
) {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(reply.status ?? 200, reply.headers ?? { 'content-type': 'application/json' });
    response.end(reply.body ?? '{"from":"backend"}');
  });
  const definition = api({
    'ANY /x/{id}': {
      responses: { 200: {} },
      ...spec,
      integration: { type: 'HTTP', httpMethod: 'POST', uri: `http://${backend.authority}/base`, ...more },
    },
  });
  const gateway = await startTestGateway(t, [
    { definition, stage: { variables: { target: backend.authority } } },
  ]);
  return { backend, ...gateway };
}

const post = (body: string, headers: Record<string, string> = {}): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

test('HTTP integration: the backend gets AWS’s default headers and none of the client’s own', async (t) => {
  const { backend, call } = await serve(t, {});
  await call('/x/1?a=b', post('{"n":1}', { 'x-mine': 'no', accept: 'text/html', 'user-agent': 'client' }));
  const { method, url, headers, body } = backend.last();
  const { host, 'x-amzn-trace-id': trace, connection: _, ...rest } = headers;
  assert.deepEqual([method, url, body.toString(), host], ['POST', '/base', '{"n":1}', backend.authority]);
  assert.match(String(trace), /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
  assert.deepEqual(rest, {
    accept: 'application/json',
    'user-agent': 'AmazonAPIGateway_testapi001',
    'x-amzn-apigateway-api-id': 'testapi001',
    'content-type': 'application/json',
    'content-length': '7',
  });
});

test('HTTP integration: a GET backend call has neither a body nor a Content-Type', async (t) => {
  const { backend, call } = await serve(t, {
    httpMethod: 'GET',
    requestTemplates: { 'application/json': 'text' },
  });
  await call('/x/1', post('{}'));
  const { method, headers, body } = backend.last();
  assert.deepEqual([method, headers['content-type'], body.length], ['GET', undefined, 0]);
});

for (const httpMethod of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE']) {
  const hasBody = httpMethod === 'POST' || httpMethod === 'DELETE';
  test(`HTTP integration: a ${httpMethod} backend call has ${hasBody ? 'the body, as JSON unless the client says else' : 'no body'}`, async (t) => {
    const backend = await startBackend(t, (_, response) => response.end());
    const method: MethodSpec = {
      integration: { type: 'HTTP', httpMethod, uri: `http://${backend.authority}/` },
      responses: { 200: {} },
    };
    const { port } = await startTestGateway(t, [{ definition: api({ 'POST /x': method }) }]);
    await exchangeRaw(port, rawRequest('POST', '/x', [], '{}'));
    const { headers, body } = backend.last();
    assert.deepEqual(
      [backend.last().method, body.toString(), headers['content-type']],
      [httpMethod, hasBody ? '{}' : '', hasBody ? 'application/json' : undefined],
    );
  });
}

test('HTTP integration: path, query, header and body mappings of every source arrive', async (t) => {
  const { backend, call } = await serve(t, {
    uri: `http://\${stageVariables.target}/a/{seg}/b?own=1`,
    requestParameters: {
      'integration.request.path.seg': 'method.request.path.id',
      'integration.request.querystring.last': 'method.request.querystring.q',
      'integration.request.querystring.all': 'method.request.multivaluequerystring.q',
      'integration.request.querystring.field': 'method.request.body.user.name',
      'integration.request.querystring.obj': 'method.request.body.user',
      'integration.request.querystring.gone': 'method.request.querystring.missing',
      'integration.request.header.X-One': 'method.request.header.X-In',
      'integration.request.header.X-Static': "'st at'",
      'integration.request.header.X-Stage': 'context.stage',
      'integration.request.header.X-Var': 'stageVariables.target',
      'integration.request.header.Accept': "'text/csv'",
    },
  });
  await call('/x/a%20b?q=1&q=2', post('{"user":{"name":"Ann & Bo"}}', { 'x-in': 'in' }));
  const { url, headers } = backend.last();
  assert.equal(
    url,
    '/a/a%20b/b?own=1&last=2&all=1&all=2&field=Ann%20%26%20Bo&obj=%7B%22name%22%3A%22Ann%20%26%20Bo%22%7D',
  );
  assert.deepEqual(
    [headers['x-one'], headers['x-static'], headers['x-stage'], headers['x-var'], headers.accept],
    ['in', 'st at', 'test', backend.authority, 'text/csv'],
  );
});

test('HTTP integration: a body mapping on broken JSON answers 400 Invalid JSON in request body', async (t) => {
  const { call } = await serve(t, {
    requestParameters: { 'integration.request.header.X': 'method.request.body.a' },
  });
  const answer = await call('/x/1', post('{"a":'));
  assert.deepEqual([answer.status, answer.body], [400, '{"message": "Invalid JSON in request body"}']);
});

test('HTTP integration: a body mapping on text that does not begin like JSON finds nothing', async (t) => {
  const { backend, call } = await serve(t, {
    requestParameters: { 'integration.request.header.X': 'method.request.body.a' },
  });
  assert.equal((await call('/x/1', post('plain'))).status, 200);
  assert.equal(backend.last().headers.x, undefined);
});

for (const name of ['Content-Length', 'Transfer-Encoding', 'X-Amzn-Trace-Id', 'X-Amzn-Apigateway-Api-Id']) {
  test(`HTTP integration: a mapping onto ${name} answers 500 at run time`, async (t) => {
    const { backend, call } = await serve(t, {
      requestParameters: { [`integration.request.header.${name}`]: "'1'" },
    });
    const answer = await call('/x/1', post('{}'));
    assert.deepEqual([answer.status, answer.body], [500, '{"message": "Internal server error"}']);
    assert.equal(backend.received.length, 0);
  });
}

test('HTTP integration: a decoded line end in a mapped header answers 500 and reaches no backend', async (t) => {
  const { backend, call } = await serve(t, {
    requestParameters: { 'integration.request.header.X-Q': 'method.request.querystring.q' },
  });
  assert.equal((await call('/x/1?q=a%0d%0aX-Evil:%201', post('{}'))).status, 500);
  assert.equal(backend.received.length, 0);
});

for (const name of ['Connection', 'Expect', 'TE', 'Via', 'Proxy-Authenticate']) {
  test(`HTTP integration: a mapping onto ${name} is silently not delivered`, async (t) => {
    const { backend, call } = await serve(t, {
      requestParameters: { [`integration.request.header.${name}`]: "'x-val'" },
    });
    assert.equal((await call('/x/1', post('{}'))).status, 200);
    assert.notEqual(backend.last().headers[name.toLowerCase()], 'x-val');
  });
}

test('HTTP integration: a placeholder without a value answers 500', async (t) => {
  const { call } = await serve(t, { uri: 'http://127.0.0.1:9/{nobody}' });
  assert.equal((await call('/x/1', post('{}'))).status, 500);
});

test('HTTP integration: overrides of header, path and query win over mappings', async (t) => {
  const { backend, call } = await serve(t, {
    uri: `http://\${stageVariables.target}/a/{seg}`,
    requestParameters: {
      'integration.request.path.seg': "'mapped'",
      'integration.request.querystring.q': "'mapped'",
      'integration.request.header.X-H': "'mapped'",
    },
    requestTemplates: {
      'application/json':
        '#set($context.requestOverride.path.seg = "o p")#set($context.requestOverride.querystring.q = "oq")#set($context.requestOverride.header.X-H = "oh")body',
    },
  });
  await call('/x/1', post('{}'));
  const { url, headers, body } = backend.last();
  assert.deepEqual([url, headers['x-h'], body.toString()], ['/a/o%20p?q=oq', 'oh', 'body']);
});

test('HTTP integration: the status picks the response; header mappings are renamed as AWS renames them', async (t) => {
  const names = ['Server', 'Date', 'User-Agent', 'ETag', 'Transfer-Encoding', 'WWW-Authenticate'];
  const { call } = await serve(
    t,
    {},
    {
      responses: {
        200: { responseParameters: {} },
        '502:5\\d{2}': {
          responseParameters: Object.fromEntries(
            names.map((name) => [`method.response.header.${name}`, "'v'"]),
          ),
        },
      },
    },
    { status: 503, body: 'down' },
  );
  const answer = await call('/x/1', post('{}'));
  assert.deepEqual([answer.status, answer.body], [502, 'down']);
  for (const name of ['server', 'date', 'user-agent', 'www-authenticate'])
    assert.equal(answer.headers[`x-amzn-remapped-${name}`], 'v', name);
  assert.equal(answer.headers.etag, 'v');
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.match(String(answer.headers['x-amzn-trace-id']), /^Root=1-/);
});

test('HTTP integration: headers and body fields of the answer can be mapped, single and multi value', async (t) => {
  const { call } = await serve(
    t,
    {},
    {
      responses: {
        200: {
          responseParameters: {
            'method.response.header.X-Last': 'integration.response.header.X-Many',
            'method.response.header.X-All': 'integration.response.multivalueheader.X-Many',
            'method.response.header.X-Field': 'integration.response.body.a[1]',
            'method.response.header.X-None': 'integration.response.body.zzz',
          },
        },
      },
    },
    { headers: { 'x-many': ['1', '2'] }, body: '{"a":["x","y"]}' },
  );
  const { headers } = await call('/x/1', post('{}'));
  assert.deepEqual(
    [headers['x-last'], headers['x-all'], headers['x-field'], headers['x-none']],
    ['2', '1,2', 'y', undefined],
  );
});

test('HTTP integration: a response mapping on broken JSON answers 500', async (t) => {
  const { call } = await serve(
    t,
    {},
    {
      responses: {
        200: { responseParameters: { 'method.response.header.X': 'integration.response.body.a' } },
      },
    },
    { body: '{"a":' },
  );
  assert.equal((await call('/x/1', post('{}'))).status, 500);
});

test('HTTP integration: the artist document becomes a list of genres', async (t) => {
  const backend = await startBackend(t, (_, response) =>
    json(response, { id: '7', name: 'Nina', genre: ['jazz', 'soul'] }),
  );
  const definition = api({
    'GET /{id}/genres': {
      integration: {
        type: 'HTTP',
        httpMethod: 'GET',
        uri: `http://${backend.authority}/artists/{id}`,
        requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
      },
      responses: { 200: { responseTemplates: { 'application/json': '{"genre":$input.json(\'$.genre\')}' } } },
    },
  });
  const { call } = await startTestGateway(t, [{ definition }]);
  const answer = await call('/7/genres');
  assert.deepEqual([answer.status, answer.body], [200, '{"genre":["jazz","soul"]}']);
  assert.equal(backend.last().url, '/artists/7');
});

test('HTTP integration: redirects are passed through, never followed', async (t) => {
  const { backend, call } = await serve(
    t,
    {},
    {
      responses: {
        '302:302': {
          responseParameters: { 'method.response.header.Location': 'integration.response.header.Location' },
        },
      },
    },
    { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
  );
  const answer = await call('/x/1', post('{}'));
  assert.deepEqual(
    [answer.status, answer.headers.location, backend.received.length],
    [302, 'http://127.0.0.1:1/', 1],
  );
});
