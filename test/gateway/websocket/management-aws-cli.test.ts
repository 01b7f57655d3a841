// The management API as the aws command line calls it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { runAws } from '../../support/aws-cli.ts';
import { noAwsClients } from '../../support/management.ts';
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
  const endpoint = `http://127.0.0.1:${gateway.port}/_aws/execute-api/wsapi00001/prod`;
  const aws = (operation: string, ...words: readonly string[]): Promise<string> =>
    runAws(backend, endpoint, 'apigatewaymanagementapi', operation, '--connection-id', id, ...words);
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
