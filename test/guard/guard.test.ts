// The guard with a clock that stands until it is stepped.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openFilesMax } from '../../src/base/open-files.ts';
import type { GuardSettings } from '../../src/config/index.ts';
import { type AddressKey, AddressTable, keyOf } from '../../src/gateway/guard/address-table.ts';
import { Crowds } from '../../src/gateway/guard/crowds.ts';
import { Guard, keyText } from '../../src/gateway/guard/guard.ts';
import { countIn } from '../../src/gateway/guard/open-connections.ts';
import { lookMs, Overload } from '../../src/gateway/guard/overload.ts';
import { guardDefaults } from '../support/gateway.ts';
import fc, { runs } from '../support/properties.ts';

function guarded(more: Partial<GuardSettings>, random: () => number = () => 0.5) {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs, monotonicNs: () => nowMs * 1e6 };
  const guard = new Guard({
    settings: { ...guardDefaults, trusted: [], connectionsMax: 1_000_000, ...more },
    clock,
    random,
  });
  const step = (ms: number): void => {
    for (let left = ms; left > 0; left -= lookMs) {
      nowMs += Math.min(left, lookMs);
      guard.look();
    }
  };
  /** One late turn of the event loop. */
  const lag = (ms: number): void => {
    nowMs += ms;
    guard.look();
  };
  return { guard, step, lag, now: () => nowMs };
}

/** @see Park and Miller's generator */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const address = (i: number): number[] => [10, (i >> 16) & 255, (i >> 8) & 255, i & 255];

test('guard: no address ever connects more often than burst + rate x time, and one at its rate always may', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 300 })), {
        maxLength: 200,
      }),
      (connectRps, connectBurst, arrivals) => {
        const { guard, step, now } = guarded({ connectRps, connectBurst, costRps: 1e6, costBurst: 1e6 });
        const started = now();
        const admitted = new Map<number, number>();
        for (const [who, afterMs] of arrivals) {
          step(afterMs);
          if (guard.admits(address(who), 1)) admitted.set(who, (admitted.get(who) ?? 0) + 1);
          const most = connectBurst + ((now() - started) / 1000) * connectRps + 1e-6;
          assert.ok((admitted.get(who) ?? 0) <= most);
        }
        step(1_000 / connectRps + lookMs);
        assert.ok(guard.admits(address(9), 1));
        step(((connectBurst + 1) * 1_000) / connectRps + lookMs);
        for (let who = 0; who <= 5; who++) assert.ok(guard.admits(address(who), 1));
      },
    ),
    { numRuns: runs(200) },
  );
});

test('guard: an IPv4 address that is trusted is so too where the listener is on ::, no other is', () => {
  const { guard } = guarded({ trusted: ['10.0.0.0/8', '2001:db8::/32'] });
  const mapped = (...bytes: number[]): number[] => [...Array(10).fill(0), 255, 255, ...bytes];
  assert.equal(guard.isTrusted(mapped(10, 1, 2, 3)), true);
  assert.equal(guard.isTrusted([10, 1, 2, 3]), true);
  assert.equal(guard.isTrusted([0x20, 1, 0x0d, 0xb8, ...Array(12).fill(0)]), true);
  assert.equal(guard.isTrusted(mapped(11, 1, 2, 3)), false);
  assert.equal(guard.isTrusted([...Array(10).fill(0), 255, 254, 10, 1, 2, 3]), false);
  assert.equal(guard.isTrusted([]), false);
});

test('guard: connections that take several open files are fewer, unless somebody has said how many there may be', () => {
  const { guard } = guarded({ connectionsMax: 0 });
  const most = Math.min(1_000_000, Math.floor(openFilesMax()! * 0.9));
  assert.equal(guard.admits(address(1), Math.floor(most / 3), 3), true);
  assert.equal(guard.admits(address(2), Math.floor(most / 3) + 1, 3), false);
  assert.equal(guard.admits(address(3), most), true);
  assert.equal(guard.admits(address(4), most + 1), false);
  assert.equal(guarded({ connectionsMax: 100 }).guard.admits(address(1), 100, 3), true);
});

test('guard: sampled or not, an address is held to its budget within a tenth, and to no less', () => {
  for (const [costRps, costBurst] of [
    [100, 100],
    [1_000, 2_000],
    [10_000, 20_000],
  ] as const) {
    const random = numbers(7);
    const { guard, step } = guarded({ costRps, costBurst }, random);
    let served = 0;
    const seconds = 20;
    for (let i = 0; i < (seconds * 1_000) / lookMs; i++) {
      for (let j = 0; j < (3 * costRps * lookMs) / 1_000; j++) {
        const isLooked = --guard.untilCharge <= 0 || guard.isAlert;
        if (!isLooked || guard.judge(address(1), 'ordinary', 0) === null) served++;
      }
      step(lookMs);
    }
    const most = costBurst + costRps * seconds;
    assert.ok(served >= 0.9 * most && served <= 1.1 * most, `${served} of ${most}`);
    // When it has paid, all is forgotten: nobody is looked at one by one any more.
    step(15_000);
    assert.equal(guard.isAlert, false);
    assert.equal(guard.figures.addresses, 0);
  }
});

test('guard: who asks too much does not take from others', () => {
  const { guard, step } = guarded({ costRps: 100, costBurst: 100 });
  const calls = { loud: 0, quiet: 0 };
  for (let i = 0; i < 2_000; i++) {
    for (let j = 0; j < 10; j++) {
      guard.untilCharge--;
      if (guard.judge(address(1), 'ordinary', 0) !== null) calls.loud++;
    }
    guard.untilCharge--;
    if (guard.judge(address(2), 'ordinary', 0) !== null) calls.quiet++;
    step(lookMs);
  }
  assert.ok(calls.loud > 5_000);
  assert.equal(calls.quiet, 0);
});

test('guard: addresses of one /64 are one, and an IPv4 address in IPv6 clothes is itself', () => {
  const key: AddressKey = { high: 0, low: 0 };
  const textOf = (bytes: readonly number[]): string => {
    keyOf(bytes, key);
    return keyText(key);
  };
  const v6 = (last: number, subnet = 1) => [0x20, 1, 0xd, 0xb8, 0, 0, 0, subnet, 0, 0, 0, 0, 0, 0, 0, last];
  assert.equal(textOf(v6(1)), textOf(v6(200)));
  assert.notEqual(textOf(v6(1)), textOf(v6(1, 2)));
  assert.equal(textOf([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1]), textOf([10, 0, 0, 1]));
});

test('guard: a million addresses take the place of those that owe nothing, and the memory of some thousand', () => {
  const { guard } = guarded({ addressesMax: 4_096, connectRps: 1, connectBurst: 5 });
  for (let i = 0; i < 5; i++) assert.ok(guard.admits(address(0), 1));
  assert.ok(!guard.admits(address(0), 1));
  for (let i = 1; i < 1_000_000; i++) guard.admits(address(i), 1);
  assert.ok(guard.figures.addresses <= 4_096);
});

test('guard: a table forgets first what is to be forgotten: who owes most stays', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.nat(10_000), { minLength: 1, maxLength: 400 }), (seed, others) => {
      const table = new AddressTable(64, seed);
      const heavy: AddressKey = { high: 1, low: 1 };
      table.costFullAt[table.claim(heavy)] = 1_000;
      for (const low of others) table.costFullAt[table.claim({ high: 2, low })] = low % 999;
      const place = table.find(heavy);
      assert.ok(place >= 0 && table.costFullAt[place] === 1_000);
      assert.ok(table.countAt(0) <= table.capacity);
    }),
    { numRuns: runs(200) },
  );
});

test('overload: lateness turns work away step by step, and what is on time takes it back', () => {
  const overload = new Overload(100, 0);
  let now = 0;
  const look = (ms: number): number => {
    now += ms;
    overload.look(now);
    return overload.share;
  };
  assert.equal(look(lookMs + 99), 0);
  // A pause, however long, is over when it is seen: nobody would gain if work were turned away after it.
  assert.deepEqual([look(5_000), look(lookMs), look(300), look(lookMs)], [0, 0, 0, 0]);
  look(300);
  const late = [look(300), look(300), look(300)];
  assert.ok(late[0]! > 0 && late[1]! > late[0]! && late[2]! > late[1]!);
  for (let i = 0; i < 100; i++) look(10_000);
  assert.equal(overload.share, 0.95);
  for (let i = 0; i < 100; i++) look(lookMs);
  assert.equal(overload.share, 0);
});

test('overload: health and administration are always served; heavy addresses wait first, then upgrades', () => {
  const random = numbers(11);
  const { guard, lag, step } = guarded({ lagMs: 100, costRps: 1_000, costBurst: 10_000 }, random);
  // A quarter of the budget spent: served in peace, first to wait in need.
  for (let i = 0; i < 4_000; i++) {
    guard.untilCharge--;
    guard.judge(address(1), 'ordinary', 0);
  }
  step(lookMs);
  for (let i = 0; i < 2; i++) lag(300);
  assert.ok(guard.isAlert);
  const part = (who: number, priority: Parameters<Guard['judge']>[1]): number => {
    let turned = 0;
    for (let i = 0; i < 400; i++) if (guard.judge(address(who), priority, 0) === 'overloaded') turned++;
    return turned / 400;
  };
  assert.equal(part(2, 'health'), 0);
  assert.equal(part(2, 'administration'), 0);
  const [ordinary, upgrade, heavy] = [part(2, 'ordinary'), part(2, 'upgrade'), part(1, 'ordinary')];
  assert.ok(ordinary > 0 && upgrade > ordinary && heavy > upgrade, `${ordinary} ${upgrade} ${heavy}`);
  step(10_000);
  assert.equal(guard.isAlert, false);
});

const proc = [
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
  '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1',
  '   1: 0100007F:1F90 0200007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 2',
  '   2: 0100007F:1F90 0200007F:D432 08 00000000:00000000 00:00000000 00000000     0        0 3',
  '   3: 0100007F:1F90 0200007F:D433 06 00000000:00000000 03:00001000 00000000     0        0 0',
  '   4: 0100007F:1F91 0200007F:D434 01 00000000:00000000 00:00000000 00000000     0        0 4',
  '10005: 0100007F:1F90 0300007F:D435 01 00000000:00000000 00:00000000 00000000     0        0 5',
  '',
].join('\n');
const proc6 =
  '  sl  local_address rem_address st\n   0: 00000000000000000000000001000000:1F90 B80D0120010000000000000007000000:D431 01 x\n' +
  '   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:D436 01 x\n';

test('guard: open connections are counted from what Linux writes of them', async () => {
  const counts = new Map<string, number>();
  await countIn(Buffer.from(proc), 8080, counts);
  await countIn(Buffer.from(proc6), 8080, counts);
  const key: AddressKey = { high: 0, low: 0 };
  const countOf = (bytes: readonly number[]): number | undefined => {
    keyOf(bytes, key);
    return counts.get(keyText(key));
  };
  assert.deepEqual(
    [
      countOf([127, 0, 0, 2]),
      countOf([127, 0, 0, 3]),
      countOf([0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, ...Array<number>(8).fill(0)]),
    ],
    [3, 1, 1],
  );
  assert.equal(counts.size, 3);
});

test('guard: who has too many connections is asked for only when there can be somebody, and seldom when that is slow', async () => {
  const { guard } = guarded({});
  let [asked, nowMs] = [0, 0];
  const counts = new Map<string, number>();
  const count = () => {
    asked++;
    nowMs += 10;
    return Promise.resolve(counts);
  };
  const crowds = new Crowds({ guard, perAddressMax: 100, processes: 2, count });
  const look = async (open: number): Promise<number> => {
    guard.admits(address(1), 1);
    await crowds.look(open, 80, () => nowMs);
    return asked;
  };
  assert.equal(await look(24), 0);
  assert.equal(await look(25), 1);
  assert.equal(await look(25), 1);
  nowMs += 200;
  const key: AddressKey = { high: 0, low: 0 };
  keyOf(address(1), key);
  counts.set(keyText(key), 100);
  assert.equal(await look(25), 2);
  assert.equal(guard.admits(address(1), 1), false);
  assert.equal(guard.admits(address(2), 1), true);
  // As long as somebody is refused the count goes on, so that it ends when connections do.
  counts.clear();
  nowMs += 200;
  assert.equal(await look(0), 3);
  assert.equal(guard.admits(address(1), 1), true);
});
