import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { api, type MethodSpec } from '../support/api.ts';
import { startTestGateway } from '../support/gateway.ts';
import { selfSigned, type TestCertificate } from '../upstream/certificates.ts';

const shop = selfSigned({ host: 'shop' });
const office = selfSigned({ host: 'office' });
const stranger = selfSigned({ host: 'stranger' });
const published = ({ cert, key }: TestCertificate) => ({
  clientCertificate: { certificate: cert, privateKey: key },
});

interface Guarded {
  readonly origin: string;
  readonly connectionCount: () => number;
}

/** An https backend that lets in those with a certificate of ours alone, and answers with its name. */
async function startGuarded(t: TestContext): Promise<Guarded> {
  const own = selfSigned({ host: 'localhost' });
  let connections = 0;
  const server = createServer(
    {
      cert: own.cert,
      key: own.key,
      requestCert: true,
      rejectUnauthorized: true,
      ca: [shop.cert, office.cert],
    },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      response.end(String(subject.CN));
    },
  );
  server.on('secureConnection', () => connections++);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `https://localhost:${port}`, connectionCount: () => connections };
}

function callerOf(origin: string) {
  const to = (type: 'HTTP' | 'HTTP_PROXY'): MethodSpec => ({
    integration: {
      type,
      httpMethod: 'GET',
      uri: `${origin}/`,
      // The backend's own certificate is nobody's authority; what the gateway shows is not touched by that.
      tlsConfig: { insecureSkipVerification: true },
    },
    responses: { 200: {} },
  });
  return api({ 'GET /http': to('HTTP'), 'GET /proxy': to('HTTP_PROXY') });
}

for (const target of ['/http', '/proxy']) {
  test(`client certificate: a backend that asks for it sees the stage's (${target})`, async (t) => {
    const { origin } = await startGuarded(t);
    const { call } = await startTestGateway(t, [{ definition: callerOf(origin), ...published(shop) }]);
    const answer = await call(target);
    assert.deepEqual([answer.status, answer.body], [200, 'shop']);
  });

  for (const [what, more] of [
    ['without a certificate', {}],
    ['with one that the backend does not know', published(stranger)],
  ] as const) {
    test(`client certificate: a stage ${what} is not let in (${target})`, async (t) => {
      const { origin } = await startGuarded(t);
      const { call } = await startTestGateway(t, [{ definition: callerOf(origin), ...more }]);
      const answer = await call(target);
      assert.deepEqual(
        [answer.status, answer.body],
        [504, '{"message": "Network error communicating with endpoint"}'],
      );
    });
  }
}

test('client certificate: stages with different ones share no connection, methods of one stage do', async (t) => {
  const guarded = await startGuarded(t);
  const definition = callerOf(guarded.origin);
  const { call } = await startTestGateway(t, [
    { definition, stage: { stageName: 'shop' }, ...published(shop) },
    { definition, stage: { stageName: 'office' }, ...published(office) },
    { definition, stage: { stageName: 'nobody' } },
  ]);
  const ask = async (stage: string, target: string) => (await call(target, { stage })).body;
  for (let i = 0; i < 3; i++) {
    assert.equal(await ask('shop', '/http'), 'shop');
    assert.equal(await ask('office', '/http'), 'office');
    assert.equal(await ask('shop', '/proxy'), 'shop');
    assert.equal(await ask('office', '/proxy'), 'office');
    assert.equal((await call('/proxy', { stage: 'nobody' })).status, 504);
  }
  assert.equal(guarded.connectionCount(), 2);
});

test('client certificate: a new one is shown by the next request', async (t) => {
  const { origin } = await startGuarded(t);
  const definition = callerOf(origin);
  const { call, publish } = await startTestGateway(t, [{ definition, ...published(shop) }]);
  assert.equal((await call('/proxy')).body, 'shop');
  await publish({ definition, ...published(office) });
  assert.equal((await call('/proxy')).body, 'office');
  await publish({ definition });
  assert.equal((await call('/proxy')).status, 504);
});

test('client certificate: one that cannot be read is shown to nobody and answers 500', async (t) => {
  const { origin } = await startGuarded(t);
  const broken = { clientCertificate: { certificate: 'rubbish', privateKey: 'rubbish' } };
  const { call } = await startTestGateway(t, [{ definition: callerOf(origin), ...broken }]);
  const answer = await call('/proxy');
  assert.deepEqual([answer.status, answer.body], [500, '{"message": "Internal server error"}']);
});
