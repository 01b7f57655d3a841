import assert from 'node:assert/strict';
import test from 'node:test';
import { AgeingMap } from '../../src/base/ageing-map.ts';
import fc from '../support/properties.ts';

const of = (entriesMax: number, sizeMax: number) =>
  new AgeingMap<string, number>({ entriesMax, sizeMax, sizeOf: (_, size) => size });

/** A key and what is done with it. */
const acts = fc.array(
  fc.record({
    act: fc.constantFrom('set', 'get', 'delete'),
    key: fc.constantFrom(...'abcdefghijklmnop'),
    size: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 200 },
);

test('ageing map: it never holds more than it may, and what it gives is what was set last', () => {
  fc.assert(
    fc.property(acts, (list) => {
      const map = of(8, 30);
      const truth = new Map<string, number>();
      for (const { act, key, size } of list) {
        if (act === 'set') {
          map.set(key, size);
          truth.set(key, size);
        } else if (act === 'delete') {
          map.delete(key);
          truth.delete(key);
        } else {
          const value = map.get(key);
          assert.ok(value === undefined || value === truth.get(key));
        }
        assert.ok(map.size <= 8);
      }
      const kept = [...truth.keys()].map((key) => map.get(key)).filter((value) => value !== undefined);
      assert.ok(kept.reduce((sum, size) => sum + size, 0) <= 30);
    }),
  );
});

test('ageing map: the half that was used last is kept', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...'abcdefghijklmnop'), { maxLength: 200 }), (keys) => {
      const map = of(8, 1_000);
      for (const key of keys) if (map.get(key) === undefined) map.set(key, 1);
      const last = [...new Set(keys.toReversed())].slice(0, 4);
      for (const key of last) assert.equal(map.get(key), 1, key);
    }),
  );
});

test('ageing map: an entry that is larger than half of all that may be kept is not kept, and pushes nothing out', () => {
  const map = of(8, 30);
  map.set('a', 10);
  map.set('b', 16);
  assert.deepEqual([map.get('a'), map.get('b')], [10, undefined]);
  // Nor does what stood there before stay in its place.
  map.set('a', 16);
  assert.equal(map.get('a'), undefined);
});

test('ageing map: sizes of what was deleted and replaced are counted no longer', () => {
  const map = of(1_000, 30);
  for (let i = 0; i < 100; i++) {
    map.set('a', 14);
    map.delete('a');
    map.set('b', 1);
  }
  map.set('a', 14);
  assert.deepEqual([map.get('a'), map.get('b')], [14, 1]);
});
