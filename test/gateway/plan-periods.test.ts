// Counters of usage plans in a process: periods as time goes on, what is given back, and what the log is told.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { PlanMember } from '../../src/exchange/plan-member.ts';
import {
  failureOf,
  PlanCounters,
  refusalText,
} from '../../src/gateway/pipeline/method-request/plan-counters.ts';
import { createTwin, notRestored, quotaRefused, type Throttle } from '../../src/gateway/throttle/throttle.ts';

const member = (more: Partial<PlanMember> = {}): PlanMember => ({
  planId: 'p',
  keyId: 'k',
  stage: 'api/prod',
  throttle: null,
  quota: null,
  methodThrottles: null,
  ...more,
});

test('plan counters: a quota begins anew with the first millisecond of its next period, and not before', () => {
  const counters = new PlanCounters(createTwin({ processes: 1 }), assert.fail);
  const weekly = member({ quota: { limit: 1, period: 'WEEK', offset: 1 } });
  const take = (time: string): number => counters.take(weekly, '/a/GET', -1, -1, Date.parse(time), 1e9);
  const asked = [
    '2024-01-02T12:00:00Z',
    '2024-01-07T23:59:59.999Z', // Sunday: with the offset the week ends tonight
    '2024-01-08T00:00:00Z',
    '2024-01-08T00:00:01Z',
    // The clock was set back: what comes late counts in the present period.
    '2024-01-07T23:59:59Z',
    '2024-01-15T00:00:00Z',
  ];
  assert.deepEqual(asked.map(take), [0, quotaRefused, 0, quotaRefused, quotaRefused, 0]);
});

/** Counts what is held; interning a meter fails when told. */
function holding() {
  const state = { held: 0, isFull: false, looks: 0 };
  const give = (): number => state.held++;
  const giveMeter = (): number => {
    state.looks++;
    if (state.isFull) throw new Error('full');
    return give();
  };
  const release = (): void => void state.held--;
  const throttle = {
    bucket: () => {
      state.looks++;
      return give();
    },
    quota: give,
    usage: giveMeter,
    take: () => 0,
    takeCounted: () => 0,
    release,
    releaseMeter: release,
  } as unknown as Throttle;
  return { state, throttle };
}

test('plan counters: who could not be counted holds nothing, and room is looked for once a second', () => {
  const { state, throttle } = holding();
  const counters = new PlanCounters(throttle, () => {});
  const limited = member({ throttle: { rateLimit: 1 }, quota: { limit: 5, period: 'DAY' } });
  const take = (ns: number): number => counters.take(limited, '/a/GET', -1, -1, 0, ns);
  state.isFull = true;
  assert.deepEqual([take(0), take(1), take(1e9 - 1)], [notRestored, notRestored, notRestored]);
  assert.deepEqual([state.held, state.looks], [0, 2]);
  state.isFull = false;
  assert.equal(take(1e9), 0);
  assert.equal(state.held, 3);
});

test('plan counters: buckets of methods are given back with those of their key', () => {
  const { state, throttle } = holding();
  const counters = new PlanCounters(throttle, assert.fail);
  const limited = member({ methodThrottles: new Map([['/a/GET', { rateLimit: 1 }]]) });
  for (const place of ['/a/GET', '/a/GET', '/b/GET']) counters.take(limited, place, -1, -1, 0, 0);
  assert.equal(state.held, 2);
  counters.keep((one) => one === limited);
  assert.equal(state.held, 2);
  counters.keep(() => false);
  assert.equal(state.held, 0);
});

test('plan counters: the log says which limit of which key it was', () => {
  const limited = member({
    throttle: { rateLimit: 2.5, burstLimit: 5 },
    quota: { limit: 9, period: 'MONTH' },
    methodThrottles: new Map([['/a/GET', { rateLimit: 1, burstLimit: 2 }]]),
  });
  const whose = 'Usage Plan p, API Key ID k';
  const texts = [1, 2, quotaRefused, notRestored].map((refused) => refusalText(limited, refused, '/a/GET'));
  assert.deepEqual(texts, [
    `Usage Plan throttle limit exceeded for ${whose}, method /a/GET. Limit: 1.00 Burst: 2`,
    `Usage Plan throttle limit exceeded for ${whose}. Limit: 2.50 Burst: 5`,
    `Usage Plan quota limit exceeded for ${whose}. Limit: 9 Period: MONTH`,
    `The use of ${whose} cannot be counted: the request is refused`,
  ]);
  assert.deepEqual(
    [1, 2, 3, 4, quotaRefused, notRestored].map((refused) => failureOf(refused).type),
    ['THROTTLED', 'THROTTLED', 'THROTTLED', 'THROTTLED', 'QUOTA_EXCEEDED', 'THROTTLED'],
  );
});
