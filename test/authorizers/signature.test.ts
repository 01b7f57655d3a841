import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import test from 'node:test';
import { isSigned } from '../../src/authorizers/jwt/signature.ts';

for (const [algorithm, namedCurve, count] of [
  ['ES256', 'P-256', 300],
  ['ES384', 'P-384', 60],
  ['ES512', 'P-521', 60],
] as const) {
  test(`signature: ${algorithm}, whatever its two numbers begin with, is as node:crypto made it`, () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    for (let i = 0; i < count; i++) {
      const signed = Buffer.from(`${i}`);
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
      const signature = sign(`sha${algorithm.slice(2)}`, signed, key);
      assert.ok(isSigned(publicKey, { algorithm, signed, signature }));
      const changed = Buffer.from(signature);
      changed[i % changed.length]! ^= 1;
      assert.ok(!isSigned(publicKey, { algorithm, signed, signature: changed }));
    }
    for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
      const signature = Buffer.alloc(algorithm === 'ES512' ? 132 : Number(algorithm.slice(2)) / 4, byte);
      assert.ok(!isSigned(publicKey, { algorithm, signed: Buffer.from('a'), signature }));
    }
  });
}
