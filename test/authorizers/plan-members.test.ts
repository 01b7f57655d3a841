import assert from 'node:assert/strict';
import test from 'node:test';
import { PlanMembers } from '../../src/authorizers/plan-members.ts';
import type { PublishedUsagePlan } from '../../src/resources/index.ts';

const plan = (more: Partial<PublishedUsagePlan> = {}): PublishedUsagePlan => ({
  id: 'p',
  apiStages: [
    { apiId: 'api', stage: 'prod', throttle: { '/a/GET': { rateLimit: 1, burstLimit: 2 } } },
    { apiId: 'api', stage: 'test' },
  ],
  quota: { limit: 5, period: 'DAY', offset: 0 },
  keyIds: ['k', 'l'],
  ...more,
});

test('plan members: a key leads to its plan on each of its stages', () => {
  const members = new PlanMembers();
  members.adopt([plan(), plan({ id: 'q', apiStages: [{ apiId: 'other', stage: 'prod' }], keyIds: ['k'] })]);
  const found = members.find('k', 'api/prod')!;
  assert.deepEqual(
    [found.planId, found.keyId, found.stage, found.throttle, found.quota?.limit, found.methodThrottles?.size],
    ['p', 'k', 'api/prod', null, 5, 1],
  );
  assert.equal(members.find('k', 'api/test')?.methodThrottles, null);
  assert.equal(members.find('k', 'other/prod')?.planId, 'q');
  for (const [key, stage] of [
    ['l', 'other/prod'],
    ['m', 'api/prod'],
    ['k', 'api/beta'],
  ] as const)
    assert.equal(members.find(key, stage), null);
});

test('plan members: what a plan says the same of stays the same object, and what it does not is another', () => {
  const members = new PlanMembers();
  members.adopt([plan()]);
  const before = members.find('k', 'api/prod')!;
  members.adopt([plan({ keyIds: ['k', 'm'] })]);
  assert.equal(members.find('k', 'api/prod'), before);
  assert.ok(members.has(before));
  for (const changed of [
    plan({ quota: { limit: 6, period: 'DAY', offset: 0 } }),
    plan({ throttle: { rateLimit: 1 } }),
    plan({ apiStages: [{ apiId: 'api', stage: 'prod' }] }),
  ]) {
    members.adopt([changed]);
    assert.notEqual(members.find('k', 'api/prod'), before);
    assert.ok(!members.has(before));
  }
  members.adopt([]);
  assert.equal(members.find('k', 'api/prod'), null);
});
