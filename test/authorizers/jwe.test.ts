// Encrypted tokens, made by npm jose.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import test from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { CompactEncrypt } from 'jose';
import { type DecryptionKey, decryptJwe, readDecryptionKey } from '../../src/authorizers/jwt/jwe.ts';

const text = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl';
const contents = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'];
const contentBytes = [16, 24, 32, 32, 48, 64];

interface Pair {
  readonly encrypt: object;
  readonly decrypt: DecryptionKey;
}

function pairOf(alg: string, curve = 'P-256', bytes = 32): Pair {
  const jwk = alg.startsWith('ECDH')
    ? generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ format: 'jwk' })
    : { kty: 'oct', k: randomBytes(bytes).toString('base64url') };
  const decrypt = readDecryptionKey({ ...jwk, alg, kid: 'k1', use: 'enc' });
  assert.ok(typeof decrypt !== 'string', String(decrypt));
  const { d: _, ...open } = jwk as Record<string, unknown>;
  return { encrypt: open, decrypt };
}

const seal = (encrypt: object, header: Record<string, unknown>, payload = text): Promise<string> =>
  new CompactEncrypt(Buffer.from(payload)).setProtectedHeader(header as never).encrypt(encrypt as never);

const cases: (readonly [alg: string, enc: string, pair: Pair])[] = [
  ...contents.map((enc, i) => ['dir', enc, pairOf('dir', '', contentBytes[i])] as const),
  ...contents.flatMap((enc) =>
    [16, 24, 32].map((bytes) => [`A${bytes * 8}KW`, enc, pairOf(`A${bytes * 8}KW`, '', bytes)] as const),
  ),
  ...contents.flatMap((enc) =>
    ['P-256', 'P-384', 'P-521'].map((curve) => ['ECDH-ES', enc, pairOf('ECDH-ES', curve)] as const),
  ),
  ...['A128KW', 'A192KW', 'A256KW'].map(
    (wrap) => [`ECDH-ES+${wrap}`, 'A128CBC-HS256', pairOf(`ECDH-ES+${wrap}`)] as const,
  ),
];

test('jwe: what jose seals is opened, in every way that is taken', async () => {
  for (const [alg, enc, { encrypt, decrypt }] of cases) {
    const token = await seal(encrypt, { alg, enc, kid: 'k1' });
    assert.equal(decryptJwe(token, [decrypt])?.toString(), text, `${alg} ${enc}`);
  }
});

test('jwe: a token with one letter changed is not opened', async () => {
  for (const [alg, enc, { encrypt, decrypt }] of cases.filter((_, i) => i % 4 === 0)) {
    const token = await seal(encrypt, { alg, enc });
    for (let i = 0; i < token.length; i += 5) {
      if (token[i] === '.') continue;
      const changed = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
      assert.equal(decryptJwe(changed, [decrypt]), null, `${alg} ${enc} at ${i}`);
    }
  }
});

test('jwe: the key says how it is used, never the token', async () => {
  const wrap = pairOf('A256KW');
  const token = await seal(wrap.encrypt, { alg: 'A256KW', enc: 'A256GCM', kid: 'k1' });
  const [, ...rest] = token.split('.');
  const withHeader = (header: object): string =>
    [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
  for (const header of [
    { alg: 'dir', enc: 'A256GCM' },
    { alg: 'none', enc: 'A256GCM' },
    { alg: 'RSA1_5', enc: 'A256GCM' },
    { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 1e9, p2s: 'AAAA' },
    { alg: 'A256KW', enc: 'none' },
    { alg: 'A256KW', enc: 'A128GCM' },
    { alg: 'A256KW', enc: 'constructor' },
    { alg: 'A256KW' },
    { enc: 'A256GCM' },
  ])
    assert.equal(decryptJwe(withHeader(header), [wrap.decrypt]), null, JSON.stringify(header));
  assert.equal(decryptJwe(token, [pairOf('A256KW').decrypt]), null, 'another key');
  assert.equal(decryptJwe(token, [{ ...wrap.decrypt, kid: 'k2' }]), null, 'a key of another id');
  assert.equal(decryptJwe(token, [wrap.decrypt, wrap.decrypt]), null, 'nobody knows which');
  assert.equal(decryptJwe(token, []), null);
});

test('jwe: compressed, critical, overlong and misshapen tokens are refused unread', async () => {
  const { encrypt, decrypt } = pairOf('dir', '', 32);
  const bomb = deflateRawSync(Buffer.alloc(1_000_000)).toString('latin1');
  for (const token of [
    await seal(encrypt, { alg: 'dir', enc: 'A256GCM', zip: 'DEF' }, bomb),
    await seal(encrypt, { alg: 'dir', enc: 'A256GCM' }, 'x'.repeat(20_000)),
    '',
    '....',
    'a.b.c',
    `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')}....`,
    `${Buffer.from('[]').toString('base64url')}.a.a.a.a`,
  ])
    assert.equal(decryptJwe(token, [decrypt]), null);
});

test('jwe: a point that is not on the curve tells nobody anything', async () => {
  const { encrypt, decrypt } = pairOf('ECDH-ES');
  const token = await seal(encrypt, { alg: 'ECDH-ES', enc: 'A256GCM' });
  const [head, ...rest] = token.split('.') as [string, ...string[]];
  const header = JSON.parse(Buffer.from(head, 'base64url').toString());
  for (const epk of [
    { ...header.epk, y: header.epk.x },
    { ...header.epk, crv: 'P-384' },
    { ...header.epk, x: '' },
    { kty: 'oct', k: 'AAAA' },
    null,
    'text',
  ]) {
    const changed = Buffer.from(JSON.stringify({ ...header, epk })).toString('base64url');
    assert.equal(decryptJwe([changed, ...rest].join('.'), [decrypt]), null);
  }
});

test('jwe: keys that open nothing are told, without a word of them', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = ec.privateKey.export({ format: 'jwk' });
  const k = randomBytes(32).toString('base64url');
  for (const [jwk, problem] of [
    [null, /^is no object$/],
    [secret, /^has no "alg" of dir, /],
    [{ ...secret, alg: 'RSA-OAEP' }, /^has no "alg"/],
    [{ ...secret, alg: 'constructor' }, /^has no "alg"/],
    [{ ...secret, alg: 'ECDH-ES', use: 'sig' }, /^is not for encryption$/],
    [{ ...secret, alg: 'A256KW' }, /^is not of the type for A256KW$/],
    [{ kty: 'oct', k, alg: 'ECDH-ES' }, /^is not of the type/],
    [{ kty: 'oct', k, alg: 'A128KW' }, /^is not as long as A128KW asks$/],
    [{ ...ec.publicKey.export({ format: 'jwk' }), alg: 'ECDH-ES' }, /^cannot be read$/],
    [{ kty: 'oct', k, alg: 'A256KW', kid: 7 }, /"kid"/],
  ] as const)
    assert.match(String(readDecryptionKey(jwk)), problem);
});
