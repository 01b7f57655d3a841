// Deadlines by coarse time, stepped by hand.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Expiring } from '../../src/gateway/upstream/sweep.ts';
import { Sweep } from '../../src/gateway/upstream/sweep.ts';
import fc from '../support/properties.ts';

class Item implements Expiring {
  sweepSlot = -1;
  readonly deadlineMs: number;
  readonly #sweep: Sweep;
  readonly #log: Item[];

  constructor(deadlineMs: number, sweep: Sweep, log: Item[]) {
    this.deadlineMs = deadlineMs;
    this.#sweep = sweep;
    this.#log = log;
  }

  expire(): void {
    this.#sweep.remove(this);
    this.#log.push(this);
  }
}

test('sweep: a deadline expires at the first tick that reaches it, once, and never before', () => {
  const sweep = new Sweep();
  const log: Item[] = [];
  const item = new Item(50, sweep, log);
  sweep.add(item);
  sweep.sweep(49.9);
  assert.equal(log.length, 0);
  sweep.sweep(50);
  sweep.sweep(60);
  assert.deepEqual(log, [item]);
});

test('sweep: removing twice and removing what was never added do nothing', () => {
  const sweep = new Sweep();
  const log: Item[] = [];
  const [kept, gone, stranger] = [new Item(1, sweep, log), new Item(1, sweep, log), new Item(1, sweep, log)];
  sweep.add(gone);
  sweep.add(kept);
  sweep.remove(gone);
  sweep.remove(gone);
  sweep.remove(stranger);
  sweep.sweep(1);
  assert.deepEqual(log, [kept]);
});

test('sweep: whatever comes and goes, exactly the due ones expire', () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant('add' as const), deadline: fc.nat(100) }),
    fc.record({ act: fc.constant('remove' as const), index: fc.nat(50) }),
    fc.record({ act: fc.constant('tick' as const), now: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const sweep = new Sweep();
      const log: Item[] = [];
      let live: Item[] = [];
      let expected = 0;
      for (const it of steps) {
        if (it.act === 'add') {
          const item = new Item(it.deadline, sweep, log);
          live.push(item);
          sweep.add(item);
        } else if (it.act === 'remove' && live.length > 0) {
          const [item] = live.splice(it.index % live.length, 1);
          sweep.remove(item!);
        } else if (it.act === 'tick') {
          expected += live.filter((item) => item.deadlineMs <= it.now).length;
          live = live.filter((item) => item.deadlineMs > it.now);
          sweep.sweep(it.now);
        }
        assert.equal(log.length, expected);
      }
    }),
  );
});

test('sweep: holders of idle connections are asked until they hold none', () => {
  const sweep = new Sweep();
  const asked: number[] = [];
  sweep.hold({
    closeIdleBefore: (now) => {
      asked.push(now);
      return asked.length < 2;
    },
    close() {},
  });
  for (let tick = 1; tick <= 100; tick++) sweep.sweep(tick * 10);
  assert.deepEqual(asked, [250, 500]);
});
