// The aws command line and boto3 against a gateway as a user starts it: what bootstrapping tools do with IAM and STS,
// sessions on the data planes, and a supervisor that is killed.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { signRequest } from '../../../src/base/sigv4/index.ts';
import type { Status } from '../../../src/supervisor/index.ts';
import { until } from '../../supervisor/sluice.ts';
import { runBoto3 } from '../../support/guarded-port.ts';
import { administratorOf, awsClientsFolder, noAwsClients } from '../../support/management.ts';
import { startReal } from '../../support/real-sluice.ts';

const skip = noAwsClients;
const account = '000000000000';
const document = (...statements: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const trusting = (Principal: object, Action: string | string[] = 'sts:AssumeRole'): string =>
  document({ Effect: 'Allow', Action, Principal });
const root = { AWS: `arn:aws:iam::${account}:root` };

interface Keys {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken?: string;
}

const environmentOf = ({ dataDir, managementPort }: Status, keys?: Keys): Record<string, string> => {
  const { accessKeyId, secretAccessKey } = administratorOf(dataDir);
  return {
    PATH: `${awsClientsFolder}:${process.env.PATH}`,
    HOME: dataDir,
    AWS_ACCESS_KEY_ID: keys?.AccessKeyId ?? accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys?.SecretAccessKey ?? secretAccessKey,
    ...(keys?.SessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.SessionToken }),
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${managementPort}`,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    PYTHONDONTWRITEBYTECODE: '1',
  };
};

// biome-ignore lint/suspicious/noExplicitAny: the shapes are AWS's, and each step reads a few members of one
type Wire = any;

const awsOf =
  (status: Status, keys?: Keys, more: Record<string, string> = {}) =>
  async (...words: readonly string[]): Promise<Wire> => {
    const env = { ...environmentOf(status, keys), ...more };
    const { stdout } = await promisify(execFile)('aws', words, { env });
    return stdout === '' ? {} : JSON.parse(stdout);
  };

const name = (what: string): string => `cdk-hnb659fds-${what}-role-${account}-us-east-1`;

/** boto3 rather than the command line for the many: that takes a second to start. */
const python = (status: Status, script: string, ...args: readonly string[]) =>
  runBoto3(
    {
      endpoint: `http://127.0.0.1:${status.managementPort}`,
      admin: administratorOf(status.dataDir) as never,
    },
    `iam, sts = client('iam'), client('sts')\nroot = {'AWS': 'arn:aws:iam::${account}:root'}\n${script}`,
    ...args,
  );

test('aws: what a bootstrap of CDK asks of IAM and STS is done, and its roles are assumed by profile', {
  skip,
}, async (t) => {
  const status = await startReal(t);
  const aws = awsOf(status);
  const who = await aws('sts', 'get-caller-identity');
  assert.deepEqual([who.Account, who.Arn], [account, `arn:aws:iam::${account}:user/admin`]);
  const deploy = `arn:aws:iam::${account}:role/${name('deploy')}`;
  const { Role } = await aws(
    ...['iam', 'create-role', '--role-name', name('deploy'), '--tags', 'Key=aws-cdk,Value=deploy'],
    ...['--assume-role-policy-document', trusting(root, ['sts:AssumeRole', 'sts:TagSession'])],
  );
  assert.equal(Role.Arn, deploy);
  await python(
    status,
    `
name = lambda what: f'cdk-hnb659fds-{what}-role-${account}-us-east-1'
both = trust(root, ['sts:AssumeRole', 'sts:TagSession'])
for what in ('file-publishing', 'image-publishing', 'lookup'): iam.create_role(RoleName=name(what), AssumeRolePolicyDocument=both)
execution = iam.create_role(RoleName=name('cfn-exec'), AssumeRolePolicyDocument=trust({'Service': 'cloudformation.amazonaws.com'}))['Role']['Arn']
iam.attach_role_policy(RoleName=name('cfn-exec'), PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess')
iam.attach_role_policy(RoleName=name('lookup'), PolicyArn='arn:aws:iam::aws:policy/ReadOnlyAccess')
deploying = json.dumps({'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': ['apigateway:*', 'lambda:*'], 'Resource': '*'},
    {'Effect': 'Allow', 'Action': 'iam:PassRole', 'Resource': execution}]})
iam.put_role_policy(RoleName=name('deploy'), PolicyName='default', PolicyDocument=deploying)
iam.update_role(RoleName=name('deploy'), MaxSessionDuration=7200, Description='deploys')
shown = iam.get_role(RoleName=name('deploy'))['Role']
assert shown['Tags'] == [{'Key': 'aws-cdk', 'Value': 'deploy'}] and shown['MaxSessionDuration'] == 7200, shown
assert shown['AssumeRolePolicyDocument'] == json.loads(both)
assert iam.get_role_policy(RoleName=name('deploy'), PolicyName='default')['PolicyDocument'] == json.loads(deploying)
assert iam.list_attached_role_policies(RoleName=name('cfn-exec'))['AttachedPolicies'][0]['PolicyName'] == 'AdministratorAccess'
assert iam.list_account_aliases()['AccountAliases'] == [] and iam.get_account_summary()['SummaryMap']['Roles'] == 5
`,
  );
  await assert.rejects(
    aws('iam', 'get-role', '--role-name', 'none'),
    /\(NoSuchEntity\).*The role with name none cannot be found/,
  );

  // As a profile says it: the client assumes the role by itself.
  mkdirSync(path.join(status.dataDir, '.aws'));
  writeFileSync(
    path.join(status.dataDir, '.aws/config'),
    `[profile deploy]\nrole_arn = ${deploy}\ncredential_source = Environment\nrole_session_name = aws-cdk\nregion = us-east-1\n`,
  );
  const assumed = await aws('--profile', 'deploy', 'sts', 'get-caller-identity');
  assert.equal(assumed.Arn, `arn:aws:sts::${account}:assumed-role/${name('deploy')}/aws-cdk`);
  const made = await aws('--profile', 'deploy', 'apigateway', 'create-rest-api', '--name', 'mine');
  assert.equal(made.name, 'mine');
  await assert.rejects(
    aws('--profile', 'deploy', 'iam', 'list-users'),
    /\(AccessDenied\).*assumed-role\/.*iam:ListUsers/,
  );

  // And away again, as tools remove what they made.
  await python(
    status,
    `
role = {'RoleName': '${name('deploy')}'}
refused('DeleteConflict', 409, '.*', iam.delete_role, **role)
iam.delete_role_policy(**role, PolicyName='default')
assert iam.list_instance_profiles_for_role(**role)['InstanceProfiles'] == []
iam.delete_role(**role)
`,
  );
});

const definition = {
  openapi: '3.0.1',
  info: { title: 'signed', version: '1' },
  paths: {
    '/who': {
      get: {
        'x-amazon-apigateway-auth': { type: 'AWS_IAM' },
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode":200}' },
          responses: {
            default: {
              statusCode: '200',
              responseTemplates: { 'application/json': '$context.identity.userArn' },
            },
          },
        },
      },
    },
  },
};

async function askGateway(status: Status, apiId: string, keys: Keys): Promise<[number, string]> {
  const host = `127.0.0.1:${status.port}`;
  const target = `/_aws/execute-api/${apiId}/prod/who`;
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = keys;
  const added = signRequest(
    { method: 'GET', path: target, query: '', headers: ['host', host] },
    '',
    { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    { region: 'us-east-1', service: 'execute-api', nowMs: Date.now() },
  );
  const headers = Object.fromEntries(added.flatMap((one, i) => (i % 2 === 0 ? [[one, added[i + 1]!]] : [])));
  const answer = await fetch(`http://${host}${target}`, { headers });
  return [answer.status, await answer.text()];
}

test('IAM: what was acknowledged is served at once, and survives the death of the supervisor', {
  skip,
}, async (t) => {
  const first = await startReal(t);
  const { id, keys, anns } = JSON.parse(
    await python(
      first,
      `
apis = client('apigateway')
id = apis.import_rest_api(body=sys.argv[4].encode())['id']
apis.create_deployment(restApiId=id, stageName='prod')
iam.create_role(RoleName='caller', AssumeRolePolicyDocument=trust(root))
keys = sts.assume_role(RoleArn='arn:aws:iam::${account}:role/caller', RoleSessionName='alice')['Credentials']
iam.create_user(UserName='ann')
anns = iam.create_access_key(UserName='ann')['AccessKey']
iam.create_group(GroupName='callers')
iam.put_group_policy(GroupName='callers', PolicyName='p', PolicyDocument=policy('execute-api:Invoke'))
print(json.dumps({'id': id, 'keys': keys, 'anns': anns}, default=str))
`,
      JSON.stringify(definition),
    ),
  );
  const aws = awsOf(first);
  const invoke = document({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' });
  const ask = (status: Status, by: Keys = keys) => askGateway(status, id, by);
  assert.equal((await ask(first))[0], 403);
  await aws(
    ...['iam', 'put-role-policy', '--role-name', 'caller', '--policy-name', 'p'],
    ...['--policy-document', invoke],
  );
  const passed = [200, `arn:aws:sts::${account}:assumed-role/caller/alice`];
  assert.deepEqual(await ask(first), passed);

  // A group's policy lets its user in, from the next request on, also when nobody is left to say so again.
  assert.equal((await ask(first, anns))[0], 403);
  await aws('iam', 'add-user-to-group', '--group-name', 'callers', '--user-name', 'ann');
  process.kill(first.pid, 'SIGKILL');
  assert.deepEqual(await ask(first, anns), [200, `arn:aws:iam::${account}:user/ann`]);
  await until(async () => {
    try {
      process.kill(first.pid, 0);
      return false;
    } catch {
      return true;
    }
  });

  const second = await startReal(t, [], first.dataDir);
  assert.deepEqual(await ask(second), passed);
  assert.deepEqual(await ask(second, anns), [200, `arn:aws:iam::${account}:user/ann`]);
  await python(
    second,
    `
assert [g['GroupName'] for g in iam.list_groups_for_user(UserName='ann')['Groups']] == ['callers']
iam.delete_role_policy(RoleName='caller', PolicyName='p')
`,
  );
  assert.equal((await ask(second))[0], 403);
});
