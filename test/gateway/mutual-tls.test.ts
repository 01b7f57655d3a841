import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import type { TlsSettings } from '../../src/config/index.ts';
import type { PublishedDomainName } from '../../src/resources/index.ts';
import { api, mock } from '../support/api.ts';
import { Authority, type Issued } from '../support/authority.ts';
import { startTestGateway } from '../support/gateway.ts';

const servers = new Authority('servers');
const ours = servers.issue('gateway', { host: 'api.example.com' });
const partners = new Authority('partners');
const others = new Authority('others');
const alice = partners.issue('alice', { organization: 'Example, Inc.' });
const mallory = others.issue('mallory');
const late = partners.issue('late', {
  to: new Date(Date.now() - 1000),
  from: new Date(Date.now() - 86_400_000),
});

const uri = 's3://trust/partners.pem';
const context =
  '$context.identity.clientCert.subjectDN|$context.identity.clientCert.issuerDN|' +
  '$context.identity.clientCert.serialNumber|$context.identity.clientCert.validity.notAfter';
const definition = api({ 'GET /who': mock(context) });

interface Asked {
  readonly status: number;
  readonly body: string;
  readonly errorType: string | string[] | undefined;
}

async function start(
  t: TestContext,
  more: Partial<PublishedDomainName> = {},
  settings: (folder: string) => Partial<TlsSettings> = () => ({}),
) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-mtls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const tls: TlsSettings = {
    keyFile: file('own.key', ours.key),
    certFile: file('own.crt', ours.cert),
    front: 'auto',
    domains: [],
    truststores: [{ uri, file: file('partners.pem', partners.cert), revocations: null }],
    ...settings(folder),
  };
  const mappings = [{ basePath: '', apiId: 'testapi001', stage: 'test' }];
  const names: PublishedDomainName[] = [
    {
      domainName: 'api.example.com',
      endpointType: 'REGIONAL',
      mappings,
      mutualTlsAuthentication: { truststoreUri: uri },
      ...more,
    },
    { domainName: 'open.example.com', endpointType: 'REGIONAL', mappings },
  ];
  const started = await startTestGateway(t, [{ definition }], { tls, published: { domainNames: names } });
  const ask = (host: string, client: Issued | null, serverName = host): Promise<Asked> =>
    new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: started.port,
        servername: serverName,
        path: '/who',
        headers: { host },
        rejectUnauthorized: false,
        agent: false,
        ...(client === null ? {} : { key: client.key, cert: client.cert }),
      });
      sent.on('error', reject);
      sent.on('response', (answer) => {
        let body = '';
        answer.on('data', (chunk) => {
          body += chunk;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, body, errorType: answer.headers['x-amzn-errortype'] }),
        );
      });
      sent.end();
    });
  return { ...started, ask, file, folder };
}

const forbidden: Asked = { status: 403, body: '{"message":"Forbidden"}', errorType: 'ForbiddenException' };

test('mutual TLS: a client of the truststore is served, and $context tells who it is', async (t) => {
  const { ask } = await start(t);
  const answer = await ask('api.example.com', alice);
  const serial = alice.serial.match(/../g)!.join(':');
  assert.equal(answer.status, 200);
  assert.match(
    answer.body,
    new RegExp(
      `^O=Example\\\\, Inc\\.,CN=alice\\|CN=partners\\|${serial}\\|[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4} GMT$`,
    ),
  );
});

for (const [what, client] of [
  ['without a certificate', null],
  ['with a certificate of another authority', mallory],
  ['with an expired certificate', late],
] as const)
  test(`mutual TLS: a client ${what} is answered 403 Forbidden`, async (t) => {
    const { ask } = await start(t);
    assert.deepEqual(await ask('api.example.com', client), forbidden);
    assert.deepEqual(await ask('open.example.com', client), {
      status: 200,
      body: '|||',
      errorType: undefined,
    });
  });

test('mutual TLS: what was shown under another server name counts for nothing', async (t) => {
  const { ask } = await start(t);
  assert.deepEqual(await ask('api.example.com', alice, 'open.example.com'), forbidden);
});
