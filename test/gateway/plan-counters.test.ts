// Counters of usage plans in a process, where there is no room for them.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { PlanMember } from '../../src/exchange/plan-member.ts';
import { PlanCounters } from '../../src/gateway/pipeline/method-request/plan-counters.ts';
import { createTwin, metersMax, notRestored } from '../../src/gateway/throttle/throttle.ts';

const member = (keyId: string, more: Partial<PlanMember> = {}): PlanMember => ({
  planId: 'p',
  keyId,
  stage: 'api/prod',
  throttle: null,
  quota: null,
  methodThrottles: null,
  ...more,
});

test('plan counters: without room a key is refused, the operator told once, and room is looked for again', () => {
  let ns = 1e9;
  const throttle = createTwin({ processes: 1 });
  const told: string[] = [];
  const counters = new PlanCounters(throttle, (line) => told.push(line));
  const take = (one: PlanMember): number => counters.take(one, '/a/GET', -1, -1, 1_704_164_645_000, ns);
  const good = member('good');
  assert.equal(take(good), 0);
  const indexes = Array.from({ length: metersMax - 1 }, (_, i) => throttle.usage(`usage/p/k/api/${i}`));
  const limited = member('late', {
    quota: { limit: 5, period: 'DAY' },
    throttle: { rateLimit: 1, burstLimit: 1 },
  });
  assert.deepEqual([take(limited), take(limited), take(good)], [notRestored, notRestored, 0]);
  assert.equal(told.length, 1);
  assert.match(
    told[0]!,
    /Requests of usage plans are refused: Cannot add meter "quota\/p\/late\/DAY\/0": 32768 meters/,
  );
  ns += 2e9;
  assert.deepEqual([take(limited), told.length], [notRestored, 1]);
  for (const index of indexes) throttle.releaseMeter(index);
  throttle.close();
});

test('plan counters: what members held that hold no more is given back', () => {
  const throttle = createTwin({ processes: 1 });
  const counters = new PlanCounters(throttle, (line) => assert.fail(line));
  const limited = member('k', {
    quota: { limit: 5, period: 'WEEK', offset: 2 },
    throttle: { rateLimit: 1, burstLimit: 1 },
    methodThrottles: new Map([['/a/GET', { rateLimit: 1, burstLimit: 1 }]]),
  });
  assert.equal(counters.take(limited, '/a/GET', -1, -1, 1_704_164_645_000, 1e9), 0);
  counters.keep(() => false);
  // Nothing is bound any more: the first indexes are free, and so released, not used again at once.
  assert.throws(() => throttle.takeCounted(-1, -1, -1, -1, 0, 1, -1, 1, 1e9), /Assertion failed/);
  assert.equal(
    counters.take(limited, '/a/GET', -1, -1, 1_704_164_645_000, 1e9),
    1,
    'its bucket is as it was',
  );
  throttle.close();
});
