// The header tables of the data-plane reference, sections 6.1 to 6.3, and of the observed behaviour, section 6: one
// name at a time, in both directions.

import assert from 'node:assert/strict';
import test from 'node:test';
import { api, type MethodSpec, mock } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';
import { exchangeRaw, rawRequest } from '../support/raw-client.ts';

const internalError = [500, '{"message": "Internal server error"}'];

function proxyTo(authority: string, more: Partial<MethodSpec['integration']> = {}): MethodSpec {
  return {
    integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: `http://${authority}/`, ...more },
  };
}

const passedToBackend: Readonly<Record<string, string>> = {
  Accept: 'text/html',
  'Accept-Charset': 'utf-8',
  'Accept-Encoding': 'gzip',
  Age: '1',
  Authorization: 'Basic abc',
  'Content-Type': 'text/plain',
  Date: 'Thu, 01 Jan 1970 00:00:00 GMT',
  Pragma: 'no-cache',
  Range: 'bytes=0-1',
  Referer: 'http://r/',
  'User-Agent': 'me',
  Warn: '1',
  Cookie: 'a=1; b=2',
  'X-Custom': 'c',
};
const droppedOnTheWay: Readonly<Record<string, string>> = {
  'Content-Encoding': 'identity',
  'Content-MD5': 'x',
  'Max-Forwards': '3',
  'Proxy-Authenticate': 'x',
  Server: 'x',
  TE: 'trailers',
  Trailer: 'X-T',
  Via: '1.1 x',
  'WWW-Authenticate': 'x',
  'X-HTTP-Method-Override': 'POST',
  'X-Amzn-Apigateway-Api-Id': 'forged',
  'X-Forwarded-Proto': 'gopher',
};

for (const [name, value] of Object.entries(passedToBackend)) {
  test(`HTTP_PROXY request: ${name} goes on to the backend`, async (t) => {
    const backend = await startBackend(t, (_, response) => response.end());
    const { port } = await startTestGateway(t, [
      { definition: api({ 'ANY /x': proxyTo(backend.authority) }) },
    ]);
    await exchangeRaw(port, rawRequest('POST', '/x', [`${name}: ${value}`], 'b'));
    assert.equal(backend.last().headers[name.toLowerCase()], value);
  });
}

for (const [name, value] of Object.entries(droppedOnTheWay)) {
  test(`HTTP_PROXY request: the client's ${name} does not reach the backend`, async (t) => {
    const backend = await startBackend(t, (_, response) => response.end());
    const { port } = await startTestGateway(t, [
      { definition: api({ 'ANY /x': proxyTo(backend.authority) }) },
    ]);
    await exchangeRaw(port, rawRequest('POST', '/x', [`${name}: ${value}`], 'b'));
    assert.notEqual(backend.last().headers[name.toLowerCase()], value);
  });
}

test('HTTP_PROXY request: an Authorization with a signature for the gateway does not reach the backend', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end());
  const { call } = await startTestGateway(t, [{ definition: api({ 'ANY /x': proxyTo(backend.authority) }) }]);
  await call('/x', { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/b, Signature=c' } });
  assert.equal(backend.last().headers.authorization, undefined);
});

test('HTTP_PROXY request: X-HTTP-Method-Override replaces the verb and reaches the backend only when mapped', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end());
  const requestParameters = {
    'integration.request.header.X-HTTP-Method-Override': 'method.request.header.X-HTTP-Method-Override',
  };
  const definition = api({
    'PUT /x': proxyTo(backend.authority),
    'PUT /mapped': proxyTo(backend.authority, { requestParameters }),
  });
  const { call } = await startTestGateway(t, [{ definition }]);
  const headers = { 'x-http-method-override': 'PUT' };
  await call('/x', { headers });
  await call('/mapped', { headers });
  assert.deepEqual(
    backend.received.map((one) => [one.method, one.headers['x-http-method-override']]),
    [
      ['PUT', undefined],
      ['PUT', 'PUT'],
    ],
  );
});

for (const type of ['HTTP', 'HTTP_PROXY'] as const) {
  const spec = (authority: string, name: string): MethodSpec => ({
    integration: {
      type,
      httpMethod: 'POST',
      uri: `http://${authority}/`,
      requestParameters: { [`integration.request.header.${name}`]: "'x-val'" },
    },
    responses: { 200: {} },
  });

  for (const name of ['Content-Length', 'Transfer-Encoding', 'X-Amzn-Trace-Id', 'X-Amzn-Apigateway-Api-Id']) {
    test(`${type} request: a mapping onto ${name} answers 500 and calls nobody`, async (t) => {
      const backend = await startBackend(t, (_, response) => response.end());
      const { call } = await startTestGateway(t, [
        { definition: api({ 'POST /x': spec(backend.authority, name) }) },
      ]);
      const { status, body } = await call('/x', { method: 'POST', body: '{}' });
      assert.deepEqual([status, body], internalError);
      assert.equal(backend.received.length, 0);
    });
  }

  for (const name of ['Connection', 'Expect', 'Proxy-Authenticate', 'TE', 'Via']) {
    test(`${type} request: a mapping onto ${name} is silently not delivered`, async (t) => {
      const backend = await startBackend(t, (_, response) => response.end());
      const { call } = await startTestGateway(t, [
        { definition: api({ 'POST /x': spec(backend.authority, name) }) },
      ]);
      assert.equal((await call('/x', { method: 'POST', body: '{}' })).status, 200);
      assert.notEqual(backend.last().headers[name.toLowerCase()], 'x-val');
    });
  }

  const delivered = [
    ...['Accept', 'Accept-Charset', 'Accept-Encoding', 'Age', 'Authorization', 'Content-Encoding'],
    ...[
      'Content-MD5',
      'Content-Type',
      'Date',
      'Host',
      'Max-Forwards',
      'Pragma',
      'Range',
      'Referer',
      'Server',
    ],
    ...['User-Agent', 'Warn', 'WWW-Authenticate', 'X-Forwarded-For', 'X-Forwarded-Proto'],
  ];
  for (const name of delivered) {
    test(`${type} request: a mapping onto ${name} is delivered once, whatever the client sent`, async (t) => {
      const backend = await startBackend(t, (_, response) => response.end());
      const { call } = await startTestGateway(t, [
        { definition: api({ 'POST /x': spec(backend.authority, name) }) },
      ]);
      const own = name === 'Host' ? {} : { [name]: 'client' };
      assert.equal((await call('/x', { method: 'POST', body: '{}', headers: own })).status, 200);
      const { rawHeaders } = backend.last();
      const values = rawHeaders.filter(
        (_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name.toLowerCase(),
      );
      assert.deepEqual(values, ['x-val']);
    });
  }

  test(`${type} request: a mapped header value with a decoded line end answers 500 and calls nobody`, async (t) => {
    const backend = await startBackend(t, (_, response) => response.end());
    const { integration } = spec(backend.authority, 'X-Q');
    const requestParameters = { 'integration.request.header.X-Q': 'method.request.querystring.q' };
    const definition = api({
      'POST /x': { integration: { ...integration, requestParameters }, responses: { 200: {} } },
    });
    const { call } = await startTestGateway(t, [{ definition }]);
    const { status, body } = await call('/x?q=a%0d%0aX-Evil:%201', { method: 'POST', body: '{}' });
    assert.deepEqual([status, body], internalError);
    assert.equal(backend.received.length, 0);
  });

  test(`${type} request: all values of a query parameter go on one by one, the last one alone when single`, async (t) => {
    const backend = await startBackend(t, (_, response) => response.end());
    const requestParameters = {
      'integration.request.querystring.all': 'method.request.multivaluequerystring.q',
      'integration.request.querystring.last': 'method.request.querystring.q',
      'integration.request.querystring.none': 'method.request.multivaluequerystring.none',
      'integration.request.header.X-All': 'method.request.multivaluequerystring.q',
    };
    const { integration } = spec(backend.authority, 'X');
    const definition = api({
      'POST /x': { integration: { ...integration, requestParameters }, responses: { 200: {} } },
    });
    const { call } = await startTestGateway(t, [{ definition }]);
    await call('/x?q=1&q=a%26b', { method: 'POST', body: '{}' });
    const { url, headers } = backend.last();
    assert.equal(url.replace(/&q=1&q=a%26b$/, ''), '/?all=1&all=a%26b&last=a%26b');
    assert.equal(headers['x-all'], '1,a&b');
  });
}

test('HTTP_PROXY request: a percent sign that begins no escape is encoded towards the backend', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end());
  const requestParameters = { 'integration.request.path.proxy': 'method.request.path.proxy' };
  const spec = proxyTo(backend.authority, { uri: `http://${backend.authority}/{proxy}`, requestParameters });
  const { port } = await startTestGateway(t, [{ definition: api({ 'ANY /{proxy+}': spec }) }]);
  await exchangeRaw(port, rawRequest('GET', '/a%zz/%C3%A4%2f+b//c%?q=100%&r=%4&s=%41+%2B'));
  assert.equal(backend.last().url, '/a%25zz/%C3%A4%2F+b//c%25?q=100%25&r=%254&s=%41+%2B');
});

const answerFields: readonly [name: string, value: string, becomes: string | null][] = [
  ['Age', '1', 'age'],
  ['Accept', 'x', 'accept'],
  ['Authorization', 'x', 'x-amzn-remapped-authorization'],
  ['Content-MD5', 'x', 'x-amzn-remapped-content-md5'],
  ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT', 'x-amzn-remapped-date'],
  ['Expect', 'x', null],
  ['Host', 'x', null],
  ['Max-Forwards', '1', 'x-amzn-remapped-max-forwards'],
  ['Pragma', 'x', 'pragma'],
  ['Proxy-Authenticate', 'x', null],
  ['Range', 'x', 'range'],
  ['Referer', 'x', 'referer'],
  ['Server', 'x', 'x-amzn-remapped-server'],
  ['TE', 'x', null],
  ['Trailer', 'X-T', null],
  ['User-Agent', 'x', 'x-amzn-remapped-user-agent'],
  ['Via', 'x', null],
  ['Warn', 'x', 'warn'],
  ['WWW-Authenticate', 'x', 'x-amzn-remapped-www-authenticate'],
  ['ETag', '"x"', 'etag'],
  ['Location', '/x', 'location'],
  ['X-Amzn-RequestId', 'theirs', 'x-amzn-remapped-x-amzn-requestid'],
  ['X-Amzn-Trace-Id', 'Root=1-theirs', 'x-amzn-trace-id'],
];
test('HTTP_PROXY answer: each field passes, is renamed or dropped as the table says', async (t) => {
  const backend = await startBackend(t, (_, response) => {
    response.setHeaders(new Map(answerFields.map(([name, value]) => [name, value])));
    response.end('x');
  });
  const { call } = await startTestGateway(t, [{ definition: api({ 'ANY /x': proxyTo(backend.authority) }) }]);
  const { headers } = await call('/x');
  for (const [name, value, becomes] of answerFields) {
    if (becomes !== null) assert.equal(headers[becomes], value, name);
    if (becomes !== name.toLowerCase()) assert.notEqual(headers[name.toLowerCase()], value, name);
  }
  assert.equal(headers['content-type'], 'application/json');
});

const mappedNames: readonly [name: string, http: string | null, mocked: string | null][] = [
  ['Accept', 'accept', 'accept'],
  ['Authorization', 'x-amzn-remapped-authorization', 'authorization'],
  ['Content-Encoding', 'content-encoding', 'content-encoding'],
  ['Content-MD5', 'x-amzn-remapped-content-md5', 'content-md5'],
  ['Content-Length', 'x-amzn-remapped-content-length', null],
  ['Connection', 'x-amzn-remapped-connection', null],
  ['Date', 'x-amzn-remapped-date', null],
  ['Expect', 'x-amzn-remapped-expect', 'expect'],
  ['Host', 'x-amzn-remapped-host', 'host'],
  ['Max-Forwards', 'x-amzn-remapped-max-forwards', 'max-forwards'],
  ['Proxy-Authenticate', 'x-amzn-remapped-proxy-authenticate', 'proxy-authenticate'],
  ['Server', 'x-amzn-remapped-server', 'server'],
  ['TE', 'te', 'te'],
  ['Trailer', 'x-amzn-remapped-trailer', null],
  ['Transfer-Encoding', null, null],
  ['Upgrade', 'x-amzn-remapped-upgrade', null],
  ['User-Agent', 'x-amzn-remapped-user-agent', 'user-agent'],
  ['Via', 'via', 'via'],
  ['Warn', 'warn', 'warn'],
  ['WWW-Authenticate', 'x-amzn-remapped-www-authenticate', 'www-authenticate'],
];
for (const way of ['mapping', 'override'] as const) {
  test(`response header ${way}: HTTP renames what AWS renames, MOCK keeps names, framing is never touched`, async (t) => {
    const backend = await startBackend(t, (_, response) => response.end('x'));
    const response =
      way === 'mapping'
        ? {
            responseParameters: Object.fromEntries(
              mappedNames.map(([name]) => [`method.response.header.${name}`, "'v-1'"]),
            ),
          }
        : {
            responseTemplates: {
              'application/json': `${mappedNames.map(([name]) => `#set($context.responseOverride.header.${name} = "v-1")`).join('')}x`,
            },
          };
    const definition = api({
      'GET /http': {
        integration: { type: 'HTTP', httpMethod: 'GET', uri: `http://${backend.authority}/` },
        responses: { 200: response },
      },
      'GET /mock': mock('x', { responses: { 200: response } }),
    });
    const { port } = await startTestGateway(t, [{ definition }]);
    for (const [target, column] of [
      ['/http', 1],
      ['/mock', 2],
    ] as const) {
      const answer = (await exchangeRaw(port, rawRequest('GET', target))).toLowerCase();
      assert.match(answer, /^http\/1\.1 200 ok\r\n/);
      for (const row of mappedNames) {
        const becomes = row[column];
        if (becomes !== null) assert.ok(answer.includes(`\r\n${becomes}: v-1\r\n`), `${target} ${row[0]}`);
        if (becomes !== row[0].toLowerCase())
          assert.ok(!answer.includes(`\r\n${row[0].toLowerCase()}: v-1\r\n`), `${target} ${row[0]}`);
      }
      assert.equal(answer.split('\r\ncontent-length:').length, 2);
    }
  });
}

test('HTTP_PROXY answer: a compressed body arrives as it is, though its type is text', async (t) => {
  const gzipped = Buffer.from('1f8b0800000000000003cb48cdc9c907008fe20a8605000000', 'hex');
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipped);
  });
  const { call } = await startTestGateway(t, [{ definition: api({ 'ANY /x': proxyTo(backend.authority) }) }]);
  const { bytes, headers } = await call('/x', { headers: { 'accept-encoding': 'gzip' } });
  assert.deepEqual([bytes, headers['content-encoding']], [gzipped, 'gzip']);
});

test('HTTP_PROXY answer: a HEAD to a backend that is asked with GET ends at once, its length told', async (t) => {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(200, { 'content-length': '4', 'content-type': 'text/plain' });
    response.end('body');
  });
  const { port } = await startTestGateway(t, [
    { definition: api({ 'ANY /x': proxyTo(backend.authority, { httpMethod: 'GET' }) }) },
  ]);
  const answer = await exchangeRaw(port, rawRequest('HEAD', '/x'));
  assert.match(answer, /\r\nContent-Length: 4\r\n/i);
  assert.match(answer, /\r\n\r\n$/);
});

test('HTTP_PROXY answer: a GET that is looked up as HEAD gets an empty answer, not a cut one', async (t) => {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(200, { 'content-length': '4' });
    response.end();
  });
  const { call } = await startTestGateway(t, [{ definition: api({ 'ANY /x': proxyTo(backend.authority) }) }]);
  const answer = await call('/x', { headers: { 'x-http-method-override': 'HEAD' } });
  assert.deepEqual([answer.status, answer.body, backend.last().method], [200, '', 'HEAD']);
});

const traceCases: readonly [type: 'HTTP' | 'HTTP_PROXY', target: string, expected: RegExp | undefined][] = [
  ['HTTP', '/ok', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0/],
  ['HTTP', '/down', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/],
  ['HTTP', '/slow', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/],
  ['HTTP', '/unmapped', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/],
  ['HTTP', '/refused', undefined],
  ['HTTP_PROXY', '/ok', undefined],
  ['HTTP_PROXY', '/down', undefined],
  ['HTTP_PROXY', '/slow', undefined],
];
for (const [type, target, expected] of traceCases) {
  test(`X-Amzn-Trace-Id: the answer of ${type} ${target} has ${expected === undefined ? 'none' : expected.source.endsWith('$') ? 'the root alone' : 'all parts'}`, async (t) => {
    const backend = await startBackend(t, (received, response) => {
      if (received.url !== '/slow') response.end('x');
    });
    const to = (uri: string, more: Partial<MethodSpec> = {}): MethodSpec => ({
      integration: { type, httpMethod: 'GET', uri, timeoutInMillis: 50 },
      responses: { 200: {} },
      ...more,
    });
    const definition = api({
      'GET /ok': to(`http://${backend.authority}/`, {
        integration: { type, httpMethod: 'GET', uri: `http://${backend.authority}/` },
      }),
      'GET /down': to('http://127.0.0.1:1/'),
      'GET /slow': to(`http://${backend.authority}/slow`),
      'GET /unmapped': to(`http://${backend.authority}/`, { responses: { '200:404': {} } }),
      'GET /refused': to('http://127.0.0.1:1/', {
        requestValidatorId: 'params',
        requestParameters: { 'method.request.querystring.q': true },
      }),
    });
    const { call } = await startTestGateway(t, [{ definition }]);
    const trace = (await call(target)).headers['x-amzn-trace-id'];
    if (expected === undefined) assert.equal(trace, undefined);
    else assert.match(String(trace), expected);
  });
}

test('response headers: text beyond ASCII leaves as UTF-8, whatever its source', async (t) => {
  const backend = await startBackend(t, (_, response) => {
    response.setHeader('x-in', Buffer.from('grün ž').toString('latin1'));
    response.end(Buffer.from('{"name":"grün"}')); // a string would make Node send its head as UTF-8
  });
  const definition = api(
    {
      'GET /x': {
        integration: { type: 'HTTP', httpMethod: 'GET', uri: `http://${backend.authority}/` },
        responses: {
          200: {
            responseParameters: {
              'method.response.header.X-Static': "'grün'",
              'method.response.header.X-Body': 'integration.response.body.name',
              'method.response.header.X-Header': 'integration.response.header.x-in',
            },
          },
        },
      },
    },
    {
      gatewayResponses: {
        DEFAULT_4XX: { responseParameters: { 'gatewayresponse.header.X-G': 'method.request.querystring.q' } },
      },
    },
  );
  const { call } = await startTestGateway(t, [{ definition }]);
  const { headers } = await call('/x');
  const utf8 = (value: unknown): string => Buffer.from(String(value), 'latin1').toString('utf8');
  assert.deepEqual(
    [utf8(headers['x-static']), utf8(headers['x-body']), utf8(headers['x-header'])],
    ['grün', 'grün', 'grün ž'],
  );
  assert.equal(utf8((await call('/nowhere?q=gr%C3%BCn')).headers['x-g']), 'grün');
});
