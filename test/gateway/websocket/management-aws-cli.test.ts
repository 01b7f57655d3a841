// The management API as the aws command line calls it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { awsClientsFolder, noAwsClients } from '../../support/management.ts';
import { backend, idOf, whoRoute } from '../../support/management-calls.ts';
import { openSocket, socketApi, startSocketGateway } from '../../support/websocket-api.ts';

test('@connections: the aws command line posts, looks and closes, and names the exception of a client that is gone', {
  skip: noAwsClients,
}, async (t) => {
  const { gateway, url } = await startSocketGateway(t, socketApi({ who: whoRoute }), {
    published: { identities: [backend] },
  });
  const client = await openSocket(t, url);
  const id = await idOf(client);
  const aws = async (operation: string, ...words: readonly string[]): Promise<string> => {
    const endpoint = `http://127.0.0.1:${gateway.port}/_aws/execute-api/wsapi00001/prod`;
    const target = ['--connection-id', id, '--endpoint-url', endpoint];
    const given = ['apigatewaymanagementapi', operation, ...target, ...words];
    const env = {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: backend.accessKeyId,
      AWS_SECRET_ACCESS_KEY: backend.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    };
    return (await promisify(execFile)(path.join(awsClientsFolder!, 'aws'), given, { env })).stdout;
  };
  assert.equal(await aws('post-to-connection', '--data', 'grüß dich'), '');
  assert.equal(await client.next(), 'grüß dich');
  const looked = JSON.parse(await aws('get-connection'));
  assert.deepEqual(Object.keys(looked).sort(), ['ConnectedAt', 'Identity', 'LastActiveAt']);
  assert.deepEqual(looked.Identity, { SourceIp: '127.0.0.1', UserAgent: 'node' });
  assert.equal(await aws('delete-connection'), '');
  assert.equal((await client.closed).code, 1000);
  await assert.rejects(
    aws('get-connection'),
    /An error occurred \(GoneException\) when calling the GetConnection operation/,
  );
});
