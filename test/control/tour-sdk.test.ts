// The README's tour again, with the JavaScript SDK.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as sdk from '@aws-sdk/client-api-gateway';
import { administratorOf } from '../support/management.ts';
import { startReal } from '../support/real-sluice.ts';

const stageName = 'prod';

test('tour: the JavaScript SDK builds an API that serves, with canary, rollback, export and SDK', async (t) => {
  const { dataDir, port, adminPort, managementPort } = await startReal(t);
  const client = new sdk.APIGatewayClient({
    endpoint: `http://127.0.0.1:${managementPort}`,
    region: 'us-east-1',
    credentials: administratorOf(dataDir),
  });
  t.after(() => client.destroy());
  const { id: restApiId, rootResourceId: parentId } = await client.send(
    new sdk.CreateRestApiCommand({ name: 'tour' }),
  );
  const get = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/_aws/execute-api/${restApiId}/${stageName}/${path}`)).text();
  const methodAt = async (pathPart: string) => {
    const { id: resourceId } = await client.send(
      new sdk.CreateResourceCommand({ restApiId, parentId, pathPart }),
    );
    const method = { restApiId, resourceId, httpMethod: 'GET' };
    await client.send(new sdk.PutMethodCommand({ ...method, authorizationType: 'NONE' }));
    return method;
  };
  const patchStage = (...patchOperations: sdk.PatchOperation[]) =>
    client.send(new sdk.UpdateStageCommand({ restApiId, stageName, patchOperations }));

  const hello = await methodAt('hello');
  await client.send(new sdk.PutMethodResponseCommand({ ...hello, statusCode: '200' }));
  await client.send(
    new sdk.PutIntegrationCommand({
      ...hello,
      type: 'MOCK',
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
    }),
  );
  await client.send(
    new sdk.PutIntegrationResponseCommand({
      ...hello,
      statusCode: '200',
      responseTemplates: { 'application/json': '{"greeting": "$stageVariables.greeting"}' },
    }),
  );
  const tried = await client.send(
    new sdk.TestInvokeMethodCommand({ ...hello, stageVariables: { greeting: 'tried' } }),
  );
  assert.deepEqual([tried.status, tried.body], [200, '{"greeting": "tried"}']);

  const health = await methodAt('health');
  const uri = `http://127.0.0.1:${adminPort}/healthz`;
  await client.send(
    new sdk.PutIntegrationCommand({ ...health, type: 'HTTP_PROXY', integrationHttpMethod: 'GET', uri }),
  );

  const variables = { greeting: 'hello' };
  const { id: first } = await client.send(
    new sdk.CreateDeploymentCommand({ restApiId, stageName, variables }),
  );
  assert.equal(await get('hello'), '{"greeting": "hello"}');
  assert.equal(await get('health'), await (await fetch(uri)).text());
  await patchStage({ op: 'replace', path: '/variables/greeting', value: 'welcome' });
  assert.equal(await get('hello'), '{"greeting": "welcome"}');

  const canarySettings = { percentTraffic: 100, stageVariableOverrides: { greeting: 'canary' } };
  const { id: second } = await client.send(
    new sdk.CreateDeploymentCommand({ restApiId, stageName, canarySettings }),
  );
  assert.equal(await get('hello'), '{"greeting": "canary"}');
  const promoted = await patchStage(
    { op: 'copy', from: '/canarySettings/stageVariableOverrides', path: '/variables' },
    { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
    { op: 'remove', path: '/canarySettings' },
  );
  assert.deepEqual([promoted.deploymentId, promoted.canarySettings], [second, undefined]);
  assert.equal(await get('hello'), '{"greeting": "canary"}');
  const back = await patchStage({ op: 'replace', path: '/deploymentId', value: first! });
  assert.equal(back.deploymentId, first);

  const exported = await client.send(
    new sdk.GetExportCommand({ restApiId, stageName, exportType: 'oas30', accepts: 'application/json' }),
  );
  const document = JSON.parse(Buffer.from(exported.body!).toString());
  assert.deepEqual(Object.keys(document.paths).sort(), ['/health', '/hello']);
  const zip = await client.send(new sdk.GetSdkCommand({ restApiId, stageName, sdkType: 'javascript' }));
  assert.equal(Buffer.from(zip.body!).toString('latin1', 0, 2), 'PK');
  await assert.rejects(
    client.send(new sdk.GetStageCommand({ restApiId, stageName: 'none' })),
    (error) =>
      error instanceof sdk.NotFoundException && error.message === 'Invalid stage identifier specified',
  );
});
