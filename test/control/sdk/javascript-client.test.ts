// The JavaScript SDK, unpacked and run against a gateway.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import { api, type MethodSpec, mock } from '../../support/api.ts';
import { type Backend, type Received, startBackend } from '../../support/backend.ts';
import { startTestGateway } from '../../support/gateway.ts';
import { type Client, loaders, pageFactory, sdkOf, textsOf, unpacked } from './support.ts';

const authorizer = {
  id: 'auth01',
  name: 'tokens',
  type: 'TOKEN' as const,
  identitySource: 'method.request.header.X-Token',
};

function proxied(backend: Backend, path: string, more: Partial<MethodSpec> = {}): MethodSpec {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const requestParameters = Object.fromEntries(
    names.map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`]),
  );
  return {
    integration: {
      type: 'HTTP_PROXY',
      httpMethod: 'ANY',
      uri: `http://${backend.authority}${path}`,
      requestParameters,
    },
    ...more,
  };
}

async function clientOf(t: TestContext, config: Record<string, unknown> = {}) {
  const backend = await startBackend(t, ({ url }, response) => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-backend', 'yes');
    response.statusCode = url.startsWith('/missing') ? 404 : 200;
    response.end(url.startsWith('/missing') ? '{"message":"no such pet"}' : '{"name":"Rex"}');
  });
  const pathParameter = { 'method.request.path.petId': true };
  const definition = api({
    'GET /': mock('{"root":true}'),
    'GET /pets/{petId}': proxied(backend, '/pets/{petId}', {
      requestParameters: {
        ...pathParameter,
        'method.request.querystring.tag': true,
        'method.request.querystring.page': false,
        'method.request.header.X-Trace': false,
      },
    }),
    'POST /pets': proxied(backend, '/pets', { authorizationType: 'NONE', authorizerId: 'auth01' }),
    'GET /missing': proxied(backend, '/missing'),
    'GET /text': mock('hello', {
      responses: {
        200: {
          responseTemplates: { 'text/plain': 'hello' },
          responseParameters: { 'method.response.header.Content-Type': "'text/plain'" },
        },
      },
    }),
    'ANY /files/{rest+}': proxied(backend, '/files/{rest}', {
      requestParameters: { 'method.request.path.rest': true },
    }),
  });
  const withAuthorizer = { ...definition, authorizers: [authorizer] };
  const { port } = await startTestGateway(t, [{ definition: withAuthorizer }]);
  const invokeUrl = `http://127.0.0.1:${port}/_aws/execute-api/testapi001/test`;
  const archive = await sdkOf(withAuthorizer, { invokeUrl });
  const factory = await loaders.import!(unpacked(t, archive));
  return { backend, client: factory.newClient(config), archive, invokeUrl };
}

test('JavaScript SDK: a GET sends path, query and header parameters and gives status, data and headers', async (t) => {
  const { backend, client } = await clientOf(t);
  const params = { petId: "a b/c'(1)", tag: ['x&y', 'ü'], page: 2, 'X-Trace': 'one' };
  const result = await client.petsPetIdGet!(params, {}, {});
  assert.equal(result.status, 200);
  assert.deepEqual(result.data, { name: 'Rex' });
  assert.equal(result.headers['x-backend'], 'yes');
  const { url, headers, method } = backend.last();
  const sent = new URL(url, 'http://backend');
  assert.equal(method, 'GET');
  assert.equal(decodeURIComponent(sent.pathname), "/pets/a b/c'(1)");
  assert.deepEqual(sent.searchParams.getAll('tag').sort(), ['x&y', 'ü']);
  assert.equal(sent.searchParams.get('page'), '2');
  assert.equal(headers['x-trace'], 'one');
  assert.equal(headers.accept, 'application/json');
  assert.equal(headers['content-type'], undefined);
});

test('JavaScript SDK: a POST sends objects as JSON, and texts and bytes as they are', async (t) => {
  const { backend, client } = await clientOf(t);
  const bodies: [unknown, string, string][] = [
    [{ name: 'Rex' }, '{"name":"Rex"}', 'application/json'],
    [[], '[]', 'application/json'],
    ['plain', 'plain', 'application/json'],
    [new Uint8Array([104, 105]), 'hi', 'application/json'],
    [new URLSearchParams({ a: '1' }), 'a=1', 'application/x-www-form-urlencoded;charset=UTF-8'],
    [{}, '', ''],
  ];
  for (const [body, sent, type] of bodies) {
    const { status } = await client.petsPost!({}, body);
    const last = backend.last();
    assert.deepEqual(
      [status, last.method, last.body.toString(), last.headers['content-type'] ?? ''],
      [200, 'POST', sent, type],
    );
  }
  await client.petsPost!({}, '<a/>', { headers: { 'Content-Type': 'application/xml' } });
  assert.equal(backend.last().headers['content-type'], 'application/xml');
});

test('JavaScript SDK: an API key is sent as x-api-key', async (t) => {
  const { backend, client } = await clientOf(t, { apiKey: 'abcdefghij0123456789' });
  await client.petsPost!({}, { name: 'Rex' });
  assert.equal(backend.last().headers['x-api-key'], 'abcdefghij0123456789');
});

test("JavaScript SDK: an authorizer's token is a parameter of its method, and may be an additional header", async (t) => {
  const { backend, client } = await clientOf(t);
  await client.petsPost!({ 'X-Token': 'allow me' }, { name: 'Rex' });
  assert.equal(backend.last().headers['x-token'], 'allow me');
  await client.petsPost!(
    {},
    { name: 'Rex' },
    { headers: { 'x-token': 'me too' }, queryParams: { dry: true } },
  );
  assert.equal(backend.last().headers['x-token'], 'me too');
  assert.equal(backend.last().url, '/pets?dry=true');
});

test('JavaScript SDK: an answer that is not 2xx rejects with status, data and headers', async (t) => {
  const { client } = await clientOf(t);
  await assert.rejects(client.missingGet!(), (error: Error & Record<string, unknown>) => {
    assert.equal(error.message, 'Request failed with status code 404');
    assert.equal(error.status, 404);
    assert.deepEqual(error.data, { message: 'no such pet' });
    assert.equal((error.headers as Record<string, string>)['x-backend'], 'yes');
    assert.equal((error.response as { status: number }).status, 404);
    return true;
  });
});

test('JavaScript SDK: what is not JSON is given as text, and bytes when asked for', async (t) => {
  const { client } = await clientOf(t);
  assert.equal((await client.textGet!()).data, 'hello');
  const { data } = await client.textGet!({}, null, { responseType: 'arraybuffer' });
  assert.equal(Buffer.from(data).toString(), 'hello');
  assert.equal((await client.rootGet!({}, null, { responseType: 'text' })).data, '{"root":true}');
});

test('JavaScript SDK: ANY is a method for each verb, and a greedy parameter keeps its slashes', async (t) => {
  const { backend, client } = await clientOf(t);
  for (const verb of ['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT']) {
    const name = `filesRest${verb.charAt(0)}${verb.slice(1).toLowerCase()}`;
    assert.equal((await client[name]!({ rest: 'a/b c' })).status, 200);
    assert.deepEqual([backend.last().method, backend.last().url], [verb, '/files/a/b%20c']);
  }
});

test('JavaScript SDK: parameters that are missing, or would call another method, are refused before a call', async (t) => {
  const { backend, client } = await clientOf(t);
  const cases: [unknown, RegExp][] = [
    [{ tag: 'x' }, /^Error: petId must be defined$/],
    [{ petId: 'a' }, /^Error: tag must be defined$/],
    [{ petId: '', tag: 'x' }, /^Error: petId must be defined$/],
    [{ petId: '..', tag: 'x' }, /^Error: petId must not be "\." or "\.\."$/],
    [undefined, /^Error: petId must be defined$/],
  ];
  for (const [params, message] of cases) await assert.rejects(client.petsPetIdGet!(params), message);
  assert.equal(backend.received.length, 0);
});

test('JavaScript SDK: require, import and a page load it', async (t) => {
  const { archive, invokeUrl } = await clientOf(t);
  const folder = unpacked(t, archive);
  const clients: Client[] = [pageFactory(archive).newClient({ invokeUrl: `${invokeUrl}/` })];
  for (const load of Object.values(loaders)) clients.push((await load(folder)).newClient());
  for (const client of clients) assert.equal((await client.rootGet!()).data.root, true);
});

/** Signature Version 4, computed from what a server received, without the client's code or ours. */
function expectedAuthorization({ method, url, headers, body }: Received, secret: string): string {
  const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
  const [path, query = ''] = url.split('?') as [string, string?];
  const sent = /Credential=(\w+)\/(\d{8})\/([\w-]+)\/(\w|-)+\/aws4_request, SignedHeaders=([\w;-]+)/.exec(
    headers.authorization!,
  )!;
  const [, id, date, region, , signedHeaders] = sent as unknown as string[];
  const encodedTwice = path
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');
  const fields = signedHeaders!
    .split(';')
    .map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`);
  const canonical = `${method}\n${encodedTwice}\n${query.split('&').sort().join('&')}\n${fields.join('')}\n${signedHeaders}\n${sha256(body)}`;
  const scope = `${date}/${region}/execute-api/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${scope}\n${sha256(canonical)}`;
  const key = [region!, 'execute-api', 'aws4_request'].reduce(hmac, hmac(`AWS4${secret}`, date!));
  return `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${signedHeaders}, Signature=${hmac(key, toSign).toString('hex')}`;
}

test('JavaScript SDK: with keys, requests are signed with Signature Version 4', async (t) => {
  const { archive } = await clientOf(t);
  const server = await startBackend(t, (_, response) => response.end('{}'));
  const factory = pageFactory(archive);
  const secretKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  const keys = { accessKey: 'AKIDEXAMPLE', secretKey, invokeUrl: `http://${server.authority}/prod` };
  const client = factory.newClient({ ...keys, region: 'eu-west-1' });
  const temporary = factory.newClient({ ...keys, accessKey: 'ASIDEXAMPLE', sessionToken: 'TOKEN==' });
  const calls = [
    () => client.rootGet!(),
    () => client.petsPetIdGet!({ petId: "a b/c'(1)*~", tag: ['z', 'a b', '*'], page: 'ü=&' }),
    () => client.petsPost!({}, { name: 'Grüße' }),
    () => client.petsPost!({}, 'x', { queryParams: { b: '', a: '+', B: 1 } }),
    () => client.filesRestPut!({ rest: 'a/b+c/@d' }, new Uint8Array([0, 255])),
    () => temporary.petsPost!({}, { name: 'Rex' }, { headers: { 'X-Amz-Meta': '  two   words ' } }),
  ];
  for (const call of calls) {
    await call();
    const last = server.last();
    assert.equal(last.headers.authorization, expectedAuthorization(last, secretKey));
  }
  assert.match(server.received[0]!.headers.authorization!, /\/eu-west-1\/execute-api\//);
  assert.match(
    server.last().headers.authorization!,
    /\/us-east-1\/.*SignedHeaders=content-type;host;x-amz-date;x-amz-meta;x-amz-security-token,/,
  );
});

test("JavaScript SDK: a caller's Authorization header is sent instead of a signature", async (t) => {
  const { archive } = await clientOf(t);
  const server = await startBackend(t, (_, response) => response.end('{}'));
  const config = { accessKey: 'AKIDEXAMPLE', secretKey: 'secret', invokeUrl: `http://${server.authority}` };
  await pageFactory(archive).newClient(config).rootGet!({}, null, {
    headers: { Authorization: 'Bearer abc' },
  });
  assert.equal(server.last().headers.authorization, 'Bearer abc');
  assert.equal(server.last().headers['x-amz-date'], undefined);
});

test('JavaScript SDK: the archive has the client in two forms, its types and a README', async (t) => {
  const { archive, invokeUrl } = await clientOf(t);
  const texts = textsOf(archive);
  assert.deepEqual(Object.keys(texts).sort(), [
    'apiGateway-js-sdk/README.md',
    'apiGateway-js-sdk/apigClient.d.mts',
    'apiGateway-js-sdk/apigClient.d.ts',
    'apiGateway-js-sdk/apigClient.js',
    'apiGateway-js-sdk/apigClient.mjs',
    'apiGateway-js-sdk/package.json',
  ]);
  assert.match(texts['apiGateway-js-sdk/README.md']!, /\| `petsPetIdGet` \| `GET \/pets\/\{petId\}` \|/);
  assert.ok(texts['apiGateway-js-sdk/README.md']!.includes(invokeUrl));
});
