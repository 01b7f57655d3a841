import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { connect, createServer } from 'node:tls';
import { selfSignedCertificate } from '../../../src/control/api/self-signed-certificate.ts';
import { refused, testControl } from '../../support/control.ts';
import { putApi, putStage } from './support.ts';

const createdDate = Math.floor(Date.UTC(2024, 0, 2, 3, 4, 5) / 1000);

test('client certificates: one is made for a year, shown without its key, changed and deleted', async (t) => {
  const { call, control } = await testControl(t);
  const created = await call('GenerateClientCertificate', { description: 'd', tags: { team: 'a' } });
  const { clientCertificateId, pemEncodedCertificate, ...rest } = created;
  assert.match(clientCertificateId, /^[a-z0-9]{6}$/);
  assert.deepEqual(rest, {
    description: 'd',
    createdDate,
    expirationDate: createdDate + 365 * 86_400,
    tags: { team: 'a' },
  });
  const certificate = new X509Certificate(pemEncodedCertificate);
  assert.equal(certificate.subject, 'O=Sluice\nCN=ApiGateway');
  assert.equal(certificate.issuer, certificate.subject);
  assert.equal(certificate.validFromDate.toISOString(), '2024-01-02T03:04:05.000Z');
  assert.equal(certificate.validToDate.toISOString(), '2025-01-01T03:04:05.000Z');
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  assert.ok(certificate.verify(certificate.publicKey));
  const stored = control.services.store.view.get('clientCertificate', '', clientCertificateId);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(stored!.pemEncodedPrivateKey)));

  assert.deepEqual(await call('GetClientCertificate', { clientCertificateId }), created);
  assert.deepEqual(await call('GetClientCertificates', {}), { item: [created] });
  const patchOperations = [{ op: 'replace', path: '/description', value: 'e' }] as const;
  const changed = await call('UpdateClientCertificate', { clientCertificateId, patchOperations });
  assert.deepEqual(changed, { ...created, description: 'e' });
  assert.equal(await call('DeleteClientCertificate', { clientCertificateId }), undefined);
  assert.deepEqual(await call('GetClientCertificates', {}), { item: [] });
});

test('client certificates: refusals are those of the service', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  const none = 'Invalid Client Certificate identifier specified';
  for (const name of ['GetClientCertificate', 'UpdateClientCertificate', 'DeleteClientCertificate'] as const)
    await refused(call(name, { clientCertificateId: 'none' }), 'NotFoundException', none);
  const { clientCertificateId } = await call('GenerateClientCertificate', {});
  await refused(
    call('UpdateClientCertificate', {
      clientCertificateId,
      patchOperations: [{ op: 'add', path: '/description', value: 'x' }],
    }),
    'BadRequestException',
    "Invalid patch path  '/description' specified for op 'add'. Please choose supported operations",
  );
  await putApi(world);
  await putStage(world, 'prod', { clientCertificateId });
  await refused(call('DeleteClientCertificate', { clientCertificateId }), 'BadRequestException', /:prod$/);
});

test('client certificates: a backend that trusts the certificate alone knows who calls', async (t) => {
  const hour = 3_600_000;
  const from = new Date(Date.now() - hour).toISOString();
  const until = new Date(Date.now() + hour).toISOString();
  const make = (commonName: string) =>
    selfSignedCertificate({ commonName, organization: 'Sluice' }, from, until);
  const [server, client, stranger] = await Promise.all(['server', 'ApiGateway', 'other'].map(make));
  const listener = createServer({
    cert: server!.certificate,
    key: server!.privateKey,
    ca: client!.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  t.after(() => listener.close());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const isKnown = async ({ certificate, privateKey }: { certificate: string; privateKey: string }) => {
    const accepted = once(listener, 'secureConnection');
    const options = {
      host: '127.0.0.1',
      port,
      cert: certificate,
      key: privateKey,
      rejectUnauthorized: false,
    };
    const socket = connect(options);
    const [connection] = await accepted;
    socket.destroy();
    return connection.authorized as boolean;
  };
  assert.equal(await isKnown(client!), true);
  assert.equal(await isKnown(stranger!), false);
});
