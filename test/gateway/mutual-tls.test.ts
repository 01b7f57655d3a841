import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { PublishedDomainName } from '../../src/resources/index.ts';
import { api, mock } from '../support/api.ts';
import { Authority } from '../support/authority.ts';
import {
  forbidden,
  keepingAgent,
  mappings,
  partners,
  type SecureGateway,
  servers,
  startSecureGateway,
  uri,
} from '../support/mutual-tls.ts';
import { tlsDomain } from '../support/tls-domain.ts';

const others = new Authority('others');
const alice = partners.issue('alice');
const zoe = partners.issue('zoe', { organization: 'Example, Inc.' });
const bob = partners.issue('bob');
const mallory = others.issue('mallory');
const day = 86_400_000;

const context =
  '$context.identity.clientCert.subjectDN|$context.identity.clientCert.issuerDN|' +
  '$context.identity.clientCert.serialNumber|$context.identity.clientCert.validity.notAfter';
const definition = api({
  'GET /who': mock(context),
  'GET /name': mock('$context.identity.clientCert.subjectDN'),
});
const named = { target: '/name' };
const served = (body: string) => ({ status: 200, body, errorType: undefined });

test('mutual TLS: a client of the truststore is served, and $context tells who it is', async (t) => {
  const { ask } = await startSecureGateway(t, definition);
  const answer = await ask('api.example.com', zoe);
  const serial = zoe.serial.match(/../g)!.join(':');
  assert.equal(answer.status, 200);
  const time = '[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4} GMT';
  assert.match(answer.body, new RegExp(`^O=Example\\\\, Inc\\.,CN=zoe\\|CN=partners\\|${serial}\\|${time}$`));
});

const chain = (...certificates: readonly { readonly cert: string }[]): string =>
  certificates.map(({ cert }) => cert).join('');
const middle = new Authority('middle', partners);
const lower = new Authority('lower', middle);
const lowest = new Authority('lowest', lower);
const ofMiddle = middle.issue('carol');
const ofLower = lower.issue('dave');
const ofLowest = lowest.issue('erin');

const untrusted = [
  ['without a certificate', null, 'none'],
  ['with a certificate of another authority', mallory, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  [
    'with an expired certificate',
    partners.issue('late', { from: new Date(Date.now() - 2 * day), to: new Date(Date.now() - 1000) }),
    'CERT_HAS_EXPIRED',
  ],
  [
    'with a certificate of tomorrow',
    partners.issue('early', { from: new Date(Date.now() + day), to: new Date(Date.now() + 2 * day) }),
    'CERT_NOT_YET_VALID',
  ],
  ['with a certificate of an authority that it does not show', ofMiddle, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ['with a certificate that is signed with SHA-1', partners.issue('old', { hash: 'sha1' }), null],
  ['with an RSA key of 1024 bits', partners.issue('small', { rsaBits: 1024 }), null],
] as const;
for (const [what, client, reason] of untrusted)
  test(`mutual TLS: a client ${what} is answered 403 Forbidden, or not at all`, async (t) => {
    const { ask, gateway } = await startSecureGateway(t, definition);
    // A client of OpenSSL 3.5 may refuse to show what is too weak.
    const answer = await ask('api.example.com', client).catch(() => null);
    if (answer !== null || reason !== null) assert.deepEqual(answer, forbidden);
    const refused = gateway.stats().processes[0]!.tls!.front!.refusedCertificates;
    if (reason !== null) assert.deepEqual(refused, { [reason]: 1 });
    assert.deepEqual(await ask('open.example.com', null), served('|||'));
  });

test('mutual TLS: a chain of four certificates is followed, one of five is not', async (t) => {
  const { ask, file, gateway } = await startSecureGateway(t, definition);
  const client = { ...ofLower, cert: chain(ofLower, lower, middle) };
  assert.deepEqual(await ask('api.example.com', client, named), served('CN=dave'));
  file('partners.pem', chain(partners, middle, lower, lowest));
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', ofLower, named), served('CN=dave'));
  assert.deepEqual(await ask('api.example.com', ofLowest, named), forbidden);
});

test('mutual TLS: who is vouched for by what it sent itself is kept while nobody leaves the truststore', async (t) => {
  const { ask, file, gateway } = await startSecureGateway(t, definition);
  const client = { ...ofMiddle, cert: chain(ofMiddle, middle) };
  const agent = keepingAgent(t);
  assert.deepEqual(await ask('api.example.com', client, { ...named, agent }), served('CN=carol'));
  file('partners.pem', partners.cert + others.cert);
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', client, { ...named, agent }), served('CN=carol'));
  file('partners.pem', others.cert);
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', client, { ...named, agent }), forbidden);
});

test('mutual TLS: what was shown under another server name, or under none, counts for nothing', async (t) => {
  const { ask } = await startSecureGateway(t, definition);
  assert.deepEqual(await ask('api.example.com', alice, { serverName: 'open.example.com' }), forbidden);
  assert.deepEqual(await ask('api.example.com', alice, { serverName: '' }), forbidden);
  // And the other way round nothing is asked for.
  assert.equal((await ask('open.example.com', alice, { serverName: 'api.example.com' })).status, 200);
});

test('mutual TLS: the truststore of one domain name lets nobody in under another', async (t) => {
  const { ask } = await startSecureGateway(t, definition, {
    tls: (file) => ({
      domains: [tlsDomain('*.example.com', { truststore: file('others.pem', others.cert) })],
    }),
    published: {
      domainNames: [
        {
          domainName: 'api.example.com',
          endpointType: 'REGIONAL',
          mappings,
          mutualTlsAuthentication: { truststoreUri: uri },
        },
        { domainName: '*.example.com', endpointType: 'REGIONAL', mappings },
      ],
    },
  });
  assert.deepEqual(await ask('any.example.com', mallory, named), served('CN=mallory'));
  assert.deepEqual(await ask('any.example.com', alice, named), forbidden);
  assert.deepEqual(await ask('api.example.com', mallory, named), forbidden);
  assert.deepEqual(
    await ask('api.example.com', mallory, { ...named, serverName: 'any.example.com' }),
    forbidden,
  );
  assert.deepEqual(await ask('api.example.com', alice, named), served('CN=alice'));
});

const shut: readonly [what: string, options: Parameters<typeof startSecureGateway>[2]][] = [
  ['names a truststore that no file stands for', { tls: () => ({ truststores: [] }) }],
  ['asks for certificates where no front may be', { tls: () => ({ front: 'never' }) }],
];
for (const [what, options] of shut)
  test(`mutual TLS: a domain name that ${what} is not served`, async (t) => {
    const { ask } = await startSecureGateway(t, definition, options);
    assert.deepEqual(await ask('api.example.com', alice), forbidden);
    assert.equal((await ask('open.example.com', null)).status, 200);
  });

test('mutual TLS: a truststore that cannot be used lets nobody in, until it is mended', async (t) => {
  const { ask, file, gateway } = await startSecureGateway(t, definition, {
    tls: (write) => ({ truststores: [{ uri, file: write('partners.pem', 'junk'), revocations: null }] }),
  });
  assert.deepEqual(await ask('api.example.com', alice), forbidden);
  file('partners.pem', partners.cert);
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', alice, named), served('CN=alice'));
  // What was good stays in use when its successor is not.
  file('partners.pem', 'junk');
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', alice, named), served('CN=alice'));
  assert.deepEqual(await ask('api.example.com', mallory, named), forbidden);
});

const withLists = (list: string) => ({
  tls: (file: SecureGateway['file']) => ({
    truststores: [
      { uri, file: file('partners.pem', partners.cert), revocations: file('partners.crl', list) },
    ],
  }),
});

test('mutual TLS: a certificate on the revocation list is refused, on open connections too once it is read', async (t) => {
  const { ask, file, gateway } = await startSecureGateway(t, definition, withLists(partners.revoke([bob])));
  const agent = keepingAgent(t);
  assert.deepEqual(await ask('api.example.com', bob, named), forbidden);
  assert.deepEqual(await ask('api.example.com', alice, { ...named, agent }), served('CN=alice'));
  file('partners.crl', partners.revoke([bob, alice]));
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', alice, { ...named, agent }), forbidden);
  assert.deepEqual(await ask('api.example.com', alice, named), forbidden);
  file('partners.crl', partners.revoke([alice]));
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', bob, named), served('CN=bob'));
});

test('mutual TLS: a revocation list that is out of date, or of another authority, lets nobody in', async (t) => {
  const old = partners.revoke([], { from: new Date(Date.now() - 2 * day), to: new Date(Date.now() - 1000) });
  const { ask, file, gateway } = await startSecureGateway(t, definition, withLists(old));
  assert.deepEqual(await ask('api.example.com', alice, named), forbidden);
  file('partners.crl', others.revoke([]));
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', alice, named), forbidden);
});

test('mutual TLS: an authority that leaves the truststore is not believed on open connections either', async (t) => {
  const { ask, file, gateway } = await startSecureGateway(t, definition, {
    tls: (write) => ({
      truststores: [{ uri, file: write('partners.pem', partners.cert + others.cert), revocations: null }],
    }),
  });
  const [one, other] = [keepingAgent(t), keepingAgent(t)];
  assert.deepEqual(await ask('api.example.com', mallory, { ...named, agent: one }), served('CN=mallory'));
  assert.deepEqual(await ask('api.example.com', alice, { ...named, agent: other }), served('CN=alice'));
  file('partners.pem', partners.cert);
  await gateway.adopt();
  assert.deepEqual(await ask('api.example.com', mallory, { ...named, agent: one }), forbidden);
  assert.deepEqual(await ask('api.example.com', alice, { ...named, agent: other }), served('CN=alice'));
});

test('mutual TLS: a domain name that asks for certificates from now on does so without a restart, and back', async (t) => {
  const { ask, republish, gateway } = await startSecureGateway(t, definition, {
    published: { domainNames: [{ domainName: 'api.example.com', endpointType: 'REGIONAL', mappings }] },
  });
  const agent = keepingAgent(t);
  assert.equal(gateway.stats().processes[0]!.tls!.front, null);
  assert.deepEqual(await ask('api.example.com', alice, { ...named, agent }), served(''));
  const guarded: PublishedDomainName = {
    domainName: 'api.example.com',
    endpointType: 'REGIONAL',
    mappings,
    mutualTlsAuthentication: { truststoreUri: uri },
  };
  await republish([guarded]);
  // The old connection was never asked who it is.
  assert.deepEqual(await ask('api.example.com', alice, { ...named, agent }), forbidden);
  assert.deepEqual(await ask('api.example.com', alice, named), served('CN=alice'));
  assert.deepEqual(await ask('api.example.com', null, named), forbidden);
  await republish([{ ...guarded, mutualTlsAuthentication: undefined } as never]);
  assert.deepEqual(await ask('api.example.com', null, named), served(''));
  assert.equal(gateway.stats().processes[0]!.tls!.front, null);
});

test('mutual TLS: files are read again when they change, without being told', async (t) => {
  const { ask, file } = await startSecureGateway(t, definition);
  assert.deepEqual(await ask('api.example.com', mallory, named), forbidden);
  file('partners.pem', others.cert);
  const deadline = Date.now() + 30_000;
  while ((await ask('api.example.com', mallory, named)).status !== 200) {
    assert.ok(Date.now() < deadline, 'not within 30 s');
    await delay(100);
  }
  assert.deepEqual(await ask('api.example.com', alice, named), forbidden);
});

test('mutual TLS: requests go on while truststores and certificates are read again', async (t) => {
  const { ask, file, gateway } = await startSecureGateway(t, definition);
  const agents = Array.from({ length: 4 }, () => keepingAgent(t));
  let isOver = false;
  let count = 0;
  const calls = agents.map(async (agent, i) => {
    while (!isOver) {
      // Half of them make a new connection for each request.
      const answer = await ask('api.example.com', alice, { ...named, agent: i % 2 === 0 ? agent : false });
      assert.deepEqual(answer, served('CN=alice'));
      count++;
    }
  });
  for (let i = 0; i < 10; i++) {
    const next = servers.issue('gateway', { host: 'api.example.com' });
    file('own.key', next.key);
    file('own.crt', next.cert);
    file('partners.pem', partners.cert + (i % 2 === 0 ? others.cert : ''));
    await gateway.adopt();
    const before = count;
    while (count < before + 10) await Promise.race([delay(5), Promise.all(calls)]);
  }
  isOver = true;
  await Promise.all(calls);
  assert.ok(gateway.stats().processes[0]!.tls!.loads > 10);
});
