// How many plans a key may be in, and how the stages and keys of a plan are named.

import assert from 'node:assert/strict';
import test from 'node:test';
import { refused, testControl } from '../../support/control.ts';

test('usage plan keys: a key is in ten plans at most', async (t) => {
  const { call } = await testControl(t);
  const { id: keyId } = await call('CreateApiKey', {});
  const plans: string[] = [];
  for (let i = 0; i < 11; i++) plans.push((await call('CreateUsagePlan', { name: `p${i}` })).id);
  const join = (usagePlanId: string) =>
    call('CreateUsagePlanKey', { usagePlanId, keyId, keyType: 'API_KEY' });
  for (const plan of plans.slice(0, 10)) await join(plan);
  await refused(join(plans[10]!), 'LimitExceededException', /usage plans/);
  await call('DeleteUsagePlanKey', { usagePlanId: plans[0]!, keyId });
  await join(plans[10]!);
});

test('usage plan keys: they are looked for by how their names begin', async (t) => {
  const { call } = await testControl(t);
  const { id: usagePlanId } = await call('CreateUsagePlan', { name: 'p' });
  for (const name of ['mobile', 'automobile']) {
    const { id: keyId } = await call('CreateApiKey', { name });
    await call('CreateUsagePlanKey', { usagePlanId, keyId, keyType: 'API_KEY' });
  }
  const found = await call('GetUsagePlanKeys', { usagePlanId, nameQuery: 'mobile' });
  assert.deepEqual(
    found.item.map(({ name }: { name: string }) => name),
    ['mobile'],
  );
});
