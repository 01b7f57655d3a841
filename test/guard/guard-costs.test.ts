// What the guard charges an address for, how long it remembers, and when it says to come again.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { GuardSettings } from '../../src/config/index.ts';
import { AddressTable } from '../../src/gateway/guard/address-table.ts';
import { Crowds } from '../../src/gateway/guard/crowds.ts';
import { costs, Guard } from '../../src/gateway/guard/guard.ts';
import { lookMs, Overload } from '../../src/gateway/guard/overload.ts';
import { guardDefaults } from '../support/gateway.ts';

const who = [192, 0, 2, 1];

function guarded(more: Partial<GuardSettings>, random: () => number = () => 0.5) {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs, monotonicNs: () => nowMs * 1e6 };
  const settings = { ...guardDefaults, trusted: [], connectionsMax: 1_000_000, ...more };
  const guard = new Guard({ settings, clock, random });
  const pass = (ms: number): void => {
    nowMs += ms;
    guard.look();
  };
  /** As the listener asks; each request is charged. */
  const ask = (bodyBytes = 0, priority: Parameters<Guard['judge']>[1] = 'ordinary') => {
    guard.untilCharge--;
    return guard.judge(who, priority, bodyBytes);
  };
  return { guard, pass, ask };
}

/** A budget of 100 at 1 a second, so that each request is charged by itself. */
const small = { costRps: 1, costBurst: 100 };
/** How many requests are left of the budget. */
function left({ ask }: ReturnType<typeof guarded>): number {
  let count = 0;
  while (ask() === null) count++;
  return count;
}

test('guard: connections, handshakes, refusals and bodies cost their address what they cost us', () => {
  const all = left(guarded(small));
  const after = (act: (one: ReturnType<typeof guarded>) => unknown): number => {
    const one = guarded(small);
    act(one);
    return all - left(one);
  };
  assert.equal(
    after(({ guard }) => guard.admits(who, 1)),
    costs.connection,
  );
  assert.equal(
    after(({ guard }) => guard.charge(who, costs.handshake)),
    costs.handshake,
  );
  assert.equal(
    after(({ guard }) => guard.charge(who, costs.refusal)),
    costs.refusal,
  );
  assert.equal(
    after(({ ask }) => ask(16_383)),
    costs.request,
  );
  assert.equal(
    after(({ ask }) => ask(16_384)),
    costs.request + costs.bodyPart,
  );
  assert.equal(
    after(({ ask }) => ask(10 * 16_384)),
    costs.request + 10 * costs.bodyPart,
  );
});

test('guard: whoever is above its budget is answered for health alone, and told when to come again', () => {
  const one = guarded(small);
  assert.equal(one.guard.retryAfter('address-over-budget', who), 1);
  left(one);
  assert.equal(one.ask(0, 'health'), null);
  assert.equal(one.ask(0, 'administration'), 'address-over-budget');
  one.guard.charge(who, 5);
  const seconds = one.guard.retryAfter('address-over-budget', who);
  assert.ok(seconds >= 5 && seconds <= 7, `${seconds}`);
  one.pass(seconds * 1_000);
  assert.equal(one.ask(), null);
});

test('guard: however much an address has asked, ten seconds of it are remembered', () => {
  const one = guarded(small);
  one.guard.charge(who, 1_000_000);
  assert.equal(one.guard.retryAfter('address-over-budget', who), 10);
  one.pass(9_000);
  assert.equal(one.ask(), 'address-over-budget');
  one.pass(2_000);
  assert.equal(one.ask(), null);
});

test('guard: while an address owes too much each request is looked at, and no longer', () => {
  const one = guarded(small);
  one.guard.charge(who, 103);
  assert.equal(one.guard.isAlert, true);
  one.pass(1_000);
  assert.equal(one.guard.isAlert, true);
  one.pass(3_000);
  assert.equal(one.guard.isAlert, false);
});

/** Late, until half of the work or more is turned away. */
function late(random: () => number, trusted: readonly string[] = []) {
  const one = guarded({ lagMs: 100, trusted: [...trusted] }, random);
  for (let i = 0; i < 30; i++) one.pass(2_000);
  return one;
}

test('guard: when very much is turned away so are connections, and each is told to come again within four seconds', () => {
  let drawn = 0.1;
  const { guard } = late(() => drawn);
  assert.equal(guard.figures.shedShare, 0.95);
  assert.equal(guard.admits(who, 1), false);
  drawn = 0.95;
  assert.equal(guard.admits(who, 1), true);
  assert.equal(guard.figures.refusedConnections.overloaded, 1);
  for (const [random, seconds] of [
    [0, 1],
    [0.5, 3],
    [0.99, 4],
  ] as const) {
    drawn = random;
    assert.equal(guard.retryAfter('overloaded', who), seconds);
  }
});

test('guard: addresses that are trusted are turned away too when there is too much work, but not for what they ask', () => {
  const { guard } = late(() => 0, ['192.0.2.0/24']);
  assert.equal(guard.judge(who, 'ordinary', 1e9), 'overloaded');
  assert.equal(guard.judge(who, 'health', 1e9), null);
  guard.charge(who, 1e9);
  assert.equal(guard.figures.addresses, 0);
});

test('overload: a limit of nothing turns nothing away, however late it is', () => {
  const overload = new Overload(0, 0);
  for (let i = 1; i < 20; i++) overload.look(i * 10_000);
  assert.deepEqual([overload.share, overload.lagMs], [0, 10_000 - lookMs]);
});

test('guard: an address that takes another’s place owes nothing of that one’s', () => {
  const table = new AddressTable(8, 0);
  for (let low = 1; low <= 8; low++) {
    const place = table.claim({ high: 1, low });
    table.costFullAt[place] = low;
    table.connectionsFullAt[place] = low;
  }
  const place = table.claim({ high: 1, low: 9 });
  assert.equal(table.find({ high: 1, low: 1 }), -1);
  assert.deepEqual([table.costFullAt[place], table.connectionsFullAt[place]], [0, 0]);
});

test('guard: nobody is asked for crowds where there is no limit, while the last answer is awaited, or where nobody knows', async () => {
  const { guard } = guarded({});
  let asked = 0;
  const gate = Promise.withResolvers<null>();
  const count = () => {
    asked++;
    return gate.promise;
  };
  const crowds = (perAddressMax: number) => new Crowds({ guard, perAddressMax, processes: 1, count });
  guard.admits(who, 1);
  await crowds(0).look(1_000, 80, () => 0);
  assert.equal(asked, 0);
  const one = crowds(10);
  const first = one.look(1_000, 80, () => 0);
  await one.look(1_000, 80, () => 0);
  assert.equal(asked, 1);
  gate.resolve(null);
  await first;
  assert.equal(guard.admits(who, 1), true);
});
