// Who is let into a role and who is not, one rule of the trust at a time; over the wire, without boto3.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Credentials } from '../../../src/base/sigv4/index.ts';
import { openSession } from '../../../src/control/identity/session-keys.ts';
import { type GuardedPort, guardedPort } from '../../support/guarded-port.ts';
import { keysIn, queryCall, statement, type Told } from '../../support/query-call.ts';

const root = 'arn:aws:iam::111122223333:root';
const roleArn = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
const userArn = (name: string): string => `arn:aws:iam::111122223333:user/${name}`;
const stsActions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
const everything = statement({ Action: '*', Resource: '*' });
const trusting = (AWS: unknown, more: object = {}): string =>
  statement({ Action: stsActions, Principal: { AWS }, ...more });

/** A port with what makes users and roles. */
async function stage(t: { after(work: () => unknown): void }) {
  const port: GuardedPort = await guardedPort(t);
  const done = async (action: string, members: Record<string, string>): Promise<Told> => {
    const answer = await queryCall(port, 'iam', action, members);
    assert.equal(answer.code, null, answer.body);
    return answer;
  };
  return {
    ...port,
    done,
    user: async (UserName: string, document?: string, more: Record<string, string> = {}) => {
      await done('CreateUser', { UserName, ...more });
      if (document !== undefined)
        await done('PutUserPolicy', { UserName, PolicyName: 'p', PolicyDocument: document });
      return keysIn(await done('CreateAccessKey', { UserName }));
    },
    role: async (RoleName: string, AssumeRolePolicyDocument: string, document?: string) => {
      await done('CreateRole', { RoleName, AssumeRolePolicyDocument });
      if (document !== undefined)
        await done('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: document });
    },
    assume: (keys: Credentials | undefined, name: string, members: Record<string, string> = {}) =>
      queryCall(
        port,
        'sts',
        'AssumeRole',
        { RoleArn: roleArn(name), RoleSessionName: 'here', ...members },
        keys,
      ),
  };
}

const tag = (Key: string, Value: string) => ({ 'Tags.member.1.Key': Key, 'Tags.member.1.Value': Value });

test('AssumeRole: what is asked for and cannot be checked is refused', async (t) => {
  const { assume, role } = await stage(t);
  await role('any', trusting(root), everything);
  const cases: [code: string | null, members: Record<string, string>][] = [
    [null, {}],
    ['AccessDenied', { SerialNumber: `arn:aws:iam::111122223333:mfa/x`, TokenCode: '123456' }],
    ['AccessDenied', { SerialNumber: `arn:aws:iam::111122223333:mfa/x` }],
    ['AccessDenied', { TokenCode: '123456' }],
    ['ValidationError', { 'ProvidedContexts.member.1.ProviderArn': 'arn:aws:iam::aws:contextProvider/x' }],
    ['MalformedPolicyDocument', { 'PolicyArns.member.1.arn': 'arn:aws:iam::111122223333:policy/gone' }],
    ['MalformedPolicyDocument', { 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/Gone' }],
    ['MalformedPolicyDocument', { Policy: statement({ Action: '*', Resource: '*', Principal: '*' }) }],
    [
      'ValidationError',
      Object.fromEntries(
        Array.from({ length: 11 }, (_, i) => [
          `PolicyArns.member.${i + 1}.arn`,
          'arn:aws:iam::aws:policy/ReadOnlyAccess',
        ]),
      ),
    ],
  ];
  for (const [code, members] of cases) {
    const answer = await assume(undefined, 'any', members);
    assert.equal(answer.code, code, `${JSON.stringify(members)}: ${answer.body}`);
  }
});

test('AssumeRole: the conditions of a trust see what the call asks for', async (t) => {
  const { assume, done, role } = await stage(t);
  await role('asking', trusting(root));
  const transitive = { ...tag('team', 'red'), 'TransitiveTagKeys.member.1': 'team' };
  const cases: [condition: object, right: Record<string, string>, wrong: Record<string, string>][] = [
    [
      { StringEquals: { 'sts:ExternalId': 'agreed' } },
      { ExternalId: 'agreed' },
      { ExternalId: 'other', RoleSessionName: 'agreed' },
    ],
    [
      { StringLike: { 'sts:RoleSessionName': 'ann-*' } },
      { RoleSessionName: 'ann-1' },
      { RoleSessionName: 'bob-1' },
    ],
    [{ StringEquals: { 'sts:SourceIdentity': 'ann' } }, { SourceIdentity: 'ann' }, { SourceIdentity: 'bob' }],
    [{ StringEquals: { 'aws:RequestTag/Team': 'red' } }, tag('team', 'red'), tag('team', 'blue')],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } }, tag('team', 'red'), tag('other', 'red')],
    [{ 'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': 'team' } }, transitive, tag('team', 'red')],
  ];
  for (const [Condition, right, wrong] of cases) {
    await done('UpdateAssumeRolePolicy', {
      RoleName: 'asking',
      PolicyDocument: trusting(root, { Condition }),
    });
    const what = JSON.stringify(Condition);
    assert.equal((await assume(undefined, 'asking', right)).code, null, what);
    assert.equal((await assume(undefined, 'asking', wrong)).code, 'AccessDenied', what);
    if (!what.includes('RoleSessionName'))
      assert.equal((await assume(undefined, 'asking')).code, 'AccessDenied', `${what}, which is absent`);
  }
});

test('AssumeRole: a trust policy that cannot be read lets nobody in', async (t) => {
  const { assume, control, role } = await stage(t);
  await role('torn', trusting(root));
  assert.equal((await assume(undefined, 'torn')).code, null);
  const { store } = control.services;
  const stored = store.view.get('iamRole', '', 'torn')!;
  for (const assumeRolePolicy of ['', '{}', '{"Version":"2999-01-01"}']) {
    await store.write((transaction) =>
      transaction.put('iamRole', '', 'torn', { ...stored, assumeRolePolicy }),
    );
    assert.equal((await assume(undefined, 'torn')).code, 'AccessDenied', assumeRolePolicy);
  }
});

test('AssumeRole: whom a trust names, or makes an exception for, it knows by their id', async (t) => {
  const { assume, done, role, user, ...port } = await stage(t);
  const may = statement({ Action: stsActions, Resource: '*' });
  const named = userArn('staff/ann');
  let ann = await user('ann', may, { Path: '/staff/' });
  await role('first', trusting(root), may);
  await role('hers', trusting(named));
  await role('of-role', trusting(roleArn('first')));
  await role(
    'all-but-hers',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: root } },
        { Effect: 'Deny', Action: 'sts:AssumeRole', NotPrincipal: { AWS: named } },
      ],
    }),
  );
  const codes = async () => {
    const first = keysIn(await assume(ann, 'first'));
    const answers = [assume(ann, 'hers'), assume(ann, 'all-but-hers'), assume(first, 'of-role')];
    return (await Promise.all(answers)).map(({ code }) => code);
  };
  assert.deepEqual(await codes(), [null, null, null]);
  // Somebody else, under the same names.
  await done('DeleteRolePolicy', { RoleName: 'first', PolicyName: 'p' });
  await done('DeleteRole', { RoleName: 'first' });
  await role('first', trusting(root), may);
  await done('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'p' });
  await done('DeleteAccessKey', { UserName: 'ann', AccessKeyId: ann.accessKeyId });
  await done('DeleteUser', { UserName: 'ann' });
  ann = await user('ann', may, { Path: '/staff/' });
  assert.deepEqual(await codes(), ['AccessDenied', 'AccessDenied', 'AccessDenied']);

  const nobody = [userArn('ann'), roleArn('path/first'), roleArn('nobody'), 'arn:aws:iam::111122223333:x/y'];
  for (const AWS of nobody) {
    const AssumeRolePolicyDocument = trusting(AWS);
    const refused = await queryCall(port, 'iam', 'CreateRole', { RoleName: 'x', AssumeRolePolicyDocument });
    assert.equal(refused.code, 'MalformedPolicyDocument', AWS);
  }
  const long = { RoleName: 'x', AssumeRolePolicyDocument: trusting('*', { Sid: 'a'.repeat(2_048) }) };
  assert.equal((await queryCall(port, 'iam', 'CreateRole', long)).code, 'LimitExceeded');
});

test('AssumeRole: whom their own policies deny it gets in by no trust', async (t) => {
  const { assume, role, user } = await stage(t);
  const barred = await user('barred', statement({ Action: 'sts:*', Resource: roleArn('named') }, 'Deny'));
  for (const name of ['named', 'free']) await role(name, trusting(userArn('barred')));
  assert.equal((await assume(barred, 'free')).code, null);
  assert.equal((await assume(barred, 'named')).code, 'AccessDenied');
});

test('AssumeRole: what limits a session limits it everywhere, also which roles it gets into by name', async (t) => {
  const { assume, role, ...port } = await stage(t);
  await role('all', trusting(root), everything);
  await role('first', trusting(root), statement({ Action: 'apigateway:GET', Resource: '*' }));
  await role('second', trusting(roleArn('first')));
  const free = keysIn(await assume(undefined, 'first'));
  assert.equal((await assume(free, 'second')).code, null);
  const Policy = statement({ Action: 'apigateway:*', Resource: '*' });
  const managed = { 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess' };
  for (const [what, limits] of Object.entries({ own: { Policy }, managed })) {
    const limited = keysIn(await assume(undefined, 'first', limits));
    assert.equal((await assume(limited, 'second')).code, 'AccessDenied', what);
    const reader = keysIn(await assume(undefined, 'all', limits));
    const made = await queryCall(port, 'iam', 'CreateGroup', { GroupName: what }, reader);
    assert.equal(made.code, 'AccessDenied', what);
    const listed = await queryCall(port, 'iam', 'ListGroups', {}, reader);
    assert.equal(listed.code, what === 'managed' ? null : 'AccessDenied', what);
  }
});

test('AssumeRole: transitive tags and a source identity go with all sessions that follow, and nobody sheds them', async (t) => {
  const { assume, role, ...port } = await stage(t);
  await role('hop', trusting(root), statement({ Action: stsActions, Resource: '*' }));
  await role('untagged', statement({ Action: 'sts:AssumeRole', Principal: { AWS: root } }));
  await role('sourceless', statement({ Action: stsActions.slice(0, 2), Principal: { AWS: root } }));
  const begin = {
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': 'red',
    'Tags.member.2.Key': 'only-here',
    'Tags.member.2.Value': 'x',
    'TransitiveTagKeys.member.1': 'team',
    SourceIdentity: 'ann',
  };
  let keys = keysIn(await assume(undefined, 'hop', begin));
  const sessionIn = ({ sessionToken }: Credentials) =>
    openSession(port.control.services.store.view, sessionToken!)!.session;
  assert.deepEqual(sessionIn(keys).tags, { team: 'red', 'only-here': 'x' });
  for (let hop = 0; hop < 2; hop++) {
    // Who has such tags needs leave for them though they give none.
    assert.equal((await assume(keys, 'untagged')).code, 'AccessDenied');
    for (const key of ['team', 'TEAM'])
      assert.equal((await assume(keys, 'hop', tag(key, 'blue'))).code, 'InvalidParameterValue');
    assert.equal((await assume(keys, 'hop', { SourceIdentity: 'bob' })).code, 'AccessDenied');
    assert.equal((await assume(keys, 'sourceless', { SourceIdentity: 'ann' })).code, 'AccessDenied');
    keys = keysIn(await assume(keys, 'hop'));
    const { tags, transitiveTagKeys, sourceIdentity } = sessionIn(keys);
    assert.deepEqual([tags, transitiveTagKeys, sourceIdentity], [{ team: 'red' }, ['team'], 'ann']);
  }
});

test('STS: a session lasts as long as its role lets it, and of a session an hour at most', async (t) => {
  const { assume, done, role, ...port } = await stage(t);
  await role('short', trusting(root), everything);
  await done('UpdateRole', { RoleName: 'short', MaxSessionDuration: '7200' });
  const first = await assume(undefined, 'short', { DurationSeconds: '7200' });
  const keys = keysIn(first);
  assert.equal((await assume(undefined, 'short', { DurationSeconds: '7201' })).code, 'ValidationError');
  assert.equal((await assume(keys, 'short', { DurationSeconds: '3600' })).code, null);
  assert.equal((await assume(keys, 'short', { DurationSeconds: '3601' })).code, 'ValidationError');
  const lists = () => queryCall(port, 'iam', 'ListUsers', {}, keys);
  assert.equal((await lists()).code, null);
  assert.equal((await queryCall(port, 'sts', 'GetSessionToken', {}, keys)).code, 'AccessDenied');
  // What is signed now is too old an hour later: a session that is over is told so first.
  port.advance(7_000);
  assert.equal((await lists()).code, 'SignatureDoesNotMatch');
  port.advance(200);
  assert.equal((await lists()).code, 'ExpiredToken');
});

test('STS: keys and tokens that do not belong together are nobody', async (t) => {
  const { assume, done, role, user, ...port } = await stage(t);
  const ann = await user('ann', everything);
  await role('one', trusting(root), everything);
  const session = keysIn(await assume(undefined, 'one'));
  const other = keysIn(await assume(undefined, 'one'));
  const own = keysIn(await queryCall(port, 'sts', 'GetSessionToken', {}, ann));
  const { sessionToken: _, ...untold } = session;
  const who = async (keys: Credentials) => (await queryCall(port, 'sts', 'GetCallerIdentity', {}, keys)).code;
  for (const keys of [ann, session, other, own]) assert.equal(await who(keys), null);
  for (const keys of [
    { ...ann, sessionToken: session.sessionToken! },
    { ...ann, sessionToken: own.sessionToken! },
    { ...session, sessionToken: other.sessionToken! },
    { ...session, accessKeyId: other.accessKeyId },
    untold,
  ])
    assert.equal(await who(keys), 'InvalidClientTokenId');
  // What a user's own session may not: another session, and IAM.
  assert.equal((await queryCall(port, 'sts', 'GetSessionToken', {}, own)).code, 'AccessDenied');
  assert.equal((await queryCall(port, 'iam', 'ListUsers', {}, ann)).code, null);
  assert.equal((await queryCall(port, 'iam', 'ListUsers', {}, own)).code, 'InvalidClientTokenId');
  assert.equal((await queryCall(port, 'iam', 'ListUsers', {}, session)).code, null);
  // Without a name it is about who calls, and a session of a role is no user.
  assert.equal((await queryCall(port, 'iam', 'GetUser', {}, session)).code, 'ValidationError');
  await done('UpdateAccessKey', { UserName: 'ann', AccessKeyId: ann.accessKeyId, Status: 'Inactive' });
  assert.deepEqual([await who(ann), await who(own)], ['InvalidClientTokenId', 'InvalidClientTokenId']);
  await done('UpdateAccessKey', { UserName: 'ann', AccessKeyId: ann.accessKeyId, Status: 'Active' });
  assert.equal(await who(own), null);
  const { store } = port.control.services;
  const key = store.view.get('accessKey', '', ann.accessKeyId)!;
  const owned = (userName: string) =>
    store.write((transaction) => transaction.put('accessKey', '', key.accessKeyId, { ...key, userName }));
  await owned('admin');
  assert.equal(await who(own), 'InvalidClientTokenId');
  await owned('ann');
  await done('DeleteRolePolicy', { RoleName: 'one', PolicyName: 'p' });
  await done('DeleteRole', { RoleName: 'one' });
  assert.equal(await who(session), 'InvalidClientTokenId');
});
