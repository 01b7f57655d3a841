// What data planes are told of users and roles: keys in use alone, with all that says what they may.

import assert from 'node:assert/strict';
import test from 'node:test';
import { publishedIdentities } from '../../../src/control/deployment/published-identities.ts';
import { testControl } from '../../support/control.ts';
import { statement } from '../../support/query-call.ts';

const policy = (Action: string): string => statement({ Action, Resource: '*' });

test('published identities: a user has what their groups have too, within the boundary, by keys that are active', async (t) => {
  const { call, control } = await testControl(t);
  const { account, store } = control.services;
  const published = () => publishedIdentities(store.view, account).identities;
  const UserName = 'ann';
  const { Policy } = await call('iam:CreatePolicy', { PolicyName: 'm', PolicyDocument: policy('m:*') });
  const bound = await call('iam:CreatePolicy', { PolicyName: 'b', PolicyDocument: policy('b:*') });
  const { User } = await call('iam:CreateUser', { UserName, Tags: [{ Key: 'team', Value: 'red' }] });
  const { AccessKey } = await call('iam:CreateAccessKey', { UserName });
  const { AccessKeyId } = AccessKey;
  await call('iam:CreateGroup', { GroupName: 'g' });
  await call('iam:PutGroupPolicy', { GroupName: 'g', PolicyName: 'p', PolicyDocument: policy('g:*') });
  await call('iam:PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: policy('u:*') });
  await call('iam:AttachUserPolicy', { UserName, PolicyArn: Policy.Arn });
  const base = {
    accessKeyId: AccessKeyId,
    secretAccessKey: AccessKey.SecretAccessKey,
    arn: 'arn:aws:iam::111122223333:user/ann',
    userId: User.UserId,
    userName: UserName,
    tags: { team: 'red' },
  };
  assert.deepEqual(published(), [{ ...base, policies: [policy('u:*'), policy('m:*')] }]);
  await call('iam:AddUserToGroup', { GroupName: 'g', UserName });
  await call('iam:PutUserPermissionsBoundary', { UserName, PermissionsBoundary: bound.Policy.Arn });
  const whole = {
    ...base,
    policies: [policy('u:*'), policy('m:*'), policy('g:*')],
    boundary: policy('b:*'),
  };
  assert.deepEqual(published(), [whole]);
  // What is not there any more is a text that nobody can read: it denies.
  await store.write((transaction) => {
    transaction.remove('iamPolicy', '', Policy.Arn);
    transaction.remove('iamPolicy', '', bound.Policy.Arn);
  });
  const torn = { ...whole, policies: [policy('u:*'), '{}', policy('g:*')], boundary: '{}' };
  assert.deepEqual(published(), [torn]);
  await call('iam:UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' });
  assert.deepEqual(published(), []);
  await call('iam:UpdateAccessKey', { UserName, AccessKeyId, Status: 'Active' });
  await store.write((transaction) => transaction.remove('iamUser', '', UserName));
  assert.deepEqual(published(), []);
});

test('published identities: the gateway may assume a role by itself only when its trust needs nothing but the account', async (t) => {
  const { call, control } = await testControl(t);
  const { account, store } = control.services;
  const service = { Service: 'apigateway.amazonaws.com' };
  const trust = (Principal: unknown, more: object = {}): string =>
    statement({ Action: 'sts:AssumeRole', Principal, ...more });
  const sourceAccount = (id: string) => ({ Condition: { StringEquals: { 'aws:SourceAccount': id } } });
  const cases: Readonly<Record<string, readonly [document: string, trusts: boolean]>> = {
    service: [trust(service), true],
    'its-account': [trust(service, sourceAccount('111122223333')), true],
    'another-account': [trust(service, sourceAccount('999988887777')), false],
    'an-id': [trust(service, { Condition: { StringEquals: { 'sts:ExternalId': '111122223333' } } }), false],
    'another-service': [trust({ Service: 'lambda.amazonaws.com' }), false],
    'the-account': [trust({ AWS: 'arn:aws:iam::111122223333:root' }), false],
    'another-action': [statement({ Action: 'sts:TagSession', Principal: service }), false],
    denied: [
      JSON.stringify({
        Version: '2012-10-17',
        Statement: ['Allow', 'Deny'].map((Effect) => ({
          Effect,
          Action: 'sts:AssumeRole',
          Principal: service,
        })),
      }),
      false,
    ],
  };
  for (const [RoleName, [AssumeRolePolicyDocument]] of Object.entries(cases))
    await call('iam:CreateRole', { RoleName, AssumeRolePolicyDocument });
  const told = () =>
    Object.fromEntries(
      publishedIdentities(store.view, account).roles.map((role) => [role.roleName, role.trustsGateway]),
    );
  assert.deepEqual(
    told(),
    Object.fromEntries(Object.entries(cases).map(([name, [, trusts]]) => [name, trusts])),
  );
  const stored = store.view.get('iamRole', '', 'service')!;
  await store.write((transaction) =>
    transaction.put('iamRole', '', 'service', { ...stored, assumeRolePolicy: '{}' }),
  );
  assert.equal(told().service, false);
});
