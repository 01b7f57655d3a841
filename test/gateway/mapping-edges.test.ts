// Rules of templates and mappings that show only at their edges: keys, spellings, and what has no type of its own.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { api, type MethodSpec, mock } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';
import { exchangeRaw, rawRequest } from '../support/raw-client.ts';

const internalError = '{"message": "Internal server error"}';

/** An HTTP integration in front of a backend that answers with `body` and `type`; null: without a Content-Type. */
async function mapped(
  t: TestContext,
  answer: { readonly body: Buffer | string; readonly type: string | null },
  { integration = {}, responses = { 200: {} } }: Partial<Record<'integration' | 'responses', object>> = {},
  binaryMediaTypes: readonly string[] = [],
) {
  const backend = await startBackend(t, (_, response) => {
    if (answer.type !== null) response.setHeader('content-type', answer.type);
    response.end(answer.body);
  });
  const method: MethodSpec = {
    integration: { type: 'HTTP', httpMethod: 'POST', uri: `http://${backend.authority}/`, ...integration },
    responses: responses as MethodSpec['responses'],
  };
  const { call } = await startTestGateway(t, [
    { definition: api({ 'POST /m': method }, { restApi: { binaryMediaTypes } }) },
  ]);
  return { call, backend };
}

test('response template: one under $default answers as application/json', async (t) => {
  const definition = api({
    'GET /m': mock('', { responses: { 200: { responseTemplates: { $default: 'x' } } } }),
  });
  const { call } = await startTestGateway(t, [{ definition }]);
  const { body, headers } = await call('/m');
  assert.deepEqual([body, headers['content-type']], ['x', 'application/json']);
});

test('overrides: a Content-Type stands in the place of the template’s and of the mapped one, once', async (t) => {
  const template = '#set($context.responseOverride.header.content-type = "text/csv")a,b';
  const responseParameters = { 'method.response.header.Content-Type': "'text/plain'" };
  const definition = api({
    'GET /m': mock(template),
    'GET /both': mock('', {
      responses: { 200: { responseTemplates: { 'application/json': template }, responseParameters } },
    }),
  });
  const { port } = await startTestGateway(t, [{ definition }]);
  for (const target of ['/m', '/both']) {
    const answer = await exchangeRaw(port, rawRequest('GET', target));
    assert.deepEqual(answer.match(/^content-type:.*$/gim), ['Content-Type: text/csv'], answer);
  }
});

test('$input: a header is found under any spelling of its name, by params and in its map', async (t) => {
  const template =
    '$input.params("X-IN") $input.params().header.get("X-In") $input.params().header["x-iN"] $input.params().header.X-In $input.params().header.containsKey("X-IN")';
  const { call } = await startTestGateway(t, [{ definition: api({ 'GET /m': mock(template) }) }]);
  const { body } = await call('/m', { headers: { 'x-in': 'in' } });
  assert.equal(body, 'in in in in true');
});

for (const [written, status] of [
  ['"404"', 404],
  ['404', 404],
  ['"0404"', 200],
  ['"40x"', 200],
  ['404.5', 200],
  ['""', 200],
] as const) {
  test(`overrides: a status written as ${written} answers ${status}`, async (t) => {
    const template = `#set($context.responseOverride.status = ${written})x`;
    const { call } = await startTestGateway(t, [{ definition: api({ 'GET /m': mock(template) }) }]);
    assert.equal((await call('/m')).status, status);
  });
}

test('request validation: a body of white space alone counts as {}, as an empty one does', async (t) => {
  const definition = api(
    { 'POST /m': mock('x', { requestValidatorId: 'body', requestModels: { 'application/json': 'Pet' } }) },
    { models: { Pet: { type: 'object' } } },
  );
  const { call } = await startTestGateway(t, [{ definition }]);
  for (const body of ['', ' ', '\r\n\t'])
    assert.equal((await call('/m', { method: 'POST', body })).status, 200);
  assert.equal((await call('/m', { method: 'POST', body: ' x' })).status, 400);
});

test('parameter mapping: two spellings of one header are one header, and the last mapping of it counts', async (t) => {
  const requestParameters = {
    'integration.request.header.X-Twice': "'first'",
    'integration.request.header.x-twice': "'second'",
  };
  const { call, backend } = await mapped(
    t,
    { body: '', type: 'text/plain' },
    { integration: { requestParameters } },
  );
  await call('/m', { method: 'POST' });
  assert.equal(backend.last().headers['x-twice'], 'second');
});

test('parameter mapping: a body that does not begin like JSON is text, in which no path leads anywhere', async (t) => {
  const requestParameters = {
    'integration.request.header.x-whole': 'method.request.body',
    'integration.request.header.x-part': 'method.request.body.a',
  };
  const { call, backend } = await mapped(
    t,
    { body: '', type: 'text/plain' },
    { integration: { requestParameters } },
  );
  for (const [body, part] of [
    ['}', undefined],
    [']{', undefined],
    ['a: 1', undefined],
    [' {"a": 1}', '1'],
  ] as const) {
    assert.equal((await call('/m', { method: 'POST', body })).status, 200, body);
    const { headers } = backend.last();
    assert.deepEqual([headers['x-whole'], headers['x-part']], [body.trim(), part]);
  }
  assert.equal((await call('/m', { method: 'POST', body: '{"a": ' })).status, 400);
});

test('parameter mapping: a Transfer-Encoding of the answer is mapped to nothing, a Server header to its new name', async (t) => {
  const responseParameters = {
    'method.response.header.Transfer-Encoding': "'gzip'",
    'method.response.header.Server': "'mine'",
  };
  const { call } = await mapped(
    t,
    { body: 'x', type: 'text/plain' },
    { responses: { 200: { responseParameters } } },
  );
  const { status, body, headers } = await call('/m', { method: 'POST' });
  assert.deepEqual(
    [status, body, headers['transfer-encoding'], headers['x-amzn-remapped-server']],
    [200, 'x', undefined, 'mine'],
  );
});

test('binary media types: an answer without a Content-Type is of the type application/json', async (t) => {
  const bytes = Buffer.from([0xff, 0x00, 0x61]);
  for (const [listed, expected] of [
    [['application/json'], bytes.toString('base64')],
    [['application/octet-stream'], '\ufffd\u0000a'],
  ] as const) {
    const { call } = await mapped(t, { body: bytes, type: null }, {}, listed);
    assert.equal((await call('/m', { method: 'POST', headers: { accept: 'text/plain' } })).body, expected);
  }
});

test('binary media types: text that has one digit of base64 too many answers 500, missing padding does not', async (t) => {
  const responses = { 200: { contentHandling: 'CONVERT_TO_BINARY' } };
  for (const [body, expected] of [
    ['QUJDR', [500, internalError]],
    ['QUJDRA', [200, 'ABCD']],
  ] as const) {
    const { call } = await mapped(t, { body, type: 'text/plain' }, { responses });
    const answer = await call('/m', { method: 'POST' });
    assert.deepEqual([answer.status, answer.body], expected);
  }
});
