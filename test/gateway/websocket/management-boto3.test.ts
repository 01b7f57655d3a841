// The management API as boto3 calls it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { backend, identity, idOf, joinFolder, whoRoute } from '../../support/management-calls.ts';
import { openSocket, socketApi, startSocketGateway } from '../../support/websocket-api.ts';

const python = fileURLToPath(new URL('../../../build/python/bin/python', import.meta.url));
const skip = !existsSync(python) && 'boto3 is not installed in build/python';

const program = `
import boto3, json, sys
from botocore.config import Config
from botocore.exceptions import ClientError
origin, id, key, secret, stranger, strangers_secret = sys.argv[1:]

def client(key, secret):
    return boto3.client('apigatewaymanagementapi', endpoint_url=origin + '/_aws/execute-api/wsapi00001/prod',
        region_name='us-east-1', aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(retries={'max_attempts': 0}))

def failure(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return [type(error).__name__, error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]

api = client(key, secret)
out = {}
out['posted'] = api.post_to_connection(ConnectionId=id, Data='grüß dich'.encode())['ResponseMetadata']['HTTPStatusCode']
looked = api.get_connection(ConnectionId=id)
out['looked'] = [looked['Identity'], looked['ConnectedAt'].tzinfo is not None, looked['LastActiveAt'] >= looked['ConnectedAt']]
out['large'] = failure(api.post_to_connection, ConnectionId=id, Data=b'x' * 131073)
out['malformed'] = failure(api.post_to_connection, ConnectionId='nobody', Data=b'x')
out['forbidden'] = failure(client(stranger, strangers_secret).post_to_connection, ConnectionId=id, Data=b'x')
out['unknown'] = failure(client('AKIAUNKNOWNXXXXXXXXX', 'x').get_connection, ConnectionId=id)
out['deleted'] = api.delete_connection(ConnectionId=id)['ResponseMetadata']['HTTPStatusCode']
out['gone'] = [failure(api.post_to_connection, ConnectionId=id, Data=b'x'), failure(api.get_connection, ConnectionId=id),
    failure(api.delete_connection, ConnectionId=id)]
print(json.dumps(out))
`;

test('@connections: boto3 posts, looks and closes, and gets the exceptions that it knows', {
  skip,
}, async (t) => {
  const denied = identity('denied', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
  });
  const { dataDir, url } = await startSocketGateway(t, socketApi({ who: whoRoute }), {
    published: { identities: [backend, denied] },
  });
  const other = await joinFolder(t, dataDir);
  const client = await openSocket(t, url);
  const id = await idOf(client);
  const { stdout } = await promisify(execFile)(python, [
    '-c',
    program,
    `http://127.0.0.1:${other.port}`,
    id,
    backend.accessKeyId,
    backend.secretAccessKey,
    denied.accessKeyId,
    denied.secretAccessKey,
  ]);
  assert.deepEqual(JSON.parse(stdout), {
    posted: 200,
    looked: [{ SourceIp: '127.0.0.1', UserAgent: 'node' }, true, true],
    large: ['PayloadTooLargeException', 'PayloadTooLargeException', 413],
    malformed: ['ClientError', 'BadRequestException', 400],
    forbidden: ['ClientError', 'AccessDeniedException', 403],
    unknown: ['ClientError', 'UnrecognizedClientException', 403],
    deleted: 204,
    gone: Array.from({ length: 3 }, () => ['GoneException', 'GoneException', 410]),
  });
  assert.equal(await client.next(), 'grüß dich');
  assert.equal((await client.closed).code, 1000);
});
