import assert from 'node:assert/strict';
import test from 'node:test';
import { BoundedMap } from '../../src/base/bounded-map.ts';
import fc from '../support/properties.ts';

const [entriesMax, sizeMax] = [8, 30];
const of = () => new BoundedMap<string, number>({ entriesMax, sizeMax, sizeOf: (_, size) => size });

/** A key and what is done with it. Sizes from which either bound is met first, and one that is too large by itself. */
const acts = fc.array(
  fc.record({
    act: fc.constantFrom('set', 'set', 'delete'),
    key: fc.constantFrom(...'abcdefghijklmnop'),
    size: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 9 }), fc.constant(31)),
  }),
  { maxLength: 300 },
);

test('bounded map: it holds what a list would hold whose first entries are dropped while it is too much', () => {
  fc.assert(
    fc.property(acts, (list) => {
      const map = of();
      let truth: [string, number][] = [];
      const sum = (): number => truth.reduce((all, [, size]) => all + size, 0);
      for (const { act, key, size } of list) {
        truth = truth.filter(([other]) => other !== key);
        if (act === 'delete') map.delete(key);
        else {
          map.set(key, size);
          truth.push([key, size]);
          while (truth.length > entriesMax || sum() > sizeMax) truth.shift();
        }
        assert.equal(map.size, truth.length);
        for (const one of 'abcdefghijklmnop')
          assert.equal(map.get(one), truth.find(([other]) => other === one)?.[1], one);
      }
    }),
  );
});

test('bounded map: of many entries the oldest go, in order', () => {
  const map = new BoundedMap<number, string>({ entriesMax: 100, sizeMax: 1_000, sizeOf: () => 1 });
  for (let i = 0; i < 10_000; i++) {
    map.set(i, 'x');
    assert.equal(map.get(i - 100), undefined);
    assert.equal(map.get(Math.max(0, i - 99)), 'x');
  }
});
