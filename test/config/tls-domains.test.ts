import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { ConfigError, checkTlsReadable, dataPlaneSettings, readConfig } from '../../src/config/index.ts';

function read(t: TestContext, text: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'sluice.yaml'), text);
  return { folder, config: readConfig({ environment: {}, flags: {}, folder }) };
}

test('TLS: domains and truststores of the file reach data planes with absolute paths', (t) => {
  const { folder, config } = read(
    t,
    [
      'tls: { key: k.pem, cert: c.pem, front: always }',
      'domains:',
      '  "*.Shop.example.com": { truststore: shops, revocations: /crls, securityPolicy: TLS_1_2 }',
      'truststores:',
      '  s3://b/one.pem: one.pem',
      '  "s3://b/two.pem?versionId=7": { file: two, revocations: crl }',
    ].join('\n'),
  );
  const at = (name: string) => path.join(folder, name);
  assert.deepEqual(dataPlaneSettings(config, 0, 0).tls, {
    keyFile: at('k.pem'),
    certFile: at('c.pem'),
    front: 'always',
    domains: [
      {
        name: '*.shop.example.com',
        cert: null,
        key: null,
        truststore: at('shops'),
        revocations: '/crls',
        securityPolicy: 'TLS_1_2',
      },
    ],
    truststores: [
      { uri: 's3://b/one.pem', file: at('one.pem'), revocations: null },
      { uri: 's3://b/two.pem?versionId=7', file: at('two'), revocations: at('crl') },
    ],
  });
  const missing = [
    'tls.key',
    'tls.cert',
    'domains.\\*.shop.example.com.truststore',
    'truststores.s3://b/one.pem',
  ];
  for (const key of missing)
    assert.throws(() => checkTlsReadable(config), new RegExp(`${key}: cannot read ".*" \\(ENOENT\\)`));
});

const wrong: readonly [text: string, problem: RegExp][] = [
  ['domains: { a.example.com: { cert: x } }', /"cert" and "key"; set both or neither/],
  ['domains: { a_b: {} }', /expected a domain name/],
  ['domains: { a.example.com: { trustore: x } }', /did you mean "truststore"\?/],
  ['domains: { a.example.com: { securityPolicy: TLS_1_1 } }', /expected one of TLS_1_0, TLS_1_2/],
  ['domains: { a.example.com: { truststore: x, securityPolicy: TLS_1_0 } }', /needs TLS 1\.2 at least/],
  ['truststores: { "https://b/k": x }', /expected s3:\/\/bucket\/key/],
  ['truststores: { "s3://b/k": { revocations: x } }', /has no "file"/],
  [
    'guard: { trusted: 10.0.0.0/33 }',
    /guard\.trusted is "10\.0\.0\.0\/33"; expected IP addresses and ranges/,
  ],
  ['guard: { trusted: [one] }', /expected IP addresses and ranges/],
];
for (const [text, problem] of wrong)
  test(`TLS and guard: ${text} is refused with a line that says why`, (t) => {
    assert.throws(
      () => read(t, text),
      (error) => error instanceof ConfigError && problem.test(error.message),
    );
  });

test('guard: trusted addresses are a list or text, and switched off there is none', (t) => {
  const trusted = (text: string) => dataPlaneSettings(read(t, text).config, 0, 0).guard?.trusted;
  assert.deepEqual(trusted('guard: { trusted: [10.0.0.0/8, "2001:db8::/32"] }'), [
    '10.0.0.0/8',
    '2001:db8::/32',
  ]);
  assert.deepEqual(trusted('guard: { trusted: "10.0.0.1, ::1" }'), ['10.0.0.1', '::1']);
  assert.deepEqual(trusted('guard: { trusted: [] }'), []);
  assert.equal(dataPlaneSettings(read(t, 'guard: { enabled: false }').config, 0, 0).guard, null);
});
