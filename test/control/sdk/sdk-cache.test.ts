// SDKs made lately.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createSdkCache } from '../../../src/control/sdk/sdk-cache.ts';

const bytes =
  (length: number): (() => Promise<Uint8Array>) =>
  async () =>
    new Uint8Array(length);
const notMade = (): Promise<Uint8Array> => assert.fail('made again');

test('SDK cache: an archive is made once, also for those who ask meanwhile', async () => {
  const cache = createSdkCache(100);
  const [one, two] = await Promise.all([cache.get('a', bytes(10)), cache.get('a', notMade)]);
  assert.equal(one, two);
  assert.equal(await cache.get('a', notMade), one);
});

test('SDK cache: the archive used longest ago makes room', async () => {
  const cache = createSdkCache(100);
  await cache.get('a', bytes(40));
  await cache.get('b', bytes(40));
  await cache.get('a', notMade);
  await cache.get('c', bytes(40));
  await cache.get('a', notMade);
  await cache.get('c', notMade);
  await assert.rejects(
    cache.get('b', () => Promise.reject(new Error('made again'))),
    /made again/,
  );
});

test('SDK cache: a failure is not kept', async () => {
  const cache = createSdkCache(100);
  await assert.rejects(
    cache.get('a', () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal((await cache.get('a', bytes(10))).length, 10);
});
