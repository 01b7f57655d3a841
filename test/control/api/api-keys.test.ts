import assert from 'node:assert/strict';
import test from 'node:test';
import type { ApiKey } from '../../../src/resources/index.ts';
import { refused, testControl } from '../../support/control.ts';
import { apiId, putApi, putStage } from './support.ts';

const atStart = Math.floor(Date.UTC(2024, 0, 2, 3, 4, 5) / 1000);

test('api keys: one is created off, with a value made for it, and shows the value only when asked', async (t) => {
  const { call } = await testControl(t);
  const created = await call('CreateApiKey', { name: 'mobile' });
  const { id, value, ...rest } = created;
  assert.match(id, /^[a-z0-9]{10}$/);
  assert.match(value, /^[A-Za-z0-9]{40}$/);
  assert.deepEqual(rest, {
    name: 'mobile',
    enabled: false,
    createdDate: atStart,
    lastUpdatedDate: atStart,
    stageKeys: [],
  });
  assert.deepEqual(await call('GetApiKey', { apiKey: id }), { id, ...rest });
  assert.deepEqual(await call('GetApiKey', { apiKey: id, includeValue: true }), created);
  assert.deepEqual(await call('GetApiKeys', {}), { item: [{ id, ...rest }] });
  assert.deepEqual(await call('GetApiKeys', { includeValues: true }), { item: [created] });
});

test('api keys: what is given is kept; an empty name and an empty value are as good as none', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  await putStage(world, 'prod');
  const given = {
    name: 'n',
    description: 'd',
    enabled: true,
    value: 'a'.repeat(20),
    customerId: 'c',
    tags: { _custom_id_: 'my-key', team: 'x' },
  };
  const stageKeys = [{ restApiId: apiId, stageName: 'prod' }];
  assert.deepEqual(await call('CreateApiKey', { ...given, stageKeys }), {
    ...given,
    id: 'my-key',
    stageKeys: [`${apiId}/prod`],
    createdDate: atStart,
    lastUpdatedDate: atStart,
  });
  const bare = await call('CreateApiKey', { name: '', value: '' });
  assert.equal('name' in bare, false);
  assert.equal(bare.value.length, 40);
});

test("api keys: what cannot be a key is refused in the service's words", async (t) => {
  const { call } = await testControl(t);
  const value = 'x'.repeat(30);
  await call('CreateApiKey', { value, tags: { _custom_id_: 'taken' } });
  const cases: readonly (readonly [object, string, string])[] = [
    [
      { name: 'n'.repeat(1025) },
      'BadRequestException',
      'Invalid API Key name, can be at most 1024 characters.',
    ],
    [{ value: 'x'.repeat(19) }, 'BadRequestException', 'API Key value should be at least 20 characters'],
    [
      { value: 'x'.repeat(129) },
      'BadRequestException',
      'API Key value exceeds maximum size of 128 characters',
    ],
    [{ description: 'x'.repeat(125_001) }, 'BadRequestException', 'Invalid API Key description specified.'],
    [{ value }, 'ConflictException', 'API Key already exists'],
    [
      { stageKeys: [{ restApiId: 'a', stageName: 'b' }] },
      'NotFoundException',
      'Invalid stage identifier specified',
    ],
  ];
  for (const [input, type, message] of cases) await refused(call('CreateApiKey', input), type, message);
  await refused(call('CreateApiKey', { tags: { _custom_id_: 'taken' } }), 'ConflictException', /taken/);
  await refused(call('CreateApiKey', { tags: { _custom_id_: 'a b' } }), 'BadRequestException', /a b/);
  const none = 'Invalid API Key identifier specified';
  await refused(call('GetApiKey', { apiKey: 'none' }), 'NotFoundException', none);
  await refused(call('UpdateApiKey', { apiKey: 'none' }), 'NotFoundException', none);
  await refused(call('DeleteApiKey', { apiKey: 'none' }), 'NotFoundException', none);
  assert.equal((await call('GetApiKeys', {})).item.length, 1);
});

test('api keys: the newest are listed first, by prefix of the name or by customer, in pages', async (t) => {
  const { call } = await testControl(t);
  for (const name of ['alpha', 'Alpine', 'alpine', 'beta'])
    await call('CreateApiKey', { name, customerId: name.length === 6 ? 'six' : 'other' });
  const names = async (input: object) =>
    (await call('GetApiKeys', input)).item.map(({ name }: ApiKey) => name);
  assert.deepEqual(await names({}), ['beta', 'alpine', 'Alpine', 'alpha']);
  assert.deepEqual(await names({ nameQuery: 'al' }), ['alpine', 'alpha']);
  assert.deepEqual(await names({ customerId: 'six' }), ['alpine', 'Alpine']);
  assert.deepEqual(await names({ limit: -1 }), ['beta', 'alpine', 'Alpine', 'alpha']);
  const first = await call('GetApiKeys', { limit: 3 });
  assert.equal(first.item.length, 3);
  assert.deepEqual(await names({ limit: 3, position: first.position }), ['alpha']);
});

test('api keys: a patch changes what may change, and the time of the last change', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  await putStage(world, 'prod');
  const created = await call('CreateApiKey', { name: 'n', enabled: true });
  const apiKey = created.id;
  world.advance(60);
  const changed = await call('UpdateApiKey', {
    apiKey,
    patchOperations: [
      { op: 'replace', path: '/name', value: 'm' },
      { op: 'replace', path: '/description', value: 'd' },
      { op: 'replace', path: '/enabled', value: 'yes' },
      { op: 'replace', path: '/customerId', value: 'c' },
      { op: 'add', path: '/stages', value: `${apiId}/prod` },
      { op: 'add', path: '/labels', value: 'old' },
    ],
  });
  assert.deepEqual(changed, {
    id: apiKey,
    name: 'm',
    description: 'd',
    enabled: false,
    customerId: 'c',
    createdDate: atStart,
    lastUpdatedDate: atStart + 60,
    stageKeys: [`${apiId}/prod`],
    tags: {},
  });
  const patch = (op: 'add' | 'remove' | 'replace', path: string, value: string) =>
    call('UpdateApiKey', { apiKey, patchOperations: [{ op, path, value }] });
  assert.deepEqual((await patch('remove', '/stages', `${apiId}/prod`)).stageKeys, []);
  await refused(
    patch('replace', '/value', 'x'.repeat(30)),
    'BadRequestException',
    "Invalid patch path  '/value' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]",
  );
  await refused(patch('remove', '/stages', 'a/b'), 'NotFoundException', 'Invalid stage identifier specified');
  await refused(
    patch('replace', '/name', 'n'.repeat(1025)),
    'BadRequestException',
    'Invalid API Key name, can be at most 1024 characters.',
  );
});

test('api keys: a key that is deleted leaves its usage plans', async (t) => {
  const { call } = await testControl(t);
  const { id: usagePlanId } = await call('CreateUsagePlan', { name: 'p' });
  const { id: keyId } = await call('CreateApiKey', {});
  await call('CreateUsagePlanKey', { usagePlanId, keyId, keyType: 'API_KEY' });
  assert.equal(await call('DeleteApiKey', { apiKey: keyId }), undefined);
  assert.deepEqual(await call('GetUsagePlanKeys', { usagePlanId }), { item: [] });
});
