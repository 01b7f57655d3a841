// Rate-based rules: over the wire, and their keys with a clock that is stepped.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type Counters, RateBudget } from '../../src/firewall/index.ts';
import { RateKeys } from '../../src/firewall/rate-keys.ts';
import { createTwin } from '../../src/gateway/throttle/throttle.ts';
import { bytes, none, rule, startGuarded, webAcl } from './support.ts';

const query = { QueryString: {} };
const rate = (more: object) => ({
  RateBasedStatement: { Limit: 10, EvaluationWindowSec: 600, AggregateKeyType: 'IP', ...more },
});
const via = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const ForwardedIPConfig = { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'MATCH' };

test('rate-based rule: the request after the limit is blocked, by address', async (t) => {
  const { call } = await startGuarded(t, webAcl([rule('rate', 0, rate({}))]));
  const statuses = [];
  for (let i = 0; i < 12; i++) statuses.push((await call('/a')).status);
  assert.deepEqual(statuses, [...Array(10).fill(200), 403, 403]);
});

test('rate-based rule: only requests that its scope lets in are counted', async (t) => {
  const ScopeDownStatement = bytes('x', query);
  const { call } = await startGuarded(
    t,
    webAcl([rule('rate', 0, rate({ ScopeDownStatement, AggregateKeyType: 'CONSTANT' }))]),
  );
  for (let i = 0; i < 12; i++) assert.equal((await call('/a')).status, 200);
  for (let i = 0; i < 10; i++) assert.equal((await call('/a?x')).status, 200);
  assert.equal((await call('/a?x')).status, 403);
  assert.equal((await call('/a')).status, 200);
});

test('rate-based rule: forwarded addresses are counted one by one, and what is none as the rule says', async (t) => {
  const acl = webAcl([rule('rate', 0, rate({ AggregateKeyType: 'FORWARDED_IP', ForwardedIPConfig }))]);
  const { call } = await startGuarded(t, acl);
  for (let i = 0; i < 10; i++) assert.equal((await call('/a', via('203.0.113.1'))).status, 200);
  assert.equal((await call('/a', via('203.0.113.1'))).status, 403);
  assert.equal((await call('/a', via('203.0.113.2'))).status, 200);
  assert.equal((await call('/a', via('2001:db8::1'))).status, 200);
  assert.equal((await call('/a', via('nonsense'))).status, 403);
  assert.equal((await call('/a')).status, 200);
});

test('rate-based rule: keys of several parts are counted apart, and who lacks a part is not counted', async (t) => {
  const CustomKeys = [
    { Header: { Name: 'x-tenant', TextTransformations: none } },
    { UriPath: { TextTransformations: none } },
    { HTTPMethod: {} },
  ];
  const { call } = await startGuarded(
    t,
    webAcl([rule('rate', 0, rate({ AggregateKeyType: 'CUSTOM_KEYS', CustomKeys }))]),
  );
  const as = (tenant: string, method = 'GET') => call('/a', { method, headers: { 'x-tenant': tenant } });
  for (let i = 0; i < 10; i++) assert.equal((await as('one')).status, 200);
  assert.equal((await as('one')).status, 403);
  assert.equal((await as('two')).status, 200);
  assert.equal((await as('one', 'POST')).status, 200);
  for (let i = 0; i < 12; i++) assert.equal((await call('/a')).status, 200);
});

/** Buckets of one process, and how many are held. */
function counting(nowNs: () => number): Counters & { held: number } {
  const twin = createTwin({ processes: 1, clock: { monotonicNs: nowNs } as never });
  const counters = {
    held: 0,
    bucket: (key: string, limit: { rateRps: number; burst: number }) => {
      counters.held++;
      return twin.bucket(key, limit);
    },
    take: (a: number, b: number, c: number, d: number, at: number) => twin.take(a, b, c, d, at),
    release: (index: number) => {
      counters.held--;
      twin.release(index);
    },
  };
  return counters;
}

test('rate keys: whoever stays below the limit in every window is never over it', () => {
  let nowNs = 1e9;
  const keys = new RateKeys(
    counting(() => nowNs),
    new RateBudget(1),
    'rule',
    { requests: 100, windowSeconds: 60 },
  );
  for (let i = 0; i < 5_000; i++) {
    nowNs += 0.6e9;
    assert.equal(keys.isOver('steady', nowNs), false);
  }
});

test('rate keys: after the limit a window lets through what it says, and no more', () => {
  let nowNs = 1e9;
  const keys = new RateKeys(
    counting(() => nowNs),
    new RateBudget(1),
    'rule',
    { requests: 100, windowSeconds: 60 },
  );
  let admitted = 0;
  // Ten windows of a flood.
  for (let i = 0; i < 60_000; i++) {
    nowNs += 10e6;
    if (!keys.isOver('flood', nowNs)) admitted++;
  }
  assert.ok(admitted <= 1_100 && admitted >= 1_095, `${admitted}`);
});

test('rate keys: a hundred thousand addresses hold no more buckets than they may, and none of them is let through unseen', () => {
  let nowNs = 1e9;
  const counters = counting(() => nowNs);
  const budget = new RateBudget(8);
  const keys = new RateKeys(counters, budget, 'rule', { requests: 10, windowSeconds: 60 });
  let over = 0;
  let heldMost = 0;
  for (let i = 0; i < 100_000; i++) {
    nowNs += 1e3;
    if (keys.isOver(`address ${i}`, nowNs)) over++;
    heldMost = Math.max(heldMost, counters.held);
  }
  assert.equal(heldMost, 4_096 + 64);
  // Those with a bucket of their own, and what the shared ones let through in a second.
  assert.ok(over > 100_000 - 4_096 - 64 * 11, `${over}`);
  // When they have been idle for a window, others get their buckets.
  nowNs += 62e9;
  assert.equal(keys.isOver('newcomer', nowNs), false);
  assert.equal(budget.used, 4_096 - 32 + 1);
  keys.close();
  assert.deepEqual([counters.held, budget.used], [0, 0]);
  // A request that was under way when its rule was replaced.
  assert.equal(keys.isOver('late', nowNs), false);
  assert.deepEqual([counters.held, budget.used], [0, 0]);
});

test('rate keys: texts of clients, however long, are kept short', () => {
  const seen: string[] = [];
  const counters = {
    bucket: (key: string) => seen.push(key),
    take: () => 0,
    release: () => {},
  };
  const keys = new RateKeys(counters, new RateBudget(1), 'rule', { requests: 10, windowSeconds: 60 });
  keys.isOver('x'.repeat(100_000), 1);
  assert.ok(seen.at(-1)!.length < 80);
});
