import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import type { DataPlanes } from '../../../src/control/api/handler.ts';
import type { Input } from '../../../src/control/protocol/operations.ts';
import type { TestInvocation } from '../../../src/resources/index.ts';
import { api } from '../../support/api.ts';
import { startBackend } from '../../support/backend.ts';
import { refused, testControl } from '../../support/control.ts';
import { startTestGateway } from '../../support/gateway.ts';
import { selfSigned } from '../../upstream/certificates.ts';

/** `GET /`, without an integration. */
async function methodOn(t: TestContext, dataPlanes: Partial<DataPlanes> = {}) {
  const { call, control, advance } = await testControl(t, dataPlanes);
  const { id: restApiId, rootResourceId: resourceId } = await call('CreateRestApi', { name: 'pets' });
  const address = { restApiId, resourceId, httpMethod: 'GET' };
  await call('PutMethod', { ...address, authorizationType: 'AWS_IAM' });
  return { call, control, address, advance };
}

/** A gateway that takes the invocations of a control plane without a socket between them. */
async function gatewayFor(t: TestContext): Promise<Pick<DataPlanes, 'testInvoke'>> {
  const { gateway } = await startTestGateway(t, [{ definition: api({}) }]);
  return { testInvoke: (invocation) => gateway.testInvoke(invocation) };
}

test('TestInvokeMethod: a method that was never deployed runs, with path, query, headers, body and variables', async (t) => {
  const backend = await startBackend(t, (received, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'x-many': ['1', '2'] });
    response.end(`${received.method} ${received.url} ${received.headers['x-a']} ${received.body}`);
  });
  const { call, address } = await methodOn(t, await gatewayFor(t));
  await call('PutIntegration', {
    ...address,
    type: 'HTTP_PROXY',
    integrationHttpMethod: 'POST',
    uri: `http://${backend.authority}/\${stageVariables.place}`,
  });
  const answer = await call('TestInvokeMethod', {
    ...address,
    pathWithQueryString: '/?q=1',
    headers: { 'X-A': 'single', 'X-B': 'kept' },
    multiValueHeaders: { 'x-a': ['multi'] },
    body: 'hello',
    stageVariables: { place: 'here' },
  });
  const { log, latency, headers, multiValueHeaders, ...rest } = answer;
  assert.deepEqual(rest, { status: 200, body: 'POST /here?q=1 multi hello' });
  assert.deepEqual(multiValueHeaders['x-many'], ['1', '2']);
  assert.equal(headers['x-many'], '2');
  assert.equal(headers['content-type'], 'text/plain');
  assert.match(log, /^Execution log for request [0-9a-f-]{36}\n/);
  assert.match(log, /Method completed with status: 200\n$/);
  assert.ok(latency >= 0);
});

test('TestInvokeMethod: a data plane is given the method and what goes with it', async (t) => {
  const given: TestInvocation[] = [];
  const testInvoke = async (invocation: TestInvocation) => {
    given.push(invocation);
    return { status: 204, headers: [], body: '', log: 'log', latencyMs: 7 };
  };
  const { call, address, control } = await methodOn(t, { testInvoke });
  await call('PutIntegration', { ...address, type: 'MOCK' });
  await control.services.store.write((transaction) =>
    transaction.put('clientCertificate', '', 'crt001', {
      clientCertificateId: 'crt001',
      pemEncodedCertificate: 'CERT',
      pemEncodedPrivateKey: 'KEY',
      createdDate: '2024-01-01T00:00:00.000Z',
      expirationDate: '2025-01-01T00:00:00.000Z',
    }),
  );
  const answer = await call('TestInvokeMethod', { ...address, clientCertificateId: 'crt001' });
  assert.deepEqual(answer, {
    status: 204,
    body: '',
    headers: {},
    multiValueHeaders: {},
    log: 'log',
    latency: 7,
  });
  const [{ definition, ...rest }] = given as [TestInvocation];
  assert.equal(definition.restApi.id, address.restApiId);
  assert.deepEqual(rest, {
    resourceId: address.resourceId,
    httpMethod: address.httpMethod,
    pathWithQueryString: null,
    headers: [],
    body: '',
    stageVariables: {},
    clientCertificate: { certificate: 'CERT', privateKey: 'KEY' },
  });
});

test('TestInvokeMethod: a certificate that was generated here opens a backend that trusts it', async (t) => {
  const { call, address, advance } = await methodOn(t, await gatewayFor(t));
  // The backend looks at the dates, and its clock is the machine's.
  advance((Date.now() - Date.UTC(2024, 0, 2, 3, 4, 5)) / 1000 - 60);
  const { clientCertificateId, pemEncodedCertificate } = await call('GenerateClientCertificate', {});
  const server = selfSigned({ host: 'localhost' });
  const backend = createServer(
    { ...server, requestCert: true, rejectUnauthorized: true, ca: [pemEncodedCertificate] },
    (_, response) => response.end('come in'),
  );
  backend.on('tlsClientError', () => {});
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  t.after(() => {
    backend.closeAllConnections();
    backend.close();
  });
  await call('PutIntegration', {
    ...address,
    type: 'HTTP_PROXY',
    integrationHttpMethod: 'GET',
    uri: `https://localhost:${(backend.address() as AddressInfo).port}/`,
    tlsConfig: { insecureSkipVerification: true },
  });
  const shown = await call('TestInvokeMethod', { ...address, clientCertificateId });
  assert.deepEqual([shown.status, shown.body], [200, 'come in']);
  const hidden = await call('TestInvokeMethod', address);
  assert.equal(hidden.status, 504);
});

const refusals: readonly [
  what: string,
  more: Partial<Input<'TestInvokeMethod'>>,
  type: string,
  message: string,
][] = [
  ['an unknown API', { restApiId: 'nope' }, 'NotFoundException', 'Invalid Resource identifier specified'],
  [
    'an unknown resource',
    { resourceId: 'nope' },
    'NotFoundException',
    'Invalid Resource identifier specified',
  ],
  ['an unknown method', { httpMethod: 'PATCH' }, 'NotFoundException', 'Invalid Method identifier specified'],
  [
    'an unknown client certificate',
    { clientCertificateId: 'nope' },
    'NotFoundException',
    'Invalid Client Certificate identifier specified',
  ],
  [
    'a header that is none',
    { headers: { 'a b': 'c' } },
    'BadRequestException',
    'Invalid header specified: a b',
  ],
];
for (const [what, more, type, message] of refusals) {
  test(`TestInvokeMethod: ${what} is refused`, async (t) => {
    const { call, address } = await methodOn(t);
    await call('PutIntegration', { ...address, type: 'MOCK' });
    await refused(call('TestInvokeMethod', { ...address, ...more }), type, message);
  });
}

test('TestInvokeMethod: a method without an integration is refused', async (t) => {
  const { call, address } = await methodOn(t);
  await refused(
    call('TestInvokeMethod', address),
    'BadRequestException',
    'No integration defined for method',
  );
});

test('TestInvokeMethod: without a data plane it is unavailable', async (t) => {
  const { call, address } = await methodOn(t);
  await call('PutIntegration', { ...address, type: 'MOCK' });
  await refused(
    call('TestInvokeMethod', address),
    'ServiceUnavailableException',
    'The method cannot be invoked: no data plane runs',
  );
});
