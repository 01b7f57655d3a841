import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeakValues } from '../../src/base/weak-values.ts';
import { collectGarbage } from '../support/collect-garbage.ts';

test('a value is found for as long as somebody holds it, and its entry goes with it', async () => {
  const values = new WeakValues<{ readonly n: number }>();
  const held = { n: 1 };
  values.set('held', held);
  put(values, 'gone', 2);
  assert.equal(values.size, 2);
  for (let i = 0; i < 100 && values.size > 1; i++) await collectGarbage();
  assert.equal(values.size, 1);
  assert.equal(values.get('gone'), undefined);
  assert.equal(values.get('held'), held);
});

test('a value that takes the place of another stays when that one is gone', async () => {
  const values = new WeakValues<{ readonly n: number }>();
  const marker = new WeakRef(put(values, 'key', 1));
  const second = { n: 2 };
  values.set('key', second);
  for (let i = 0; i < 100 && marker.deref() !== undefined; i++) await collectGarbage();
  assert.equal(marker.deref(), undefined);
  await collectGarbage();
  assert.equal(values.get('key'), second);
  assert.equal(values.size, 1);
});

/** In a function of its own, so that the object is not left on the stack. */
function put(values: WeakValues<{ readonly n: number }>, key: string, n: number): { readonly n: number } {
  const value = { n };
  values.set(key, value);
  return value;
}
