import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { signaturesHere } from '../../src/authorizers/index.ts';
import type { Signed } from '../../src/exchange/tools.ts';
import { createSignaturePool, type SignaturePool } from '../../src/gateway/workers/signature-pool.ts';
import { startTestWorkers, type WorkersChanges } from './test-workers.ts';

function poolOf(t: TestContext, { queueJobsMax = 1_000, ...changes }: WorkersChanges = {}): SignaturePool {
  return createSignaturePool({ workers: startTestWorkers(t, changes), queueJobsMax });
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

/** A signature of each kind, and the same with one bit changed. */
function cases(): { key: KeyObject; signed: Signed; isRight: boolean }[] {
  return [0, 1, 2, 3].flatMap((i) => {
    const signed = Buffer.from(`header.payload${i}`);
    return [
      { key: rsa.publicKey, algorithm: 'RS256', signature: sign('sha256', signed, rsa.privateKey) },
      {
        key: ec.publicKey,
        algorithm: 'ES256',
        signature: sign('sha256', signed, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
      },
      { key: ed.publicKey, algorithm: 'EdDSA', signature: sign(null, signed, ed.privateKey) },
    ].flatMap(({ key, algorithm, signature }) => {
      const changed = Buffer.from(signature);
      changed[10]! ^= 1;
      return [
        { key, signed: { algorithm, signed, signature }, isRight: true },
        { key, signed: { algorithm, signed, signature: changed }, isRight: false },
        { key, signed: { algorithm, signed, signature: signature.subarray(1) }, isRight: false },
      ];
    });
  });
}

test('signature pool: threads and the event loop say the same of every signature', async (t) => {
  const pool = poolOf(t);
  const all = cases();
  const answers = await Promise.all(all.map(({ key, signed }) => pool.verify(key, signed)));
  for (const [i, { key, signed, isRight }] of all.entries()) {
    assert.equal(answers[i], isRight ? 'good' : 'wrong', `${i} ${signed.algorithm}`);
    assert.equal(signaturesHere.verify(key, signed), answers[i]);
  }
  assert.deepEqual(pool.stats(), { verifiedHere: 0, verifiedInPool: all.length, open: 0, overloaded: 0 });
});

test('signature pool: "auto" sends away many of one turn, and keeps a single one', async (t) => {
  const pool = poolOf(t, { offload: 'auto' });
  const { key, signed } = cases()[0]!;
  const turn = (count: number) => Promise.all(Array.from({ length: count }, () => pool.verify(key, signed)));
  // What a signature costs is learnt from the first dozen, and a thread needs its time to start.
  const endMs = Date.now() + 20_000;
  while (pool.stats().verifiedInPool === 0 && Date.now() < endMs) await turn(200);
  assert.ok(pool.stats().verifiedInPool > 0, 'many cross');
  const before = pool.stats().verifiedInPool;
  for (let i = 0; i < 50; i++) assert.deepEqual(await turn(1), ['good']);
  assert.equal(pool.stats().verifiedInPool, before, 'one does not');
});

test('signature pool: when it is full, one more is told so at once', async (t) => {
  const pool = poolOf(t, { queueJobsMax: 3 });
  const { key, signed } = cases()[0]!;
  const answers = Array.from({ length: 5 }, () => pool.verify(key, signed));
  assert.deepEqual(answers.slice(3), ['overloaded', 'overloaded']);
  assert.deepEqual(await Promise.all(answers.slice(0, 3)), ['good', 'good', 'good']);
  assert.equal(pool.stats().overloaded, 2);
  assert.equal(await pool.verify(key, signed), 'good');
});

test('signature pool: a thread that cannot start says nothing of a signature', async (t) => {
  const pool = poolOf(t, { workerFile: fileURLToPath(new URL('./no-such-file.ts', import.meta.url)) });
  const { key, signed } = cases()[0]!;
  assert.equal(await pool.verify(key, signed), 'lost');
});

test('signature pool: what is no signature of the key at all is wrong, wherever it is looked at', async (t) => {
  for (const offload of ['always', 'never', 'auto'] as const) {
    const pool = poolOf(t, { offload });
    for (const algorithm of ['', 'none', 'RS999', 'XX256']) {
      const signed = { algorithm, signed: Buffer.from('a.b'), signature: Buffer.alloc(256) };
      assert.notEqual(await pool.verify(rsa.publicKey, signed), 'good', `${offload} "${algorithm}"`);
    }
  }
});

test('signature pool: what waits when the threads end is answered', async (t) => {
  const workers = startTestWorkers(t, {});
  const pool = createSignaturePool({ workers, queueJobsMax: 10 });
  const { key, signed } = cases()[0]!;
  const open = pool.verify(key, signed);
  await workers.close();
  assert.equal(await open, 'good');
  assert.equal(await pool.verify(key, signed), 'good');
});
