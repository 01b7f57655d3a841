import assert from 'node:assert/strict';
import test from 'node:test';
import type { ApiKey } from '../../../src/resources/index.ts';
import { refused, type TestControl, testControl } from '../../support/control.ts';
import { apiId, putApi, putStage } from './support.ts';

type Op = 'add' | 'remove' | 'replace';

async function planWorld(t: { after(work: () => unknown): void }) {
  const world = await testControl(t);
  await putApi(world);
  await putStage(world, 'prod');
  await putStage(world, 'test');
  return world;
}

const patcher =
  ({ call }: TestControl, usagePlanId: string) =>
  (...operations: readonly (readonly [op: Op, path: string, value?: string])[]) =>
    call('UpdateUsagePlan', {
      usagePlanId,
      patchOperations: operations.map(([op, path, value]) =>
        value === undefined ? { op, path } : { op, path, value },
      ),
    });

test('usage plans: one is created, shown, listed and deleted', async (t) => {
  const { call } = await planWorld(t);
  const bare = await call('CreateUsagePlan', { name: 'bare' });
  assert.match(bare.id, /^[a-z0-9]{6}$/);
  assert.deepEqual(bare, { id: bare.id, name: 'bare', apiStages: [] });
  assert.deepEqual(await call('GetUsagePlan', { usagePlanId: bare.id }), { ...bare, tags: {} });
  const full = await call('CreateUsagePlan', {
    name: 'full',
    description: 'd',
    apiStages: [{ apiId, stage: 'prod', throttle: { '/pets/GET': { rateLimit: 1.5, burstLimit: 2 } } }],
    throttle: { rateLimit: 10, burstLimit: 20 },
    quota: { limit: 100, period: 'WEEK', offset: 6 },
    tags: { _custom_id_: 'gold' },
  });
  assert.deepEqual(full, {
    id: 'gold',
    name: 'full',
    description: 'd',
    apiStages: [{ apiId, stage: 'prod', throttle: { '/pets/GET': { rateLimit: 1.5, burstLimit: 2 } } }],
    throttle: { rateLimit: 10, burstLimit: 20 },
    quota: { limit: 100, period: 'WEEK', offset: 6 },
    tags: { _custom_id_: 'gold' },
  });
  assert.deepEqual(await call('GetUsagePlans', {}), { item: [bare, full] });
  assert.equal(await call('DeleteUsagePlan', { usagePlanId: bare.id }), undefined);
  await refused(
    call('DeleteUsagePlan', { usagePlanId: 'gold' }),
    'BadRequestException',
    `Cannot delete Usage Plan gold because there are API Stages associated with it, including ${apiId}:prod`,
  );
});

test('usage plans: what cannot be one is refused', async (t) => {
  const { call } = await planWorld(t);
  const quota = (limit: number, period: 'DAY' | 'WEEK' | 'MONTH', offset: number) => ({
    quota: { limit, period, offset },
  });
  const cases: readonly (readonly [object, string, string | RegExp])[] = [
    [quota(1, 'DAY', 1), 'BadRequestException', 'Usage Plan quota offset must be zero in the DAY period'],
    [
      quota(1, 'WEEK', 7),
      'BadRequestException',
      'Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period',
    ],
    [
      quota(1, 'MONTH', 28),
      'BadRequestException',
      'Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period',
    ],
    [quota(0, 'DAY', 0), 'BadRequestException', /limit/],
    [{ quota: { limit: 1 } }, 'BadRequestException', /period/],
    [{ throttle: { rateLimit: -2 } }, 'BadRequestException', /rate/],
    [{ throttle: { burstLimit: -2 } }, 'BadRequestException', /burst/],
    [{ name: '' }, 'BadRequestException', 'Name cannot be empty'],
    [
      { apiStages: [{ apiId, stage: '' }] },
      'BadRequestException',
      'Invalid API Stage {api: %s, stage: %s} specified for usageplan %s',
    ],
    [
      { apiStages: [{ apiId: 'none', stage: 'prod' }], tags: { _custom_id_: 'p1' } },
      'NotFoundException',
      'Invalid API Stage {api: none, stage: prod} specified for usageplan p1',
    ],
    [
      { apiStages: [{ apiId, stage: 'prod', throttle: { '*/*': { rateLimit: 1 } } }] },
      'BadRequestException',
      /method throttle/,
    ],
  ];
  for (const [input, type, message] of cases)
    await refused(call('CreateUsagePlan', { name: 'n', ...input }), type, message);
  const none = 'Invalid Usage Plan ID specified';
  await refused(call('GetUsagePlan', { usagePlanId: 'none' }), 'NotFoundException', none);
  await refused(call('UpdateUsagePlan', { usagePlanId: 'none' }), 'NotFoundException', none);
  await refused(call('DeleteUsagePlan', { usagePlanId: 'none' }), 'NotFoundException', none);
});

test('usage plans: every place is patched', async (t) => {
  const world = await planWorld(t);
  const { id } = await world.call('CreateUsagePlan', { name: 'n' });
  const patch = patcher(world, id);
  const stage = `/apiStages/${apiId}:prod/throttle`;
  const changed = await patch(
    ['replace', '/name', 'm'],
    ['replace', '/description', 'd'],
    ['add', '/productCode', 'code'],
    ['add', '/apiStages', `${apiId}:prod`],
    ['replace', '/throttle/rateLimit', '12.5'],
    ['replace', '/throttle/burstLimit', '7'],
    ['replace', '/quota/limit', '1000'],
    ['replace', '/quota/period', 'MONTH'],
    ['replace', stage, '{"/a/GET":{"rateLimit":1,"burstLimit":2},"/b/ANY":{"rateLimit":3}}'],
    ['add', `${stage}/~1pets~1{id}/POST/rateLimit`, '4.5'],
    ['replace', `${stage}/~1pets~1{id}/POST/burstLimit`, '5'],
    ['remove', `${stage}/~1a/GET`],
    // As Terraform writes them: with the slashes of the path, here the root's.
    ['add', `${stage}///GET/burstLimit`, '6'],
    ['add', `${stage}//cats/{id}/GET/rateLimit`, '7'],
    ['remove', `${stage}//cats/{id}/GET`],
  );
  assert.deepEqual(changed, {
    id,
    name: 'm',
    description: 'd',
    productCode: 'code',
    apiStages: [
      {
        apiId,
        stage: 'prod',
        throttle: {
          '/b/ANY': { rateLimit: 3 },
          '/pets/{id}/POST': { rateLimit: 4.5, burstLimit: 5 },
          '//GET': { burstLimit: 6 },
        },
      },
    ],
    throttle: { rateLimit: 12.5, burstLimit: 7 },
    quota: { limit: 1000, period: 'MONTH', offset: 0 },
    tags: {},
  });
  const without = await patch(
    ['remove', stage],
    ['remove', '/quota'],
    ['remove', '/throttle'],
    ['remove', '/productCode'],
  );
  assert.deepEqual(without, {
    id,
    name: 'm',
    description: 'd',
    apiStages: [{ apiId, stage: 'prod' }],
    tags: {},
  });
  assert.deepEqual((await patch(['remove', '/apiStages', `${apiId}:prod`])).apiStages, []);
});

test('usage plans: a stage that is added again stays there once, with its throttles', async (t) => {
  const world = await planWorld(t);
  const throttle = { '/pets/GET': { rateLimit: 1, burstLimit: 2 } };
  const apiStages = [
    { apiId, stage: 'prod', throttle },
    { apiId, stage: 'test' },
  ];
  const plan = await world.call('CreateUsagePlan', { name: 'n', apiStages });
  const patch = patcher(world, plan.id);
  const twice = [
    ['add', '/apiStages', `${apiId}:prod`] as const,
    ['add', '/apiStages', `${apiId}:test`] as const,
  ];
  assert.deepEqual((await patch(...twice, ...twice)).apiStages, apiStages);
  const left = await patch(['remove', '/apiStages', `${apiId}:prod`]);
  assert.deepEqual(left.apiStages, apiStages.slice(1));
});

test("usage plans: patches are refused in the service's words, and change nothing", async (t) => {
  const world = await planWorld(t);
  const { id } = await world.call('CreateUsagePlan', { name: 'n' });
  const before = await world.call('GetUsagePlan', { usagePlanId: id });
  const patch = patcher(world, id);
  const cases: readonly (readonly [Op, string, string | undefined, string, string | RegExp])[] = [
    ['add', '/apiStages', 'wrong', 'BadRequestException', 'Invalid API Stage specified'],
    ['add', '/apiStages', undefined, 'BadRequestException', 'Invalid API Stage specified'],
    ['add', '/apiStages', `${apiId}:prod:more`, 'BadRequestException', 'Invalid API Stage specified'],
    ['remove', '/apiStages', `${apiId}:prod:more`, 'BadRequestException', 'Invalid API Stage specified'],
    ['add', '/apiStages', `${apiId}:`, 'BadRequestException', 'Invalid API Stage specified'],
    ['add', '/apiStages', ':prod', 'BadRequestException', 'Invalid API Stage specified'],
    [
      'replace',
      `/apiStages/${apiId}:prod:more/throttle`,
      '{}',
      'BadRequestException',
      'Invalid API Stage specified',
    ],
    [
      'add',
      '/apiStages',
      'none:prod',
      'NotFoundException',
      `Invalid API Stage {api: none, stage: prod} specified for usageplan ${id}`,
    ],
    [
      'remove',
      '/apiStages',
      `${apiId}:prod`,
      'NotFoundException',
      `Invalid API Stage {api: ${apiId}, stage: prod} specified for usageplan ${id}`,
    ],
    [
      'remove',
      `/apiStages/${apiId}:prod`,
      undefined,
      'BadRequestException',
      `Invalid patch path  '/apiStages/${apiId}:prod' specified for op 'remove'. Must be one of: [/apiStages, /quota, /throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, /apiStages/<apidId:stageName>/throttle]`,
    ],
    ['replace', '/throttle/rateLimit', 'fast', 'BadRequestException', /rateLimit/],
    ['replace', '/throttle/burstLimit', '1.5', 'BadRequestException', /burstLimit/],
    ['replace', '/quota/limit', '10', 'BadRequestException', /period/],
    ['replace', '/quota/period', 'YEAR', 'BadRequestException', /DAY, WEEK, MONTH/],
    ['replace', '/name', '', 'BadRequestException', 'Name cannot be empty'],
    ['replace', `/apiStages/${apiId}:test/throttle`, '{}', 'NotFoundException', /Invalid API Stage/],
  ];
  for (const [op, path, value, type, message] of cases)
    await refused(patch(['replace', '/name', 'changed'], [op, path, value] as never), type, message);
  assert.deepEqual(await world.call('GetUsagePlan', { usagePlanId: id }), before);
});

test('usage plan keys: a key is put in a plan, shown, listed newest first, and taken out', async (t) => {
  const { call } = await planWorld(t);
  const { id: usagePlanId } = await call('CreateUsagePlan', { name: 'n' });
  const first = await call('CreateApiKey', { name: 'first', tags: { _custom_id_: 'k1' } });
  await call('CreateApiKey', { name: 'second', tags: { _custom_id_: 'k2' } });
  const shown = { id: 'k1', type: 'API_KEY', value: first.value, name: 'first' };
  const put = (keyId: string, keyType = 'API_KEY') =>
    call('CreateUsagePlanKey', { usagePlanId, keyId, keyType });
  assert.deepEqual(await put('k1'), shown);
  await put('k2');
  assert.deepEqual(await call('GetUsagePlanKey', { usagePlanId, keyId: 'k1' }), shown);
  const names = async (input: object) =>
    (await call('GetUsagePlanKeys', { usagePlanId, ...input })).item.map(({ name }: ApiKey) => name);
  assert.deepEqual(await names({}), ['second', 'first']);
  assert.deepEqual(await names({ nameQuery: 'fi' }), ['first']);
  assert.deepEqual(await names({ usagePlanId: 'none' }), []);
  assert.equal((await call('GetUsagePlans', { keyId: 'k1' })).item.length, 1);
  await refused(put('k1'), 'ConflictException', /k1/);
  await refused(put('k2', 'OTHER'), 'BadRequestException', /API_KEY/);
  await refused(put('none'), 'NotFoundException', 'Invalid API Key identifier specified');
  assert.equal(await call('DeleteUsagePlanKey', { usagePlanId, keyId: 'k1' }), undefined);
  for (const name of ['GetUsagePlanKey', 'DeleteUsagePlanKey'] as const) {
    // For a key that is not in the plan the plan is blamed.
    const cases = [
      [usagePlanId, 'k1', 'Invalid Usage Plan ID specified'],
      ['none', 'k1', 'Invalid Usage Plan ID specified'],
      ['none', 'none', 'Invalid API Key identifier specified'],
    ] as const;
    for (const [plan, keyId, message] of cases)
      await refused(call(name, { usagePlanId: plan, keyId }), 'NotFoundException', message);
  }
});

test('usage plan keys: a key is in one plan of an API stage, however the two come together', async (t) => {
  const world = await planWorld(t);
  const { call } = world;
  const stages = { apiStages: [{ apiId, stage: 'prod' }] };
  await call('CreateUsagePlan', { name: 'a', ...stages, tags: { _custom_id_: 'a' } });
  await call('CreateUsagePlan', { name: 'b', ...stages, tags: { _custom_id_: 'b' } });
  await call('CreateUsagePlan', { name: 'c', tags: { _custom_id_: 'c' } });
  const { id: keyId } = await call('CreateApiKey', {});
  const put = (usagePlanId: string) => call('CreateUsagePlanKey', { usagePlanId, keyId, keyType: 'API_KEY' });
  await put('a');
  await refused(put('b'), 'ConflictException', /usage plan a/);
  await put('c');
  await refused(
    patcher(world, 'c')(['add', '/apiStages', `${apiId}:prod`]),
    'ConflictException',
    /usage plan a/,
  );
});
