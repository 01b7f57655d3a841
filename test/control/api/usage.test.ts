import assert from 'node:assert/strict';
import test from 'node:test';
import { refused, type TestControl, testControl } from '../../support/control.ts';

async function planWithKeys(
  { call }: TestControl,
  quota?: { limit: number; period: 'DAY' | 'WEEK' | 'MONTH' },
) {
  const plan = { name: 'p', tags: { _custom_id_: 'plan' } };
  await call('CreateUsagePlan', quota === undefined ? plan : { ...plan, quota });
  for (const id of ['k1', 'k2']) {
    await call('CreateApiKey', { tags: { _custom_id_: id } });
    await call('CreateUsagePlanKey', { usagePlanId: 'plan', keyId: id, keyType: 'API_KEY' });
  }
}

const usagePlanId = 'plan';

test('usage: each day of the range has a pair for each key: used and remaining', async (t) => {
  const world = await testControl(t);
  await planWithKeys(world, { limit: 100, period: 'DAY' });
  const range = { usagePlanId, startDate: '2024-01-01', endDate: '2024-01-03' };
  const unused = [
    [0, 100],
    [0, 100],
    [0, 100],
  ];
  assert.deepEqual(await world.call('GetUsage', range), { ...range, values: { k1: unused, k2: unused } });
  assert.deepEqual(await world.call('GetUsage', { ...range, keyId: 'k2' }), {
    ...range,
    values: { k2: unused },
  });
  const first = await world.call('GetUsage', { ...range, limit: 1 });
  assert.deepEqual(Object.keys(first.values), ['k1']);
  const second = await world.call('GetUsage', { ...range, limit: 1, position: first.position });
  assert.deepEqual(second, { ...range, values: { k2: unused } });
});

test('usage: without a quota what remains is shown as -1', async (t) => {
  const world = await testControl(t);
  await planWithKeys(world);
  const range = { usagePlanId, startDate: '2024-01-02', endDate: '2024-01-02', keyId: 'k1' };
  assert.deepEqual((await world.call('GetUsage', range)).values, { k1: [[0, -1]] });
  const patchOperations = [{ op: 'replace', path: '/remaining', value: '5' } as const];
  await refused(
    world.call('UpdateUsage', { usagePlanId, keyId: 'k1', patchOperations }),
    'BadRequestException',
    'Usage Plan plan has no quota',
  );
});

test('usage: what remains is changed for today, and lasts until the period ends', async (t) => {
  const world = await testControl(t);
  await planWithKeys(world, { limit: 100, period: 'WEEK' });
  const updated = await world.call('UpdateUsage', {
    usagePlanId,
    keyId: 'k1',
    patchOperations: [{ op: 'replace', path: '/remaining', value: '250' }],
  });
  // Today is Tuesday; the week ends with Saturday the 6th.
  assert.deepEqual(updated, {
    usagePlanId,
    startDate: '2024-01-02',
    endDate: '2024-01-02',
    values: { k1: [[0, 250]] },
  });
  const { values } = await world.call('GetUsage', {
    usagePlanId,
    startDate: '2024-01-01',
    endDate: '2024-01-07',
  });
  assert.deepEqual(
    values.k1.map(([, remaining]: number[]) => remaining),
    [100, 250, 250, 250, 250, 250, 100],
  );
  assert.ok(values.k2.every(([, remaining]: number[]) => remaining === 100));
});

test('usage: what cannot be asked for or changed is refused', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await planWithKeys(world, { limit: 100, period: 'DAY' });
  const get = (startDate: string, endDate: string, more: object = {}) =>
    call('GetUsage', { usagePlanId, startDate, endDate, ...more });
  await refused(get('2024-1-1', '2024-01-02'), 'BadRequestException', /startDate/);
  await refused(get('2024-01-01', '2024-02-30'), 'BadRequestException', /endDate/);
  await refused(get('2024-01-02', '2024-01-01'), 'BadRequestException', /range/);
  await refused(get('2024-01-01', '2024-03-31'), 'BadRequestException', /90 days/);
  await get('2024-01-01', '2024-03-30');
  await refused(
    get('2024-01-01', '2024-01-01', { usagePlanId: 'none' }),
    'NotFoundException',
    'Invalid Usage Plan ID specified',
  );
  await refused(
    get('2024-01-01', '2024-01-01', { keyId: 'none' }),
    'NotFoundException',
    'Invalid API Key identifier specified',
  );
  const update = (op: 'add' | 'replace', value: string, keyId = 'k1') =>
    call('UpdateUsage', { usagePlanId, keyId, patchOperations: [{ op, path: '/remaining', value }] });
  await refused(
    update('add', '1'),
    'BadRequestException',
    "Invalid patch path  '/remaining' specified for op 'add'. Please choose supported operations",
  );
  await refused(update('replace', '-1'), 'BadRequestException', /remaining/);
  await refused(update('replace', 'many'), 'BadRequestException', /remaining/);
  await refused(update('replace', '1', 'none'), 'NotFoundException', 'Invalid API Key identifier specified');
});
