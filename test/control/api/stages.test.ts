import assert from 'node:assert/strict';
import test from 'node:test';
import { historyOf } from '../../../src/control/deployment/stage-history.ts';
import { accountId, caller, refused } from '../../support/control.ts';
import { deployable, restApiId, start } from './deployable.ts';

const stageName = 'prod';

test('stages: one is created, shown, listed by its deployment and deleted', async (t) => {
  const { call, deploy } = await deployable(t);
  const [one, two] = [await deploy(), await deploy()];
  const created = await call('CreateStage', { restApiId, stageName, deploymentId: one });
  assert.deepEqual(created, {
    deploymentId: one,
    stageName,
    cacheClusterEnabled: false,
    cacheClusterStatus: 'NOT_AVAILABLE',
    methodSettings: {},
    tracingEnabled: false,
    createdDate: start,
    lastUpdatedDate: start,
  });
  const other = await call('CreateStage', { restApiId, stageName: 'dev', deploymentId: two });
  assert.deepEqual(await call('GetStage', { restApiId, stageName }), created);
  assert.deepEqual(await call('GetStages', { restApiId }), { item: [created, other] });
  assert.deepEqual(await call('GetStages', { restApiId, deploymentId: two }), { item: [other] });
  assert.equal(await call('DeleteStage', { restApiId, stageName }), undefined);
  assert.deepEqual(await call('GetStages', { restApiId }), { item: [other] });
});

test('stages: what is given at creation is kept', async (t) => {
  const { call, deploy, control } = await deployable(t);
  const deploymentId = await deploy();
  await control.services.store.write((transaction) =>
    transaction.put('documentationVersion', restApiId, '1.0', {
      version: '1.0',
      createdDate: '2024-01-02T03:04:05.000Z',
      parts: [],
    }),
  );
  const given = {
    stageName,
    deploymentId,
    description: 'of all',
    cacheClusterEnabled: true,
    variables: { backend: 'a.example.com:8080/x?y=z&u=1,2#f' },
    documentationVersion: '1.0',
    tracingEnabled: true,
    canarySettings: { deploymentId, percentTraffic: 50 },
    tags: { team: 'pets' },
  };
  assert.deepEqual(await call('CreateStage', { restApiId, ...given }), {
    ...given,
    cacheClusterSize: '0.5',
    cacheClusterStatus: 'AVAILABLE',
    canarySettings: { deploymentId, percentTraffic: 50, useStageCache: false },
    methodSettings: {},
    createdDate: start,
    lastUpdatedDate: start,
  });
});

test("stages: refusals of a creation are in the service's words", async (t) => {
  const { call, deploy } = await deployable(t);
  const deploymentId = await deploy();
  await call('CreateStage', { restApiId, stageName, deploymentId });
  const stage = { restApiId, stageName: 'dev', deploymentId };
  const cases = [
    [{ ...stage, stageName }, 'ConflictException', 'Stage already exists'],
    [
      { ...stage, restApiId: 'none' },
      'NotFoundException',
      `Invalid API identifier specified ${accountId}:none`,
    ],
    [{ ...stage, deploymentId: 'none' }, 'BadRequestException', 'Deployment id does not exist'],
    [
      { ...stage, canarySettings: { deploymentId: 'none', percentTraffic: 1 } },
      'BadRequestException',
      'Deployment id does not exist',
    ],
    [{ ...stage, stageName: '$default' }, 'BadRequestException', 'Stage name only allows a-zA-Z0-9_'],
    [
      { ...stage, canarySettings: { deploymentId, percentTraffic: 101 } },
      'BadRequestException',
      'Percent traffic must be between 0.0 and 100.0',
    ],
    [
      { ...stage, documentationVersion: '2' },
      'BadRequestException',
      'Invalid Documentation version specified',
    ],
  ] as const;
  for (const [input, type, message] of cases) await refused(call('CreateStage', input), type, message);
});

test('stages: an API has at most ten', async (t) => {
  const { call, deploy } = await deployable(t);
  const deploymentId = await deploy();
  for (let i = 0; i < 10; i++) await call('CreateStage', { restApiId, stageName: `s${i}`, deploymentId });
  await refused(
    call('CreateStage', { restApiId, stageName, deploymentId }),
    'LimitExceededException',
    /stages/,
  );
  await refused(call('CreateDeployment', { restApiId, stageName }), 'LimitExceededException', /stages/);
  await call('CreateDeployment', { restApiId, stageName: 's3' });
});

test('stages: what is not there is 404, also when it is the API', async (t) => {
  const { call } = await deployable(t);
  const missing = 'Invalid stage identifier specified';
  for (const id of [restApiId, 'none']) {
    const input = { restApiId: id, stageName: 'none' };
    await refused(call('GetStage', input), 'NotFoundException', missing);
    await refused(call('UpdateStage', input), 'NotFoundException', missing);
    await refused(call('DeleteStage', input), 'NotFoundException', missing);
    await refused(call('FlushStageCache', input), 'NotFoundException', missing);
    await refused(call('FlushStageAuthorizersCache', input), 'NotFoundException', missing);
  }
  await refused(
    call('GetStages', { restApiId: 'none' }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:none`,
  );
});

test('stages: flushing the caches of one is accepted', async (t) => {
  const { call } = await deployable(t);
  await call('CreateDeployment', { restApiId, stageName });
  assert.equal(await call('FlushStageCache', { restApiId, stageName }), undefined);
  const before = await call('GetStage', { restApiId, stageName });
  assert.equal(await call('FlushStageAuthorizersCache', { restApiId, stageName }), undefined);
  assert.deepEqual(await call('GetStage', { restApiId, stageName }), before);
});

test('stages: the history of one tells each change of its deployment, rollbacks included', async (t) => {
  const { call, control, advance } = await deployable(t);
  const move = (value: string) =>
    call('UpdateStage', {
      restApiId,
      stageName,
      patchOperations: [{ op: 'replace', path: '/deploymentId', value }],
    });
  const first = await call('CreateDeployment', { restApiId, stageName, description: 'first' });
  advance(1);
  const second = await call('CreateDeployment', { restApiId, stageName });
  await move(second.id);
  advance(1);
  await move(first.id);
  const entry = (number: number, second: number, deploymentId: string, event: string) => ({
    number,
    date: `2024-01-02T03:04:0${second}.000Z`,
    deploymentId,
    event,
    caller: caller.arn,
  });
  assert.deepEqual(historyOf(control.services.store.view, restApiId, stageName), [
    { ...entry(1, 5, first.id, 'CreateDeployment'), description: 'first' },
    entry(2, 6, second.id, 'CreateDeployment'),
    { ...entry(3, 7, first.id, 'UpdateStage'), description: 'first' },
  ]);
  await call('DeleteStage', { restApiId, stageName });
  assert.deepEqual(historyOf(control.services.store.view, restApiId, stageName), []);
});

test('stages: a stage shows its client certificate to backends, key and all', async (t) => {
  const { call, control, published } = await deployable(t);
  await call('CreateDeployment', { restApiId, stageName });
  await control.services.store.write((transaction) =>
    transaction.put('clientCertificate', '', 'cert01', {
      clientCertificateId: 'cert01',
      pemEncodedCertificate: 'CERTIFICATE',
      pemEncodedPrivateKey: 'KEY',
      createdDate: '2024-01-02T03:04:05.000Z',
      expirationDate: '2025-01-02T03:04:05.000Z',
    }),
  );
  const use = (value: string) =>
    call('UpdateStage', {
      restApiId,
      stageName,
      patchOperations: [{ op: 'replace', path: '/clientCertificateId', value }],
    });
  assert.equal((await use('cert01')).clientCertificateId, 'cert01');
  assert.deepEqual(published().stages[0]!.clientCertificate, {
    certificate: 'CERTIFICATE',
    privateKey: 'KEY',
  });
  await refused(use('none'), 'BadRequestException', 'Invalid Client Certificate identifier specified');
  assert.equal((await use('')).clientCertificateId, undefined);
  assert.equal(published().stages[0]!.clientCertificate, undefined);
});

test('stages: usage plans and API keys forget a stage that is deleted', async (t) => {
  const { call, control } = await deployable(t);
  await call('CreateDeployment', { restApiId, stageName });
  const other = { apiId: restApiId, stage: 'dev' };
  const plan = { id: 'plan01', name: 'gold', apiStages: [{ apiId: restApiId, stage: stageName }, other] };
  const key = {
    id: 'key01',
    value: 'secret',
    enabled: true,
    createdDate: '2024-01-02T03:04:05.000Z',
    lastUpdatedDate: '2024-01-02T03:04:05.000Z',
    stageKeys: [`${restApiId}/dev`, `${restApiId}/${stageName}`],
  };
  await control.services.store.write((transaction) => {
    transaction.put('usagePlan', '', plan.id, plan);
    transaction.put('apiKey', '', key.id, key);
  });
  await call('DeleteStage', { restApiId, stageName });
  const { view } = control.services.store;
  assert.deepEqual(view.get('usagePlan', '', plan.id), { ...plan, apiStages: [other] });
  assert.deepEqual(view.get('apiKey', '', key.id), { ...key, stageKeys: [`${restApiId}/dev`] });
});
