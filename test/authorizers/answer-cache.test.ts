// Answers that are kept: how long, how many, and for whom.

import assert from 'node:assert/strict';
import test from 'node:test';
import { AnswerCache } from '../../src/authorizers/answer-cache.ts';
import type { Reply } from '../../src/authorizers/asker.ts';
import { identityKey } from '../../src/authorizers/identity-sources.ts';
import { type Grant, readGrant } from '../../src/authorizers/lambda-grant.ts';
import { answerOf } from '../support/authorized.ts';
import fc from '../support/properties.ts';

const grant = readGrant(Buffer.from(JSON.stringify(answerOf()))) as Grant;
const replyOf = (more: Partial<Reply> = {}): Reply => ({
  grant,
  refusal: null,
  detail: '',
  payload: null,
  requestId: null,
  integrationStatus: 200,
  latencyMs: 1,
  ...more,
});

const putAt = (cache: AnswerCache, key: string, nowNs: number, reply = replyOf()): Promise<Reply> =>
  cache.ask(
    key,
    () => Promise.resolve(reply),
    () => nowNs,
  );

test('answer cache: an answer is kept for its time, from when it came', async () => {
  const cache = new AnswerCache(300);
  await putAt(cache, 'a', 1e9);
  assert.equal(cache.get('a', 300e9), grant);
  assert.equal(cache.get('b', 300e9), null);
  assert.equal(cache.get('a', 301e9), null);
  assert.equal(cache.size, 0);
});

test('answer cache: only grants are kept', async () => {
  const cache = new AnswerCache(300);
  await putAt(cache, 'a', 0, replyOf({ grant: null, refusal: 'failure' }));
  assert.equal(cache.get('a', 1), null);
});

test('answer cache: it holds 10,000 answers, or 16 MB of them, and the oldest go', async () => {
  const cache = new AnswerCache(300);
  for (let i = 0; i < 10_001; i++) await putAt(cache, `k${i}`, 0);
  assert.deepEqual([cache.size, cache.get('k0', 1), cache.get('k1', 1)], [10_000, null, grant]);
  const large = new AnswerCache(300);
  for (let i = 0; i < 20; i++)
    await putAt(large, `k${i}`, 0, replyOf({ grant: { ...grant, payloadBytes: 1_048_576 } }));
  assert.ok(large.size < 16 && large.size > 12, String(large.size));
  assert.equal(large.get('k19', 1)?.principalId, 'u1');
});

test('answer cache: different identities have different keys', () => {
  const readers = [0, 1, 2].map((i) => (values: readonly string[]) => values[i]!);
  const values = fc.tuple(fc.string(), fc.string(), fc.string());
  fc.assert(
    fc.property(values, values, (a, b) => {
      assert.equal(
        identityKey(readers, a) === identityKey(readers, b),
        a.every((value, i) => value === b[i]),
      );
    }),
  );
});
