import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import { readSnapshot, snapshotPath } from '../../../src/resources/snapshot-file.ts';
import { accountId, refused, testControl } from '../../support/control.ts';
import { deployable, restApiId, start } from './deployable.ts';
import { apiId, putApi, putMethod } from './support.ts';

test('deployments: one is created, shown, listed, described anew and deleted', async (t) => {
  const { call, advance } = await deployable(t);
  const created = await call('CreateDeployment', { restApiId, description: 'first' });
  const { id } = created;
  assert.match(id, /^[a-z0-9]{6}$/);
  assert.deepEqual(created, { id, description: 'first', createdDate: start });
  advance(10);
  const second = await call('CreateDeployment', { restApiId });
  assert.deepEqual(second, { id: second.id, createdDate: start + 10 });
  assert.deepEqual(await call('GetDeployment', { restApiId, deploymentId: id }), created);
  assert.deepEqual(await call('GetDeployments', { restApiId }), { item: [created, second] });
  const patchOperations = [{ op: 'replace', path: '/description', value: 'new' }] as const;
  const updated = await call('UpdateDeployment', { restApiId, deploymentId: id, patchOperations });
  assert.deepEqual(updated, { ...created, description: 'new' });
  assert.equal(await call('DeleteDeployment', { restApiId, deploymentId: id }), undefined);
  assert.deepEqual(await call('GetDeployments', { restApiId }), { item: [second] });
});

test('deployments: the list comes in pages', async (t) => {
  const { call, deploy } = await deployable(t);
  const ids = [await deploy(), await deploy(), await deploy()];
  const first = await call('GetDeployments', { restApiId, limit: 2 });
  assert.deepEqual(
    first.item.map((one: { id: string }) => one.id),
    ids.slice(0, 2),
  );
  const rest = await call('GetDeployments', { restApiId, limit: 2, position: first.position });
  assert.deepEqual([rest.item.length, rest.item[0].id, rest.position], [1, ids[2], undefined]);
});

test('deployments: the API as it was is what data planes read, whatever has changed since', async (t) => {
  const world = await deployable(t);
  const { call, published, control } = world;
  await call('CreateDeployment', { restApiId, stageName: 'prod' });
  await putMethod(world, '/pets', 'POST', { authorizationType: 'AWS_IAM', apiKeyRequired: true });
  const [stage] = published().stages;
  const { definition } = readSnapshot(control.services.dataDir, stage!.deploymentHash);
  assert.deepEqual(
    definition.resources.map(({ path }) => path),
    ['/'],
  );
});

test('deployments: embed=apisummary shows how callers are let in, as it was when frozen', async (t) => {
  const world = await deployable(t);
  const { call, control } = world;
  await putMethod(world, '/pets', 'POST', {
    authorizationType: 'AWS_IAM',
    apiKeyRequired: true,
    methodIntegration: { type: 'MOCK', passthroughBehavior: 'NEVER', timeoutInMillis: 29_000 },
  });
  const { id: deploymentId } = await call('CreateDeployment', { restApiId });
  await putMethod(world, '/later', 'GET');
  const shown = await call('GetDeployment', { restApiId, deploymentId, embed: ['apisummary'] });
  assert.deepEqual(shown.apiSummary, {
    '/': { GET: { authorizationType: 'NONE', apiKeyRequired: false } },
    '/pets': { POST: { authorizationType: 'AWS_IAM', apiKeyRequired: true } },
  });
  const { hash } = control.services.store.view.get('deployment', restApiId, deploymentId)!;
  rmSync(snapshotPath(control.services.dataDir, hash));
  await refused(
    call('GetDeployment', { restApiId, deploymentId, embed: ['apisummary'] }),
    'ServiceUnavailableException',
    /does not exist; deploy the API again/,
  );
});

test('deployments: an API without methods, or with one that has no integration, is refused', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  const create = () => call('CreateDeployment', { restApiId, stageName: 'prod' });
  await refused(create(), 'NotFoundException', `Invalid API identifier specified ${accountId}:${apiId}`);
  await putApi(world);
  await refused(create(), 'BadRequestException', "The REST API doesn't contain any methods");
  await putMethod(world, '/', 'GET');
  await refused(create(), 'BadRequestException', 'No integration defined for method');
  assert.deepEqual(await call('GetDeployments', { restApiId }), { item: [] });
  assert.equal(world.adoptions(), 0);
});

test('deployments: one makes its stage, moves it, and is served before it is acknowledged', async (t) => {
  const { call, published, adoptions, advance } = await deployable(t);
  const first = await call('CreateDeployment', {
    restApiId,
    stageName: 'prod',
    stageDescription: 'for all',
    description: 'of the deployment',
    variables: { backend: 'one.example.com' },
    tracingEnabled: true,
    cacheClusterEnabled: true,
    cacheClusterSize: '1.6',
  });
  assert.equal(adoptions(), 1);
  const stage = await call('GetStage', { restApiId, stageName: 'prod' });
  assert.deepEqual(stage, {
    deploymentId: first.id,
    stageName: 'prod',
    description: 'for all',
    variables: { backend: 'one.example.com' },
    methodSettings: {},
    tracingEnabled: true,
    cacheClusterEnabled: true,
    cacheClusterSize: '1.6',
    cacheClusterStatus: 'AVAILABLE',
    createdDate: start,
    lastUpdatedDate: start,
  });
  advance(5);
  const second = await call('CreateDeployment', { restApiId, stageName: 'prod', variables: { other: 'x' } });
  const moved = { ...stage, deploymentId: second.id, variables: { other: 'x' }, lastUpdatedDate: start + 5 };
  assert.deepEqual(await call('GetStage', { restApiId, stageName: 'prod' }), moved);
  assert.equal(published().stages[0]!.stage.deploymentId, second.id);
});

test('deployments: a canary does not move its stage, nor does what is deployed after it', async (t) => {
  const { call, published } = await deployable(t);
  const base = await call('CreateDeployment', { restApiId, stageName: 'prod', variables: { a: '1' } });
  const canary = await call('CreateDeployment', {
    restApiId,
    stageName: 'prod',
    canarySettings: { percentTraffic: 12.5, stageVariableOverrides: { a: '2' } },
  });
  const stage = await call('GetStage', { restApiId, stageName: 'prod' });
  assert.equal(stage.deploymentId, base.id);
  assert.deepEqual(stage.canarySettings, {
    deploymentId: canary.id,
    percentTraffic: 12.5,
    stageVariableOverrides: { a: '2' },
    useStageCache: false,
  });
  const next = await call('CreateDeployment', { restApiId, stageName: 'prod' });
  const after = await call('GetStage', { restApiId, stageName: 'prod' });
  assert.equal(after.deploymentId, base.id);
  assert.deepEqual(after.canarySettings, { ...stage.canarySettings, deploymentId: next.id });
  const [served] = published().stages;
  const { deploymentHash, ...rest } = served!.canary!;
  assert.deepEqual(rest, {
    deploymentId: next.id,
    percentTraffic: 12.5,
    stageVariableOverrides: { a: '2' },
    useStageCache: false,
  });
  assert.notEqual(deploymentHash, served!.deploymentHash);
});

test('deployments: a canary needs a stage that is there', async (t) => {
  const { call, deploy } = await deployable(t);
  await deploy();
  const canarySettings = { percentTraffic: 50 };
  const begin = 'Invalid deployment content specified.';
  const nonEmpty = `${begin}Non null and non empty stageName must be provided for canary deployment. Provided value is `;
  const cases: [string | undefined, string][] = [
    [undefined, `${nonEmpty}null`],
    ['', nonEmpty],
    [
      'non-existing',
      `${begin}Stage non-existing must already be created before making a canary release deployment`,
    ],
  ];
  for (const [stageName, message] of cases) {
    const stage = stageName === undefined ? {} : { stageName };
    await refused(
      call('CreateDeployment', { restApiId, canarySettings, ...stage }),
      'BadRequestException',
      message,
    );
  }
  const { item } = await call('GetDeployments', { restApiId });
  assert.equal(item.length, 1);
});

test('deployments: refusals of the stage leave nothing behind, no file either', async (t) => {
  const { call, control } = await deployable(t);
  const cases = [
    [{ stageName: 'no good' }, 'Stage name only allows a-zA-Z0-9_'],
    [
      { stageName: 'prod', variables: { 'a-b': 'x' } },
      'Invalid stage variable name: a-b.  Please use names with only word characters.',
    ],
    [
      { stageName: 'prod', variables: { a: 'b c' } },
      "Invalid stage variable value: b c.  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.",
    ],
  ] as const;
  for (const [input, message] of cases)
    await refused(call('CreateDeployment', { restApiId, ...input }), 'BadRequestException', message);
  assert.deepEqual(await call('GetDeployments', { restApiId }), { item: [] });
  assert.deepEqual(await call('GetStages', { restApiId }), { item: [] });
  assert.ok(!existsSync(dirname(snapshotPath(control.services.dataDir, ''))));
});

test('deployments: one that a stage or a canary points at is not deleted', async (t) => {
  const { call, deploy } = await deployable(t);
  const { id: staged } = await call('CreateDeployment', { restApiId, stageName: 'prod' });
  const canary = await deploy();
  const patchOperations = [{ op: 'replace', path: '/canarySettings/deploymentId', value: canary }] as const;
  await call('UpdateStage', { restApiId, stageName: 'prod', patchOperations });
  const message = 'Active stages pointing to this deployment must be moved or deleted';
  for (const deploymentId of [staged, canary])
    await refused(call('DeleteDeployment', { restApiId, deploymentId }), 'BadRequestException', message);
  await call('DeleteStage', { restApiId, stageName: 'prod' });
  await call('DeleteDeployment', { restApiId, deploymentId: staged });
});

test('deployments: what is not there is 404', async (t) => {
  const { call } = await deployable(t);
  const missing = 'Invalid Deployment identifier specified';
  for (const id of [restApiId, 'none']) {
    const input = { restApiId: id, deploymentId: 'none' };
    await refused(call('GetDeployment', input), 'NotFoundException', missing);
    await refused(call('UpdateDeployment', input), 'NotFoundException', missing);
    await refused(call('DeleteDeployment', input), 'NotFoundException', missing);
  }
  await refused(
    call('GetDeployments', { restApiId: 'none' }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:none`,
  );
});

test('deployments: only the description can be patched', async (t) => {
  const { call, deploy } = await deployable(t);
  const deploymentId = await deploy();
  const patchOperations = [{ op: 'replace', path: '/id', value: 'x' }] as const;
  await refused(
    call('UpdateDeployment', { restApiId, deploymentId, patchOperations }),
    'BadRequestException',
    "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description]",
  );
});
