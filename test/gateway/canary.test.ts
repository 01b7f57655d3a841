import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { World } from '../sim/world.ts';
import { api, mock } from '../support/api.ts';
import { startTestDispatch } from '../support/dispatch.ts';
import { startTestGateway, type TestApi } from '../support/gateway.ts';

const text =
  '$context.isCanaryRequest $context.deploymentId $stageVariables.color $stageVariables.size $stageVariables.only';
const definition = api({ 'GET /v': mock(`old ${text}`), 'GET /limited': mock('old') });
const next = api({ 'GET /v': mock(`new ${text}`), 'GET /limited': mock('new') });

function withCanary(percentTraffic: number, more: Partial<TestApi['stage']> = {}): TestApi {
  return {
    definition,
    stage: { variables: { color: 'red', size: 'big' }, ...more },
    canary: { definition: next, percentTraffic, stageVariableOverrides: { color: 'green', only: 'canary' } },
  };
}

test('canary: 10 % of 10,000 requests go to it, within the bounds of chance', async (t) => {
  const world = new World(20_240_102);
  const { ask } = await startTestDispatch(t, [withCanary(10)], { random: () => world.random() });
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const { body } = ask('/test/v');
    counts.set(body, (counts.get(body) ?? 0) + 1);
  }
  const canary = 'new true dep002 green big canary';
  const production = 'old false dep001 red big ';
  assert.deepEqual([...counts.keys()].sort(), [canary, production]);
  // Four standard deviations of a binomial distribution: 30 each.
  assert.ok(Math.abs(counts.get(canary)! - 1_000) <= 120, `${counts.get(canary)} went to the canary`);
});

for (const [percentTraffic, expected] of [
  [0, 'old'],
  [100, 'new'],
] as const) {
  test(`canary: at ${percentTraffic} % every request goes to the ${expected} deployment`, async (t) => {
    const extremes = [0, 0.5, 1 - 2 ** -53];
    for (const value of extremes) {
      const { ask } = await startTestDispatch(t, [withCanary(percentTraffic)], { random: () => value });
      assert.equal(ask('/test/v').body.slice(0, 3), expected);
    }
  });
}

test('canary: a stage without one asks for no chance, and $context.isCanaryRequest is empty', async (t) => {
  const { ask } = await startTestDispatch(t, [{ definition }], {
    random: () => assert.fail('nobody needs a random number'),
  });
  assert.equal(ask('/test/v').body, 'old  dep001   ');
});

test('canary: it draws from the throttle buckets of its stage', async (t) => {
  let isCanary = false;
  const limit = { throttlingRateLimit: 0.000_01, throttlingBurstLimit: 2 };
  const { ask } = await startTestDispatch(t, [withCanary(50, { methodSettings: { 'limited/GET': limit } })], {
    random: () => (isCanary ? 0 : 0.9),
  });
  const first = ask('/test/limited');
  isCanary = true;
  const second = ask('/test/limited');
  const third = ask('/test/limited');
  isCanary = false;
  const fourth = ask('/test/limited');
  assert.deepEqual([first.body, second.body, third.status, fourth.status], ['old', 'new', 429, 429]);
});

test('canary: its metrics and its execution log stand apart, the access log is shared', async (t) => {
  const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
  const stage = {
    accessLogSettings: { destinationArn, format: '$context.requestId $context.isCanaryRequest' },
    methodSettings: { '*/*': { loggingLevel: 'INFO' } },
  } as const;
  const { call, publish, gateway, dataDir } = await startTestGateway(t, [withCanary(100, stage)]);
  const canaryId = (await call('/v')).headers['x-amzn-requestid'];
  await publish(withCanary(0, stage));
  const productionId = (await call('/v')).headers['x-amzn-requestid'];
  await gateway.drain(100);

  const counts = gateway.stats().series.map(({ stageName, count }) => `${stageName} ${count}`);
  assert.deepEqual(counts.sort(), ['test 1', 'test/Canary 1']);
  const access = readFileSync(path.join(dataDir, 'logs/access/access.log'), 'utf8');
  assert.deepEqual(access.trimEnd().split('\n').sort(), [`${canaryId} true`, `${productionId} false`].sort());
  const logs = path.join(dataDir, 'logs/API-Gateway-Execution-Logs_testapi001');
  const [production, canary] = ['test.log', 'test/Canary.log'].map((file) =>
    readFileSync(path.join(logs, file), 'utf8'),
  ) as [string, string];
  assert.ok(canary.includes(`(${canaryId})`) && !canary.includes(`(${productionId})`));
  assert.ok(production.includes(`(${productionId})`) && !production.includes(`(${canaryId})`));
});

test('canary: promotion under load fails no request, and afterwards every answer is the new one', async (t) => {
  const { call, publish } = await startTestGateway(t, [withCanary(50)]);
  let isOver = false;
  const seen = new Set<string>();
  const load = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const answer = await call('/v');
      assert.equal(answer.status, 200);
      seen.add(answer.body);
    }
  });
  const promoted = {
    definition: next,
    stage: { variables: { color: 'green', size: 'big', only: 'canary' } },
  };
  for (let i = 0; i < 5; i++) {
    while (seen.size < 2) await call('/v');
    await publish(promoted);
    for (let n = 0; n < 5; n++) assert.equal((await call('/v')).body.slice(0, 3), 'new');
    seen.clear();
    await publish(withCanary(50));
  }
  isOver = true;
  await Promise.all(load);
});

test('canary: its resources are its own', async (t) => {
  const only = api({ 'GET /only-new': mock('here') });
  const stage = { definition, canary: { definition: only, percentTraffic: 50 } };
  let value = 0;
  const { ask } = await startTestDispatch(t, [stage], { random: () => value });
  assert.deepEqual([ask('/test/only-new').status, ask('/test/v').status], [200, 403]);
  value = 0.9;
  assert.deepEqual([ask('/test/only-new').status, ask('/test/v').status], [403, 200]);
});
