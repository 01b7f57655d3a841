import assert from 'node:assert/strict';
import test from 'node:test';
import { CrossingCost, crossing, JobCost } from '../../src/gateway/workers/job-cost.ts';

test('job cost: nothing is claimed before a dozen cheap renders were seen', () => {
  const cost = new JobCost();
  for (let i = 0; i < 11; i++) cost.learn(50_000, 1000);
  assert.equal(cost.estimateNs(1000), 0);
  cost.learn(50_000, 1000);
  assert.equal(Math.round(cost.estimateNs(1000)), 50_000);
});

test('job cost: one very long render is believed at once', () => {
  const cost = new JobCost();
  cost.learn(5e6, 0);
  assert.equal(cost.estimateNs(0), 5e6);
});

test('job cost: the estimate grows with the body, and one outlier moves it little', () => {
  const cost = new JobCost();
  for (let i = 0; i < 50; i++) cost.learn(10_000, 744);
  assert.equal(Math.round(cost.estimateNs(1744)), 20_000);
  cost.learn(1e9, 744);
  assert.ok(cost.estimateNs(744) < 14_000);
});

test('job cost: every early render is timed, later one in 32', () => {
  const cost = new JobCost();
  let timed = 0;
  for (let i = 0; i < 12 + 320; i++) {
    if (!cost.shouldTime()) continue;
    timed++;
    cost.learn(1000, 0);
  }
  assert.equal(timed, 12 + 10);
});

test('crossing cost: it rises with what is measured, never falls below the constant, and fades back', () => {
  const cost = new CrossingCost();
  for (let i = 0; i < 100; i++) cost.learn(1000, 4);
  assert.equal(cost.ns, crossing.batchNs);
  for (let i = 0; i < 100; i++) cost.learn(500_000, 4);
  assert.ok(cost.ns > 450_000);
  for (let i = 0; i < 5000; i++) cost.fade();
  assert.ok(cost.ns < crossing.batchNs * 1.01);
});
