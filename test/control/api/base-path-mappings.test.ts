import assert from 'node:assert/strict';
import test from 'node:test';
import { refused } from '../../support/control.ts';
import { deployable, restApiId } from './deployable.ts';

const domainName = 'api.example.com';
const severalSegments =
  "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.";

async function mapped(t: { after(work: () => unknown): void }) {
  const world = await deployable(t);
  await world.call('CreateDeployment', { restApiId, stageName: 'prod' });
  await world.call('CreateDomainName', { domainName });
  return world;
}

test('base path mappings: one is created, shown, listed, changed and deleted', async (t) => {
  const { call } = await mapped(t);
  const created = await call('CreateBasePathMapping', {
    domainName,
    restApiId,
    basePath: 'v1',
    stage: 'prod',
  });
  assert.deepEqual(created, { basePath: 'v1', restApiId, stage: 'prod' });
  assert.deepEqual(await call('GetBasePathMapping', { domainName, basePath: 'v1' }), created);
  assert.deepEqual(await call('GetBasePathMappings', { domainName }), { item: [created] });
  for (const path of ['/basePath', '/basepath'])
    for (const api of ['/restapiId', '/restApiId']) {
      const patchOperations = [
        { op: 'replace', path, value: 'v2' },
        { op: 'replace', path: api, value: restApiId },
        { op: 'replace', path: '/stage', value: '' },
      ] as const;
      const changed = await call('UpdateBasePathMapping', { domainName, basePath: 'v1', patchOperations });
      assert.deepEqual(changed, { basePath: 'v2', restApiId });
      const back = [{ op: 'replace', path: '/basePath', value: 'v1' }] as const;
      await call('UpdateBasePathMapping', { domainName, basePath: 'v2', patchOperations: back });
    }
  assert.deepEqual(await call('GetBasePathMappings', { domainName }), {
    item: [{ basePath: 'v1', restApiId }],
  });
  assert.equal(await call('DeleteBasePathMapping', { domainName, basePath: 'v1' }), undefined);
  assert.deepEqual(await call('GetBasePathMappings', { domainName }), { item: [] });
});

test('base path mappings: the empty path is (none), however it is given', async (t) => {
  const { call } = await mapped(t);
  for (const given of [{}, { basePath: '' }, { basePath: '(none)', stage: '(none)' }]) {
    const created = await call('CreateBasePathMapping', { domainName, restApiId, ...given });
    assert.deepEqual(created, { basePath: '(none)', restApiId });
    assert.deepEqual(await call('GetBasePathMapping', { domainName, basePath: '(none)' }), created);
    await call('DeleteBasePathMapping', { domainName, basePath: '(none)' });
  }
});

test("base path mappings: refusals are in the service's words", async (t) => {
  const { call } = await mapped(t);
  await call('CreateBasePathMapping', { domainName, restApiId, basePath: 'v1' });
  await call('CreateBasePathMapping', { domainName, restApiId });
  const noDomain = ['NotFoundException', 'Invalid domain name identifier specified'] as const;
  const noMapping = ['NotFoundException', 'Invalid base path mapping identifier specified'] as const;
  const noApi = ['BadRequestException', 'Invalid REST API identifier specified'] as const;
  const noStage = ['BadRequestException', 'Invalid stage identifier specified'] as const;
  const taken = ['ConflictException', 'Base path already exists for this domain name'] as const;
  const creations = [
    [{ domainName: 'none', restApiId }, noDomain],
    [{ domainName, restApiId: 'none' }, noApi],
    [{ domainName, restApiId, basePath: 'v2', stage: 'none' }, noStage],
    [{ domainName, restApiId, basePath: 'v1' }, taken],
    [{ domainName, restApiId, basePath: '(none)' }, taken],
    [{ domainName, restApiId, basePath: 'a/b' }, ['BadRequestException', severalSegments]],
    [{ domainName, restApiId, basePath: 'a b' }, ['BadRequestException', 'Invalid base path specified: a b']],
  ] as const;
  for (const [input, [type, message]] of creations)
    await refused(call('CreateBasePathMapping', input), type, message);
  const patches = [
    ['/basePath', '(none)', taken],
    ['/basePath', 'a/b', ['BadRequestException', severalSegments]],
    ['/restapiId', 'none', noApi],
    ['/stage', 'none', noStage],
    ['/domainName', 'x', ['BadRequestException', /^Invalid patch path {2}'\/domainName'/]],
  ] as const;
  for (const [path, value, [type, message]] of patches) {
    const patchOperations = [{ op: 'replace', path, value }] as const;
    await refused(
      call('UpdateBasePathMapping', { domainName, basePath: 'v1', patchOperations }),
      type,
      message,
    );
  }
  for (const operation of ['GetBasePathMapping', 'UpdateBasePathMapping', 'DeleteBasePathMapping'] as const) {
    await refused(call(operation, { domainName: 'none', basePath: 'v1' }), ...noDomain);
    await refused(call(operation, { domainName, basePath: 'none' }), ...noMapping);
  }
  await refused(call('GetBasePathMappings', { domainName: 'none' }), ...noDomain);
  assert.equal((await call('GetBasePathMappings', { domainName })).item.length, 2);
});

test('base path mappings: they go with their domain name', async (t) => {
  const { call } = await mapped(t);
  await call('CreateBasePathMapping', { domainName, restApiId });
  await call('DeleteDomainName', { domainName });
  await call('CreateDomainName', { domainName });
  assert.deepEqual(await call('GetBasePathMappings', { domainName }), { item: [] });
});
