// Real clients that sign, against a management port that asks who they are: the JavaScript SDK, boto3 and curl.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateRestApiCommand,
  GetRestApiCommand,
  GetTagsCommand,
} from '@aws-sdk/client-api-gateway';
import { accessActs } from '../../../src/control/access/index.ts';
import { guardedPort } from '../../support/guarded-port.ts';
import { awsClientsFolder, noAwsClients } from '../../support/management.ts';

const run = promisify(execFile);

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** @returns the port, and clients of the SDK that end with the test */
async function portAndClients(t: { after(work: () => unknown): void }) {
  const port = await guardedPort(t);
  const client = (credentials: Key = port.admin, region = 'us-east-1') => {
    const made = new APIGatewayClient({ endpoint: port.endpoint, region, credentials, maxAttempts: 1 });
    t.after(() => made.destroy());
    return made;
  };
  return { ...port, client };
}

const refusedWith = (name: string, message: string | RegExp) => (error: unknown) => {
  const {
    name: given,
    message: said,
    $metadata,
  } = error as Error & { $metadata: { httpStatusCode: number } };
  assert.deepEqual([given, $metadata.httpStatusCode], [name, 403]);
  if (typeof message === 'string') assert.equal(said, message);
  else assert.match(said, message);
  return true;
};

test('access: the JavaScript SDK is let in, also with an ARN in the path, and each call is recorded', async (t) => {
  const { client, audited, admin, auditText } = await portAndClients(t);
  const sdk = client();
  const { id } = await sdk.send(new CreateRestApiCommand({ name: 'pets & more', tags: { a: 'ü' } }));
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${id}`;
  assert.deepEqual((await sdk.send(new GetTagsCommand({ resourceArn }))).tags, { a: 'ü' });
  const value = 'a-secret-value-of-an-api-key';
  await sdk.send(new CreateApiKeyCommand({ name: 'k', value }));
  await assert.rejects(sdk.send(new GetRestApiCommand({ restApiId: 'nope' })), { name: 'NotFoundException' });
  const [create, tags, key, get] = audited();
  assert.deepEqual(
    [create, tags, key, get].map((record) => [record.eventName, record.readOnly, record.errorCode]),
    [
      ['CreateRestApi', false, undefined],
      ['GetTags', true, undefined],
      ['CreateApiKey', false, undefined],
      ['GetRestApi', true, 'NotFoundException'],
    ],
  );
  assert.equal(create.userIdentity.userName, 'admin');
  assert.equal(create.userIdentity.accessKeyId, admin.accessKeyId);
  assert.equal(create.responseElements.id, id);
  assert.deepEqual(tags.requestParameters, { resourceArn });
  assert.ok(!auditText().includes(value));
  assert.ok(!auditText().includes(admin.secretAccessKey));
});

test('access: the JavaScript SDK is refused as by the service', async (t) => {
  const { client, admin, control, audited } = await portAndClients(t);
  const call = (sdk: APIGatewayClient) => sdk.send(new CreateRestApiCommand({ name: 'n' }));
  await assert.rejects(
    call(client({ ...admin, secretAccessKey: 'wrong' })),
    refusedWith('InvalidSignatureException', /^The request signature we calculated does not match/),
  );
  await assert.rejects(
    call(client({ ...admin, accessKeyId: 'AKIAUNKNOWN' })),
    refusedWith('UnrecognizedClientException', 'The security token included in the request is invalid.'),
  );
  await assert.rejects(
    call(client(admin, 'eu-west-1')),
    refusedWith(
      'InvalidSignatureException',
      "Credential should be scoped to a valid region, not 'eu-west-1'. ",
    ),
  );
  await accessActs.iamAddUser({ userName: 'bob', preset: 'read-only' }, control);
  const bob = await accessActs.iamCreateKey({ userName: 'bob' }, control);
  await assert.rejects(
    call(client(bob)),
    refusedWith(
      'AccessDeniedException',
      'User: arn:aws:iam::111122223333:user/bob is not authorized to perform: apigateway:POST on resource: arn:aws:apigateway:us-east-1::/restapis because no identity-based policy allows the apigateway:POST action',
    ),
  );
  assert.deepEqual(
    audited().map(({ userIdentity, errorCode }) => [userIdentity.userName, errorCode]),
    [
      [undefined, 'InvalidSignatureException'],
      [undefined, 'UnrecognizedClientException'],
      [undefined, 'InvalidSignatureException'],
      ['bob', 'AccessDeniedException'],
    ],
  );
});

const script = `
import boto3, sys, urllib.request
endpoint, key, secret = sys.argv[1:]
client = boto3.client('apigateway', endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id=key, aws_secret_access_key=secret)
api = client.create_rest_api(name='n', tags={'a b': 'c+d=e@f'})
arn = 'arn:aws:apigateway:us-east-1::/restapis/' + api['id']
assert client.get_tags(resourceArn=arn)['tags'] == {'a b': 'c+d=e@f'}
client.untag_resource(resourceArn=arn, tagKeys=['a b', 'x+y', '=@:/'])
assert client.get_tags(resourceArn=arn).get('tags', {}) == {}
client.get_api_keys(nameQuery="it's (50%) + more*~ü", limit=3)
url = client.generate_presigned_url('get_rest_apis', Params={'limit': 2}, ExpiresIn=60)
assert 'X-Amz-Signature' in url, url
assert api['id'] in urllib.request.urlopen(url).read().decode()
try:
    urllib.request.urlopen(url.replace('limit=2', 'limit=3'))
except urllib.error.HTTPError as error:
    assert error.code == 403, error.code
    assert error.headers['x-amzn-errortype'].startswith('InvalidSignatureException'), error.headers
else:
    raise AssertionError('a changed presigned request was let in')
print('ok')
`;

test('access: boto3 is let in with odd letters everywhere, and by a presigned address', {
  skip: noAwsClients,
}, async (t) => {
  const { endpoint, admin } = await guardedPort(t);
  const { stdout } = await run(
    join(awsClientsFolder!, 'python'),
    ['-c', script, endpoint, admin.accessKeyId, admin.secretAccessKey],
    { env: { PATH: process.env.PATH, AWS_EC2_METADATA_DISABLED: 'true', PYTHONDONTWRITEBYTECODE: '1' } },
  );
  assert.equal(stdout, 'ok\n');
});

/** Curl signs by itself since 7.75; older ones do not know the option. */
async function whyNoCurl(): Promise<string | false> {
  const help = await run('curl', ['--help', 'auth']).catch(() => ({ stdout: '' }));
  return help.stdout.includes('--aws-sigv4') ? false : 'curl that signs is not installed';
}

test('access: curl is let in', { skip: await whyNoCurl() }, async (t) => {
  const { endpoint, admin } = await guardedPort(t);
  const ask = async (...args: string[]): Promise<unknown> => {
    const sigv4 = ['--aws-sigv4', 'aws:amz:us-east-1:apigateway'];
    const user = ['--user', `${admin.accessKeyId}:${admin.secretAccessKey}`];
    return JSON.parse((await run('curl', ['-sS', ...sigv4, ...user, ...args])).stdout);
  };
  assert.deepEqual(await ask(`${endpoint}/restapis?limit=2`), { item: [] });
  const made = await ask(
    '-d',
    '{"name":"n"}',
    '-H',
    'content-type: application/json',
    `${endpoint}/restapis`,
  );
  assert.equal((made as { name: string }).name, 'n');
});
