// A WebSocket API from its making to its end with the JavaScript SDK, against a gateway as a user starts it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ApiGatewayManagementApi, GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import { ApiGatewayV2, ConflictException, NotFoundException } from '@aws-sdk/client-apigatewayv2';
import { administratorOf } from '../../support/management.ts';
import { startReal } from '../../support/real-sluice.ts';
import { openSocket } from '../../support/websocket-api.ts';

const region = 'us-east-1';
const StageName = 'prod';
const accountId = '000000000000';

test('tour: the JavaScript SDK builds a WebSocket API, and posts to, looks at and closes who is connected to it', async (t) => {
  const { dataDir, port, managementPort } = await startReal(t);
  const credentials = administratorOf(dataDir);
  const control = new ApiGatewayV2({ endpoint: `http://127.0.0.1:${managementPort}`, region, credentials });
  t.after(() => control.destroy());

  const made = await control.createApi({
    Name: 'tour',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.action',
    Tags: { 'sluice:idle-seconds': '60' },
  });
  const ApiId = made.ApiId!;
  assert.deepEqual(
    [made.Name, made.ProtocolType, made.Tags],
    ['tour', 'WEBSOCKET', { 'sluice:idle-seconds': '60' }],
  );
  assert.ok(made.CreatedDate instanceof Date && Math.abs(made.CreatedDate.getTime() - Date.now()) < 60_000);

  const TemplateSelectionExpression = '\\$default';
  const { IntegrationId } = await control.createIntegration({
    ApiId,
    IntegrationType: 'MOCK',
    RequestTemplates: { $default: '{"statusCode":200}' },
    TemplateSelectionExpression,
  });
  await control.createIntegrationResponse({
    ApiId,
    IntegrationId,
    IntegrationResponseKey: '$default',
    ResponseTemplates: { $default: '$context.connectionId $stageVariables.greeting' },
    TemplateSelectionExpression,
  });
  const Target = `integrations/${IntegrationId}`;
  for (const RouteKey of ['$connect', '$default']) {
    const { RouteId } = await control.createRoute({ ApiId, RouteKey, Target });
    if (RouteKey === '$connect') continue;
    await control.createRouteResponse({ ApiId, RouteId, RouteResponseKey: '$default' });
  }
  await assert.rejects(
    control.createRoute({ ApiId, RouteKey: '$default', Target }),
    (error) => error instanceof ConflictException,
  );
  const { DeploymentId } = await control.createDeployment({ ApiId });
  const StageVariables = { greeting: 'hello' };
  const stage = await control.createStage({ ApiId, StageName, DeploymentId, StageVariables });
  assert.deepEqual([stage.DeploymentId, stage.StageVariables], [DeploymentId, StageVariables]);

  const path = `/_aws/execute-api/${ApiId}/${StageName}`;
  const client = await openSocket(t, `ws://127.0.0.1:${port}${path}`);
  client.send('who');
  const [ConnectionId = '', greeting] = (await client.next()).split(' ');
  assert.equal(greeting, 'hello');
  await control.updateStage({ ApiId, StageName, StageVariables: { greeting: 'welcome' } });
  client.send('who');
  assert.equal(await client.next(), `${ConnectionId} welcome`);

  const api = new ApiGatewayManagementApi({
    endpoint: `http://127.0.0.1:${port}${path}`,
    region,
    credentials,
  });
  t.after(() => api.destroy());
  await api.postToConnection({ ConnectionId, Data: '{"price":12}' });
  assert.equal(await client.next(), '{"price":12}');
  const { Identity } = await api.getConnection({ ConnectionId });
  assert.deepEqual(Identity, { SourceIp: '127.0.0.1', UserAgent: 'node' });
  await api.deleteConnection({ ConnectionId });
  assert.equal((await client.closed).code, 1000);
  await assert.rejects(api.getConnection({ ConnectionId }), (error) => error instanceof GoneException);

  await control.deleteApi({ ApiId });
  await assert.rejects(
    control.getApi({ ApiId }),
    (error) =>
      error instanceof NotFoundException &&
      error.message === `Invalid API identifier specified ${accountId}:${ApiId}`,
  );
  const { Items } = await control.getApis({});
  assert.deepEqual(Items, []);
});
