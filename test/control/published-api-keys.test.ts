// API keys as data planes are told of them.

import assert from 'node:assert/strict';
import test from 'node:test';
import { sha256Hex } from '../../src/base/sigv4/index.ts';
import { publishedApiKeys, publishedUsagePlans } from '../../src/control/deployment/published-api-keys.ts';
import { accessStore } from '../support/access.ts';

test('published API keys: a key opens the stages of its plans, and its value is not told', async (t) => {
  const store = await accessStore(t);
  const date = '2026-01-01T00:00:00Z';
  await store.write((transaction) => {
    for (const id of ['k1', 'k2', 'k3']) {
      const key = { id, value: `value-of-${id}`, enabled: id !== 'k2', stageKeys: ['api/old'] };
      transaction.put('apiKey', '', id, { ...key, createdDate: date, lastUpdatedDate: date });
    }
    const plans = { p1: [{ apiId: 'api', stage: 'prod' }], p2: [{ apiId: 'api', stage: 'beta' }] };
    for (const [id, apiStages] of Object.entries(plans)) {
      transaction.put('usagePlan', '', id, { id, name: id, apiStages });
      transaction.put('usagePlanKey', id, 'k1', { id: 'k1', type: 'API_KEY' });
    }
    transaction.put('usagePlanKey', 'p1', 'k2', { id: 'k2', type: 'API_KEY' });
  });
  assert.deepEqual(publishedApiKeys(store.view), [
    { id: 'k1', valueHash: sha256Hex('value-of-k1'), enabled: true, stages: ['api/prod', 'api/beta'] },
    { id: 'k2', valueHash: sha256Hex('value-of-k2'), enabled: false, stages: ['api/prod'] },
    { id: 'k3', valueHash: sha256Hex('value-of-k3'), enabled: true, stages: [] },
  ]);
});

test('published usage plans: data planes are told limits and keys, and nothing else', async (t) => {
  const store = await accessStore(t);
  const apiStages = [
    { apiId: 'api', stage: 'prod', throttle: { '/a/GET': { rateLimit: 1, burstLimit: 2 } } },
  ];
  const limits = {
    throttle: { rateLimit: 5, burstLimit: 9 },
    quota: { limit: 7, period: 'WEEK', offset: 1 },
  } as const;
  await store.write((transaction) => {
    transaction.put('usagePlan', '', 'p', {
      id: 'p',
      name: 'n',
      description: 'd',
      tags: {},
      apiStages,
      ...limits,
    });
    transaction.put('usagePlan', '', 'q', { id: 'q', name: 'n', apiStages: [] });
    transaction.put('usagePlanKey', 'p', 'k', { id: 'k', type: 'API_KEY' });
  });
  assert.deepEqual(publishedUsagePlans(store.view), [
    { id: 'p', apiStages, ...limits, keyIds: ['k'] },
    { id: 'q', apiStages: [], keyIds: [] },
  ]);
});
