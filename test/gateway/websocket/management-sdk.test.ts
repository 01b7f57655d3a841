// The management API as the JavaScript SDK calls it.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import test, { type TestContext } from 'node:test';
import {
  ApiGatewayManagementApi,
  type ApiGatewayManagementApiClientConfig,
  ApiGatewayManagementApiServiceException,
  ForbiddenException,
  GoneException,
  PayloadTooLargeException,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { PublishedIdentity } from '../../../src/resources/index.ts';
import { backend, identity, idOf, joinFolder, whoRoute } from '../../support/management-calls.ts';
import { openSocket, socketApi, startSocketGateway } from '../../support/websocket-api.ts';

const stranger = identity('denied', {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
});
const region = 'us-east-1';

/** `endpoint` as users write it into a client's configuration. */
function managementApi(
  t: TestContext,
  endpoint: string,
  { accessKeyId, secretAccessKey }: PublishedIdentity = backend,
  more: ApiGatewayManagementApiClientConfig = {},
): ApiGatewayManagementApi {
  const credentials = { accessKeyId, secretAccessKey };
  const api = new ApiGatewayManagementApi({ endpoint, region, credentials, maxAttempts: 1, ...more });
  t.after(() => api.destroy());
  return api;
}

async function start(t: TestContext) {
  const { gateway, dataDir, url } = await startSocketGateway(t, socketApi({ who: whoRoute }), {
    published: { identities: [backend, stranger] },
  });
  const client = await openSocket(t, url);
  const origin = `http://127.0.0.1:${gateway.port}`;
  const ofStage = `${origin}/_aws/execute-api/wsapi00001/prod`;
  return { gateway, dataDir, origin, ofStage, client, ConnectionId: await idOf(client) };
}

type Verb = (connection: { ConnectionId: string }) => Promise<unknown>;
/** Every operation that the service has. */
const verbsOf = (api: ApiGatewayManagementApi): Verb[] => [
  ({ ConnectionId }) => api.postToConnection({ ConnectionId, Data: 'x' }),
  (connection) => api.getConnection(connection),
  (connection) => api.deleteConnection(connection),
];

test('@connections: the JavaScript SDK posts text and bytes, looks and closes, through any data plane', async (t) => {
  const { dataDir, ofStage, client, gateway, ConnectionId } = await start(t);
  const other = await joinFolder(t, dataDir);
  for (const { port } of [gateway, other]) {
    const api = managementApi(t, ofStage.replace(String(gateway.port), String(port)));
    const posted = await api.postToConnection({ ConnectionId, Data: 'grüß dich' });
    assert.equal(posted.$metadata.httpStatusCode, 200);
    assert.match(posted.$metadata.requestId!, /^[0-9a-f-]{36}$/);
    assert.equal(await client.next(), 'grüß dich');
    await api.postToConnection({ ConnectionId, Data: new Uint8Array([0xff, 0x00]) });
    assert.equal(await client.next(), 'bytes ff00');
    const { ConnectedAt, LastActiveAt, Identity } = await api.getConnection({ ConnectionId });
    assert.deepEqual(Identity, { SourceIp: '127.0.0.1', UserAgent: 'node' });
    assert.ok(ConnectedAt instanceof Date && LastActiveAt instanceof Date && LastActiveAt >= ConnectedAt);
  }
  const closed = await managementApi(t, ofStage).deleteConnection({ ConnectionId });
  assert.equal(closed.$metadata.httpStatusCode, 204);
  assert.equal((await client.closed).code, 1000);
});

test('@connections: the JavaScript SDK throws its GoneException and PayloadTooLargeException', async (t) => {
  const { ofStage, client, ConnectionId } = await start(t);
  const api = managementApi(t, ofStage);
  await assert.rejects(
    api.postToConnection({ ConnectionId, Data: 'x'.repeat(131_073) }),
    (error) => error instanceof PayloadTooLargeException && error.message === 'Message too long',
  );
  client.socket.close();
  await client.closed;
  for (const verb of verbsOf(api))
    await assert.rejects(
      verb({ ConnectionId }),
      (error) =>
        error instanceof GoneException &&
        error.name === 'GoneException' &&
        error.$metadata.httpStatusCode === 410,
    );
});

test('@connections: an endpoint without its stage, or of none, is the ForbiddenException of the JavaScript SDK', async (t) => {
  const { origin, ofStage, ConnectionId } = await start(t);
  for (const endpoint of [
    ofStage.replace('/prod', '/none'),
    ofStage.replace('/prod', ''),
    ofStage.replace('wsapi00001', 'nothere001'),
    origin,
  ])
    for (const verb of verbsOf(managementApi(t, endpoint)))
      await assert.rejects(verb({ ConnectionId }), (error) => {
        assert.ok(error instanceof ForbiddenException, `${endpoint}: ${error}`);
        assert.deepEqual([error.$metadata.httpStatusCode, error.message], [403, 'Forbidden']);
        return true;
      });
});

test('@connections: an endpoint that says more than its stage is told which route was not found', async (t) => {
  const { ofStage, ConnectionId } = await start(t);
  const route = `prod/@connections/${ConnectionId}`;
  for (const [i, method] of ['POST', 'GET', 'DELETE'].entries())
    await assert.rejects(verbsOf(managementApi(t, `${ofStage}/prod`))[i]!({ ConnectionId }), {
      name: 'NotFoundException',
      message: `No method found matching route ${route} for http method ${method}.`,
    });
});

test('@connections: refusals for which the JavaScript SDK has no class come under their names', async (t) => {
  const { ofStage, ConnectionId } = await start(t);
  const unknown = { ...backend, accessKeyId: 'AKIAUNKNOWNXXXXXXXXX' };
  const missigned = { ...backend, secretAccessKey: 'not it' };
  for (const [who, name, message] of [
    [
      stranger,
      'AccessDeniedException',
      /^User: \S+denied is not authorized to perform: execute-api:ManageConnections on resource: /,
    ],
    [unknown, 'UnrecognizedClientException', /security token/],
    [missigned, 'InvalidSignatureException', /signature we calculated does not match/],
  ] as const)
    for (const verb of verbsOf(managementApi(t, ofStage, who)))
      await assert.rejects(verb({ ConnectionId }), (error) => {
        assert.ok(error instanceof ApiGatewayManagementApiServiceException);
        assert.deepEqual([error.name, error.$metadata.httpStatusCode], [name, 403]);
        assert.match(error.message, message);
        return true;
      });
  for (const verb of verbsOf(managementApi(t, ofStage)))
    await assert.rejects(
      verb({ ConnectionId: 'nobody' }),
      (error) =>
        error instanceof ApiGatewayManagementApiServiceException &&
        error.name === 'BadRequestException' &&
        error.message === 'Invalid connectionId: nobody',
    );
});

test('@connections: the JavaScript SDK is understood at a host that names the API, as a function writes its endpoint', async (t) => {
  const { gateway, client, ConnectionId } = await start(t);
  // Names below localhost resolve by themselves on some machines only.
  const httpAgent = new Agent({
    keepAlive: true,
    lookup: (_, { all }, found) =>
      all === true ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4),
  });
  const endpoint = `http://wsapi00001.execute-api.us-east-1.localhost:${gateway.port}/prod`;
  // A slash behind the stage, as some write it.
  for (const written of [endpoint, `${endpoint}/`]) {
    const api = managementApi(t, written, backend, { requestHandler: { httpAgent } });
    await api.postToConnection({ ConnectionId, Data: written });
    assert.equal(await client.next(), written);
  }
});
