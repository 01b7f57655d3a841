// The aws command line makes a WebSocket API, as a first page of instructions would.

import assert from 'node:assert/strict';
import test from 'node:test';
import { runAws } from '../../support/aws-cli.ts';
import { noAwsClients } from '../../support/management.ts';
import { startServer } from '../boto3/serve.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

test('aws apigatewayv2: an API is made, deployed, shown and removed', {
  skip: noAwsClients,
}, async (t) => {
  const logged: string[] = [];
  const port = await startServer(t, (text) => logged.push(text));
  const aws = async (...words: readonly string[]): Promise<Record<string, unknown>> => {
    const stdout = await runAws(keys, `http://127.0.0.1:${port}`, 'apigatewayv2', ...words);
    return stdout === '' ? {} : JSON.parse(stdout);
  };
  const { ApiId } = await aws(
    'create-api',
    ...['--name', 'chat', '--protocol-type', 'WEBSOCKET'],
    ...['--route-selection-expression', '$request.body.action', '--tags', 'sluice:idle-seconds=60'],
  );
  const of = ['--api-id', String(ApiId)];
  const { IntegrationId } = await aws(
    'create-integration',
    ...of,
    ...['--integration-type', 'MOCK', '--request-templates', '{"$default":"{\\"statusCode\\":200}"}'],
  );
  const { RouteId } = await aws(
    'create-route',
    ...of,
    ...['--route-key', '$default', '--target', `integrations/${IntegrationId}`],
  );
  await aws(
    'create-route-response',
    ...of,
    ...['--route-id', String(RouteId), '--route-response-key', '$default'],
  );
  const { DeploymentId } = await aws('create-deployment', ...of);
  const stage = await aws(
    'create-stage',
    ...of,
    ...['--stage-name', 'prod', '--deployment-id', String(DeploymentId)],
  );
  assert.equal(stage.DeploymentId, DeploymentId);
  const { Items } = (await aws('get-apis')) as { Items: Record<string, unknown>[] };
  assert.deepEqual(
    Items.map(({ Name, ProtocolType, Tags }) => [Name, ProtocolType, Tags]),
    [['chat', 'WEBSOCKET', { 'sluice:idle-seconds': '60' }]],
  );
  await aws('delete-api', ...of);
  assert.deepEqual(await aws('get-apis'), { Items: [] });
  assert.deepEqual(logged, []);
});
