// What is used is not removed, what is renamed stays what it was, and nobody renames beyond their leave: over the wire,
// without boto3.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Credentials } from '../../../src/base/sigv4/index.ts';
import { type GuardedPort, guardedPort } from '../../support/guarded-port.ts';
import { keysIn, queryCall, statement, told } from '../../support/query-call.ts';

type Members = Readonly<Record<string, string>>;

const iam = 'arn:aws:iam::111122223333';
const everything = statement({ Action: '*', Resource: '*' });
const trusting = statement({ Action: 'sts:AssumeRole', Principal: { AWS: `${iam}:root` } });
const PolicyArn = `${iam}:policy/used`;
const written = { PolicyName: 'own', PolicyDocument: everything };

async function stage(t: { after(work: () => unknown): void }) {
  const port: GuardedPort = await guardedPort(t);
  const ask = (action: string, members: Members = {}, keys?: Credentials) =>
    queryCall(port, 'iam', action, members, keys);
  const done = async (action: string, members: Members = {}, keys?: Credentials) => {
    const answer = await ask(action, members, keys);
    assert.equal(answer.code, null, `${action}: ${answer.body}`);
    return answer;
  };
  return {
    port,
    ask,
    done,
    code: async (action: string, members: Members = {}, keys?: Credentials) =>
      (await ask(action, members, keys)).code,
    conflict: async (action: string, members: Members, message: string | RegExp) => {
      const answer = await ask(action, members);
      assert.deepEqual([answer.status, answer.code], [409, 'DeleteConflict'], `${action}: ${answer.body}`);
      if (typeof message === 'string') assert.equal(told(answer, 'Message'), message);
      else assert.match(told(answer, 'Message'), message);
    },
    /** A user with a policy. */
    user: async (UserName: string, PolicyDocument: string) => {
      await done('CreateUser', { UserName });
      await done('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument });
      return keysIn(await done('CreateAccessKey', { UserName }));
    },
  };
}

const must = (what: string): string => `Cannot delete entity, must ${what} first.`;

test('IAM: users, groups and roles are removed when nothing hangs on them any more, and not before', async (t) => {
  const { code, conflict, done } = await stage(t);
  await done('CreatePolicy', { PolicyName: 'used', PolicyDocument: everything });
  const [UserName, GroupName, RoleName] = ['x', 'x', 'x'];
  const kinds: [kind: string, named: Members, more: Members][] = [
    ['User', { UserName }, {}],
    ['Group', { GroupName }, {}],
    ['Role', { RoleName }, { AssumeRolePolicyDocument: trusting }],
  ];
  for (const [kind, named, more] of kinds) {
    await done(`Create${kind}`, { ...named, ...more });
    await done(`Attach${kind}Policy`, { ...named, PolicyArn });
    await conflict(`Delete${kind}`, named, must('detach all policies'));
    await done(`Detach${kind}Policy`, { ...named, PolicyArn });
    await done(`Put${kind}Policy`, { ...named, ...written });
    await conflict(`Delete${kind}`, named, must('delete policies'));
    await done(`Delete${kind}Policy`, { ...named, PolicyName: 'own' });
    await done(`Delete${kind}`, named);
    assert.equal(await code(`Get${kind}`, named), 'NoSuchEntity');
    await done(`Create${kind}`, { ...named, ...more });
  }
  await done('AddUserToGroup', { UserName, GroupName });
  await conflict('DeleteUser', { UserName }, must('remove users from group'));
  await conflict('DeleteGroup', { GroupName }, must('remove users from group'));
  await done('RemoveUserFromGroup', { UserName, GroupName });
  await done('DeleteGroup', { GroupName });
  const { accessKeyId: AccessKeyId } = keysIn(await done('CreateAccessKey', { UserName }));
  await conflict('DeleteUser', { UserName }, must('delete access keys'));
  await done('UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' });
  await conflict('DeleteUser', { UserName }, must('delete access keys'));
  await done('DeleteAccessKey', { UserName, AccessKeyId });
  await done('DeleteUser', { UserName });
});

test('IAM: a policy is removed when nobody has it, neither as leave nor as a boundary, in one version', async (t) => {
  const { code, conflict, done } = await stage(t);
  await done('CreatePolicy', { PolicyName: 'used', PolicyDocument: everything });
  await done('CreateUser', { UserName: 'x' });
  await done('CreateGroup', { GroupName: 'x' });
  await done('CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: trusting });
  for (const kind of ['User', 'Group', 'Role']) {
    const named = { [`${kind}Name`]: 'x' };
    await done(`Attach${kind}Policy`, { ...named, PolicyArn });
    await conflict('DeletePolicy', { PolicyArn }, 'Cannot delete a policy attached to entities.');
    await done(`Detach${kind}Policy`, { ...named, PolicyArn });
    if (kind === 'Group') continue;
    await done(`Put${kind}PermissionsBoundary`, { ...named, PermissionsBoundary: PolicyArn });
    await conflict('DeletePolicy', { PolicyArn }, 'Cannot delete a policy attached to entities.');
    await done(`Delete${kind}PermissionsBoundary`, named);
  }
  await done('CreatePolicyVersion', { PolicyArn, PolicyDocument: everything });
  await conflict('DeletePolicy', { PolicyArn }, /^This policy has more than one version\./);
  const ofDefault = 'Cannot delete the default version of a policy.';
  await conflict('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' }, ofDefault);
  await done('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' });
  await conflict('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' }, ofDefault);
  await done('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' });
  for (const action of ['DeletePolicyVersion', 'SetDefaultPolicyVersion'])
    assert.equal(await code(action, { PolicyArn, VersionId: 'v1' }), 'NoSuchEntity');
  await done('DeletePolicy', { PolicyArn });
  assert.equal(await code('GetPolicy', { PolicyArn }), 'NoSuchEntity');
  const ofAws = { PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' };
  const tag = { 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': 'b' };
  for (const [action, more] of [
    ['DeletePolicy', {}],
    ['CreatePolicyVersion', { PolicyDocument: everything }],
    ['DeletePolicyVersion', { VersionId: 'v1' }],
    ['SetDefaultPolicyVersion', { VersionId: 'v1' }],
    ['TagPolicy', tag],
    ['UntagPolicy', { 'TagKeys.member.1': 'a' }],
  ] as const)
    assert.equal(await code(action, { ...ofAws, ...more }), 'AccessDenied', action);
});

test('IAM: nothing takes from the last one who can do everything what they can do it with', async (t) => {
  const { code, conflict, done, port } = await stage(t);
  const nobody = /^Nobody would be left who can do everything/;
  const UserName = 'admin';
  const key = { UserName, AccessKeyId: port.admin.accessKeyId };
  await conflict('UpdateAccessKey', { ...key, Status: 'Inactive' }, nobody);
  await conflict('DeleteAccessKey', key, nobody);
  await conflict('DeleteUserPolicy', { UserName, PolicyName: 'AdministratorAccess' }, nobody);
  const less = statement({ Action: 'iam:*', Resource: '*' });
  await conflict(
    'PutUserPolicy',
    { UserName, PolicyName: 'AdministratorAccess', PolicyDocument: less },
    nobody,
  );
  const denied = statement({ Action: 'apigateway:DELETE', Resource: '*' }, 'Deny');
  await conflict('PutUserPolicy', { UserName, PolicyName: 'denied', PolicyDocument: denied }, nobody);
  const reads = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  await conflict('PutUserPermissionsBoundary', { UserName, PermissionsBoundary: reads }, nobody);

  // By a group alone, and a managed policy in it.
  await done('CreatePolicy', { PolicyName: 'used', PolicyDocument: everything });
  const GroupName = 'admins';
  await done('CreateGroup', { GroupName });
  await done('AttachGroupPolicy', { GroupName, PolicyArn });
  await done('AddUserToGroup', { GroupName, UserName });
  await done('DeleteUserPolicy', { UserName, PolicyName: 'AdministratorAccess' });
  await conflict('RemoveUserFromGroup', { GroupName, UserName }, nobody);
  await conflict('DetachGroupPolicy', { GroupName, PolicyArn }, nobody);
  await conflict('PutGroupPolicy', { GroupName, PolicyName: 'denied', PolicyDocument: denied }, nobody);
  const version = { PolicyArn, PolicyDocument: less };
  await conflict('CreatePolicyVersion', { ...version, SetAsDefault: 'true' }, nobody);
  await done('CreatePolicyVersion', version);
  await conflict('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' }, nobody);
  // What was refused has not happened, and under another name all is as it was.
  assert.equal(await code('ListUsers'), null);
  await done('UpdateGroup', { GroupName, NewGroupName: 'heads' });
  await done('UpdateUser', { UserName, NewUserName: 'head' });
  assert.equal(await code('ListUsers'), null);
  await conflict('RemoveUserFromGroup', { GroupName: 'heads', UserName: 'head' }, nobody);
});

test('IAM: who renames or moves a user or a group needs leave for both, what it was and what it becomes', async (t) => {
  const { code, done, user } = await stage(t);
  for (const kind of ['User', 'Group']) {
    const arns = `${iam}:${kind.toLowerCase()}`;
    const [name, newName] = [`${kind}Name`, `New${kind}Name`];
    const leave = (Action: string | string[], ...places: string[]) =>
      statement({ Action, Resource: places.map((place) => `${arns}/${place}`) });
    const update = `iam:Update${kind}`;
    const keys = await user(`of-${kind}`, leave(update, 'a', 'team/*'));
    // Leave to make what it becomes is none to rename into it.
    const other = await user(`other-${kind}`, leave([update, `iam:Create${kind}`], 'a'));
    const asked = (members: Members, by = keys) => code(`Update${kind}`, members, by);
    for (const one of ['a', 'b']) await done(`Create${kind}`, { [name]: one });
    assert.equal(await asked({ [name]: 'a', [newName]: 'c' }), 'AccessDenied');
    assert.equal(await asked({ [name]: 'a', [newName]: 'b' }), 'AccessDenied');
    assert.equal(await asked({ [name]: 'a', NewPath: '/else/' }), 'AccessDenied');
    assert.equal(await asked({ [name]: 'b', NewPath: '/team/' }), 'AccessDenied');
    assert.equal(await asked({ [name]: 'a', NewPath: '/team/' }, other), 'AccessDenied');
    assert.equal(await asked({ [name]: 'a', [newName]: 'c', NewPath: '/team/' }), null);
    assert.equal(await asked({ [name]: 'c', [newName]: 'd' }), null);
    assert.equal(await asked({ [name]: 'd', NewPath: '/' }), 'AccessDenied');
    assert.equal(told(await done(`Get${kind}`, { [name]: 'd' }), 'Arn'), `${arns}/team/d`);
    assert.equal(await code(`Get${kind}`, { [name]: 'a' }), 'NoSuchEntity');
  }
});

test('IAM: what is renamed keeps its id, keys, members and leave, and takes the name of no other', async (t) => {
  const { code, done, user } = await stage(t);
  const keys = await user('ann', statement({ Action: 'iam:ListUsers', Resource: '*' }));
  await done('CreateUser', { UserName: 'bob' });
  for (const GroupName of ['readers', 'others']) await done('CreateGroup', { GroupName });
  const PolicyDocument = statement({ Action: 'iam:ListGroups', Resource: '*' });
  await done('PutGroupPolicy', { GroupName: 'readers', PolicyName: 'own', PolicyDocument });
  for (const GroupName of ['others', 'readers']) await done('AddUserToGroup', { GroupName, UserName: 'ann' });
  const may = async () => [await code('ListUsers', {}, keys), await code('ListGroups', {}, keys)];
  assert.deepEqual(await may(), [null, null]);
  for (const [kind, from, taken, to] of [
    ['User', 'ann', 'BOB', 'Ann'],
    ['Group', 'readers', 'OTHERS', 'Readers'],
  ] as const) {
    const [name, newName] = [`${kind}Name`, `New${kind}Name`];
    const id = told(await done(`Get${kind}`, { [name]: from }), `${kind}Id`);
    assert.equal(await code(`Update${kind}`, { [name]: from, [newName]: taken }), 'EntityAlreadyExists');
    assert.equal(await code(`Update${kind}`, { [name]: 'nobody', [newName]: 'x' }), 'NoSuchEntity');
    // Its own in another case, and the same again, is free.
    await done(`Update${kind}`, { [name]: from, [newName]: to });
    await done(`Update${kind}`, { [name]: to, [newName]: to });
    assert.equal(told(await done(`Get${kind}`, { [name]: to }), `${kind}Id`), id);
    assert.equal(await code(`Get${kind}`, { [name]: from }), 'NoSuchEntity');
    assert.deepEqual(await may(), [null, null], kind);
  }
  const { body } = await done('ListGroupsForUser', { UserName: 'Ann' });
  assert.deepEqual(
    [...body.matchAll(/<GroupName>([^<]*)/g)].map(([, one]) => one),
    ['Readers', 'others'],
  );
  assert.equal(told(await done('ListAccessKeys', { UserName: 'Ann' }), 'AccessKeyId'), keys.accessKeyId);
  // Who takes a name that was left has nothing of whose it was.
  await done('UpdateUser', { UserName: 'Ann', NewUserName: 'anna' });
  await done('UpdateGroup', { GroupName: 'Readers', NewGroupName: 'lectors' });
  await done('CreateUser', { UserName: 'Ann' });
  await done('CreateGroup', { GroupName: 'Readers' });
  await done('AddUserToGroup', { GroupName: 'Readers', UserName: 'Ann' });
  const stranger = keysIn(await done('CreateAccessKey', { UserName: 'Ann' }));
  for (const action of ['ListUsers', 'ListGroups'])
    assert.equal(await code(action, {}, stranger), 'AccessDenied');
  assert.deepEqual(await may(), [null, null]);
  const members = (await done('GetGroup', { GroupName: 'Readers' })).body;
  assert.deepEqual(
    [...members.matchAll(/<UserName>([^<]*)/g)].map(([, one]) => one),
    ['Ann'],
  );
});
