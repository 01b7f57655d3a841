// What data planes are told of WebSocket APIs, and of those who may sign requests to them.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { acts } from '../../../src/control/local/acts.ts';
import { refusedOperations } from '../../../src/control/protocol/apigatewayv2/operations.ts';
import type { CallName } from '../../../src/control/protocol/services.ts';
import type { PublishedState } from '../../../src/resources/index.ts';
import { readPublishedState, readV2Snapshot, snapshotPath } from '../../../src/resources/snapshot-file.ts';
import { accountId, refused, type TestControl, testControl } from '../../support/control.ts';

const published = ({ control }: TestControl): PublishedState => readPublishedState(control.services.dataDir)!;

/** An API with one route, to a mock. */
async function chat(t: { after(work: () => unknown): void }) {
  const made = await testControl(t);
  const { apiId } = await made.call('apigatewayv2:CreateApi', {
    name: 'chat',
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: '$request.body.action',
  });
  const { integrationId } = await made.call('apigatewayv2:CreateIntegration', {
    apiId,
    integrationType: 'MOCK',
  });
  const { routeId } = await made.call('apigatewayv2:CreateRoute', {
    apiId,
    routeKey: '$default',
    target: `integrations/${integrationId}`,
  });
  const deploy = async (): Promise<string> =>
    (await made.call('apigatewayv2:CreateDeployment', { apiId })).deploymentId;
  return { ...made, apiId, integrationId, routeId, deploy };
}

test('v2 publishing: a stage is served when its creation is acknowledged, as it was deployed', async (t) => {
  const made = await chat(t);
  const { apiId, integrationId, routeId } = made;
  const deploymentId = await made.deploy();
  const adoptions = made.adoptions();
  await made.call('apigatewayv2:CreateStage', { apiId, stageName: 'prod', deploymentId });
  assert.equal(made.adoptions(), adoptions + 1);
  const [stage] = published(made).v2Stages!;
  assert.deepEqual([stage!.apiId, stage!.protocolType], [apiId, 'WEBSOCKET']);
  assert.equal(stage!.stage.stageName, 'prod');
  const { definition, deployment } = readV2Snapshot(made.control.services.dataDir, stage!.deploymentHash);
  assert.equal(deployment.deploymentId, deploymentId);
  assert.deepEqual(definition, {
    api: made.control.services.store.view.get('v2Api', '', apiId),
    routes: [
      {
        routeId,
        routeKey: '$default',
        authorizationType: 'NONE',
        apiKeyRequired: false,
        target: `integrations/${integrationId}`,
      },
    ],
    routeResponses: [],
    integrations: [made.control.services.store.view.get('v2Integration', apiId, integrationId)],
    integrationResponses: [],
    models: [],
    authorizers: [],
  });
});

test('v2 publishing: a change is served after a deployment, and at once where the stage deploys by itself', async (t) => {
  const made = await chat(t);
  const { apiId } = made;
  const deploymentId = await made.deploy();
  await made.call('apigatewayv2:CreateStage', { apiId, stageName: 'prod', deploymentId });
  await made.call('apigatewayv2:CreateStage', { apiId, stageName: 'dev', autoDeploy: true });
  const served = () =>
    published(made).v2Stages!.map(({ stage, deploymentHash }) => [
      stage.stageName,
      readV2Snapshot(made.control.services.dataDir, deploymentHash).definition.routes.length,
    ]);
  await made.call('apigatewayv2:CreateRoute', { apiId, routeKey: 'join' });
  assert.deepEqual(served(), [
    ['prod', 1],
    ['dev', 2],
  ]);
  await made.call('apigatewayv2:CreateDeployment', { apiId, stageName: 'prod' });
  assert.deepEqual(served(), [
    ['prod', 2],
    ['dev', 2],
  ]);
});

test('v2 publishing: API mappings join the mappings of their domain name', async (t) => {
  const made = await chat(t);
  const { apiId } = made;
  await made.call('apigatewayv2:CreateStage', {
    apiId,
    stageName: 'prod',
    deploymentId: await made.deploy(),
  });
  const domainName = 'ws.example.com';
  await made.call('apigatewayv2:CreateDomainName', { domainName });
  const { apiMappingId } = await made.call('apigatewayv2:CreateApiMapping', {
    domainName,
    apiId,
    stage: 'prod',
    apiMappingKey: 'chat',
  });
  assert.deepEqual(published(made).domainNames![0]!.mappings, [{ basePath: 'chat', apiId, stage: 'prod' }]);
  await made.call('apigatewayv2:DeleteApiMapping', { domainName, apiMappingId });
  assert.deepEqual(published(made).domainNames![0]!.mappings, []);
});

test('v2 publishing: whoever has an active key may sign, with all policies of the user', async (t) => {
  const made = await testControl(t);
  await acts.iamAddUser({ userName: 'ann', preset: 'administrator' }, made.control);
  const key = await acts.iamCreateKey({ userName: 'ann' }, made.control);
  const { services } = made.control;
  const user = services.store.view.get('iamUser', '', 'ann')!;
  assert.deepEqual(published(made).identities, [
    {
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey,
      arn: `arn:aws:iam::${accountId}:user/ann`,
      userId: user.userId,
      userName: 'ann',
      policies: Object.values(user.policies),
    },
  ]);
  await services.store.write((transaction) =>
    transaction.put('accessKey', '', key.accessKeyId, { ...key, status: 'Inactive' }),
  );
  assert.deepEqual(published(made).identities, []);
});

test('v2 publishing: snapshots that a deployment names stay, others go', async (t) => {
  const made = await chat(t);
  const { dataDir, store } = made.control.services;
  const first = await made.deploy();
  await made.call('apigatewayv2:UpdateApi', { apiId: made.apiId, description: 'd' });
  const second = await made.deploy();
  const hashOf = (id: string) => store.view.get('v2Deployment', made.apiId, id)!.hash;
  const hashes = [hashOf(first), hashOf(second)];
  // As old as what a sweep takes.
  for (const name of readdirSync(path.dirname(snapshotPath(dataDir, ''))))
    utimesSync(path.join(path.dirname(snapshotPath(dataDir, '')), name), 0, 0);
  await made.call('apigatewayv2:DeleteDeployment', { apiId: made.apiId, deploymentId: first });
  await made.call('apigatewayv2:CreateStage', { apiId: made.apiId, stageName: 'prod', deploymentId: second });
  assert.deepEqual(
    hashes.map((hash) => existsSync(snapshotPath(dataDir, hash))),
    [false, true],
  );
});

test('v2 publishing: of deployments that were made by themselves fifty stay beside the one that is served', async (t) => {
  const made = await chat(t);
  const { apiId } = made;
  await made.call('apigatewayv2:CreateStage', { apiId, stageName: 'dev', autoDeploy: true });
  for (let i = 0; i < 60; i++)
    await made.call('apigatewayv2:UpdateApi', { apiId, description: `change ${i}` });
  assert.equal(made.control.services.store.view.list('v2Deployment', apiId).length, 51);
});

test('v2 APIs: ids are shared with REST APIs', async (t) => {
  const made = await chat(t);
  const tags = { _custom_id_: made.apiId };
  await refused(made.call('CreateRestApi', { name: 'x', tags }), 'ConflictException', /already in use/);
});

test('v2 APIs: a stage can be of a usage plan, which forgets it when it goes', async (t) => {
  const made = await chat(t);
  const { apiId } = made;
  await made.call('apigatewayv2:CreateStage', {
    apiId,
    stageName: 'prod',
    deploymentId: await made.deploy(),
  });
  const { id } = await made.call('CreateUsagePlan', { name: 'p', apiStages: [{ apiId, stage: 'prod' }] });
  await made.call('apigatewayv2:DeleteApi', { apiId });
  assert.deepEqual((await made.call('GetUsagePlan', { usagePlanId: id })).apiStages, []);
});

test('v2 APIs: the 301st route is refused', async (t) => {
  const made = await chat(t);
  const { apiId } = made;
  for (let i = 1; i < 300; i++) await made.call('apigatewayv2:CreateRoute', { apiId, routeKey: `k${i}` });
  await refused(
    made.call('apigatewayv2:CreateRoute', { apiId, routeKey: 'k' }),
    'ConflictException',
    'Maximum number of Routes for this API has been reached. Please contact AWS if you need additional Routes.',
  );
});

test('v2: operations that this gateway has not are refused by their name', async (t) => {
  const { call } = await testControl(t);
  for (const name of Object.keys(refusedOperations))
    await refused(
      call(`apigatewayv2:${name}` as CallName, {} as never),
      'BadRequestException',
      new RegExp(`^${name} is not supported by this gateway: `),
    );
});
