// How much of everything there may be, and which tags: over the wire, without boto3.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Transaction } from '../../../src/store/index.ts';
import { type GuardedPort, guardedPort } from '../../support/guarded-port.ts';
import { queryCall, statement, told } from '../../support/query-call.ts';

type Members = Readonly<Record<string, string>>;

const createdDate = '2024-01-01T00:00:00Z';
const root = 'arn:aws:iam::111122223333:root';
const everything = statement({ Action: '*', Resource: '*' });
const trusting = statement({ Action: 'sts:AssumeRole', Principal: { AWS: root } });
const policyArn = (name: string): string => `arn:aws:iam::111122223333:policy/${name}`;
const policy = (policyName: string) => ({
  policyName,
  policyId: `ANPA${policyName}`,
  arn: policyArn(policyName),
  createdDate,
  updatedDate: createdDate,
  defaultVersionId: 'v1',
  versions: [{ versionId: 'v1', document: everything, createdDate }],
  nextVersion: 2,
});

async function stage(t: { after(work: () => unknown): void }) {
  const port: GuardedPort = await guardedPort(t);
  const ask = (action: string, members: Members) => queryCall(port, 'iam', action, members);
  return {
    ask,
    store: port.control.services.store,
    done: async (action: string, members: Members) => {
      const answer = await ask(action, members);
      assert.equal(answer.code, null, answer.body);
      return answer;
    },
    refused: async (action: string, members: Members, code: string, message: string | RegExp) => {
      const answer = await ask(action, members);
      assert.equal(answer.code, code, `${action}: ${answer.body}`);
      assert.equal(answer.status, code === 'LimitExceeded' ? 409 : 400);
      if (typeof message === 'string') assert.equal(told(answer, 'Message'), message);
      else assert.match(told(answer, 'Message'), message);
    },
  };
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `n${i}`);

test('IAM: an account has so many users, groups, roles and policies, and not one more', async (t) => {
  const { ask, done, refused, store } = await stage(t);
  const cases: [
    action: string,
    max: number,
    quota: string,
    members: (name: string) => Members,
    put: (transaction: Transaction, name: string) => void,
  ][] = [
    [
      'CreateGroup',
      300,
      'GroupsPerAccount',
      (GroupName) => ({ GroupName }),
      (transaction, groupName) =>
        transaction.put('iamGroup', '', groupName, {
          groupName,
          groupId: groupName,
          createdDate,
          policies: {},
        }),
    ],
    [
      'CreateRole',
      1_000,
      'RolesPerAccount',
      (RoleName) => ({ RoleName, AssumeRolePolicyDocument: trusting }),
      (transaction, roleName) =>
        transaction.put('iamRole', '', roleName, {
          roleName,
          roleId: roleName,
          createdDate,
          assumeRolePolicy: trusting,
          trustedIds: {},
          maxSessionSeconds: 3_600,
          policies: {},
        }),
    ],
    [
      'CreatePolicy',
      1_500,
      'PoliciesPerAccount',
      (PolicyName) => ({ PolicyName, PolicyDocument: everything }),
      (transaction, name) => transaction.put('iamPolicy', '', policyArn(name), policy(name)),
    ],
    [
      'CreateUser',
      5_000,
      'UsersPerAccount',
      (UserName) => ({ UserName }),
      (transaction, userName) =>
        transaction.put('iamUser', '', userName, { userName, userId: userName, createdDate, policies: {} }),
    ],
  ];
  for (const [action, max, quota, members, put] of cases) {
    // The administrator is a user.
    const others = action === 'CreateUser' ? max - 2 : max - 1;
    await store.write((transaction) => {
      for (const name of numbered(others)) put(transaction, name);
    });
    await done(action, members('last'));
    await refused(action, members('beyond'), 'LimitExceeded', `Cannot exceed quota for ${quota}: ${max}`);
    // What is there already is told as that.
    assert.equal((await ask(action, members('LAST'))).code, 'EntityAlreadyExists');
  }
});

test("IAM: ten policies are attached at most, ten groups are a user's, and what is there again counts once", async (t) => {
  const { done, refused, store } = await stage(t);
  await store.write((transaction) => {
    for (const name of numbered(11)) transaction.put('iamPolicy', '', policyArn(name), policy(name));
  });
  await done('CreateUser', { UserName: 'x' });
  await done('CreateGroup', { GroupName: 'x' });
  await done('CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: trusting });
  for (const kind of ['User', 'Group', 'Role']) {
    const attach = (name: string): Members => ({ [`${kind}Name`]: 'x', PolicyArn: policyArn(name) });
    for (const name of numbered(10)) await done(`Attach${kind}Policy`, attach(name));
    const words = `Cannot exceed quota for PoliciesPer${kind}: 10`;
    await refused(`Attach${kind}Policy`, attach('n10'), 'LimitExceeded', words);
    await done(`Attach${kind}Policy`, attach('n9'));
    const { body } = await done(`ListAttached${kind}Policies`, { [`${kind}Name`]: 'x' });
    assert.equal(body.match(/<PolicyArn>/g)?.length, 10);
    await done(`Detach${kind}Policy`, attach('n0'));
    await done(`Attach${kind}Policy`, attach('n10'));
  }
  const join = (GroupName: string): Members => ({ GroupName, UserName: 'x' });
  for (const GroupName of numbered(11)) await done('CreateGroup', { GroupName });
  for (const name of numbered(10)) await done('AddUserToGroup', join(name));
  const words = 'Cannot exceed quota for GroupsPerUser: 10';
  await refused('AddUserToGroup', join('n10'), 'LimitExceeded', words);
  await done('AddUserToGroup', join('n9'));
  const { body } = await done('ListGroupsForUser', { UserName: 'x' });
  assert.equal(body.match(/<GroupName>/g)?.length, 10);
});

test('IAM: a user has two keys, and a policy five versions', async (t) => {
  const { done, refused } = await stage(t);
  await done('CreateUser', { UserName: 'x' });
  for (let i = 0; i < 2; i++) await done('CreateAccessKey', { UserName: 'x' });
  const ofKeys = 'Cannot exceed quota for AccessKeysPerUser: 2';
  await refused('CreateAccessKey', { UserName: 'x' }, 'LimitExceeded', ofKeys);
  await done('CreatePolicy', { PolicyName: 'x', PolicyDocument: everything });
  const next = { PolicyArn: policyArn('x'), PolicyDocument: everything };
  for (let i = 0; i < 4; i++) await done('CreatePolicyVersion', next);
  await refused('CreatePolicyVersion', next, 'LimitExceeded', /can have up to 5 versions/);
});

test('IAM: a document is so long and no longer, blanks not counted; those of one entity are counted together', async (t) => {
  const { done, refused } = await stage(t);
  /** One of so many characters beside blanks. */
  const sized = (size: number): string => {
    const bare = statement({ Action: 'a:b', Resource: '*', Sid: '' });
    return `${statement({ Action: 'a:b', Resource: '*', Sid: 'a'.repeat(size - bare.length) })}${' \t\r\n'.repeat(9)}`;
  };
  await done('CreatePolicy', { PolicyName: 'x', PolicyDocument: sized(6_144) });
  const words = 'Cannot exceed quota for PolicySize: 6144';
  const tooLong = { PolicyDocument: sized(6_145) };
  await refused('CreatePolicy', { PolicyName: 'y', ...tooLong }, 'LimitExceeded', words);
  await done('CreatePolicyVersion', { PolicyArn: policyArn('x'), PolicyDocument: sized(6_144) });
  await refused('CreatePolicyVersion', { PolicyArn: policyArn('x'), ...tooLong }, 'LimitExceeded', words);

  await done('CreateUser', { UserName: 'x' });
  await done('CreateGroup', { GroupName: 'x' });
  await done('CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: trusting });
  for (const kind of ['User', 'Group', 'Role']) {
    const put = (PolicyName: string, size: number): Members => ({
      [`${kind}Name`]: 'x',
      PolicyName,
      PolicyDocument: sized(size),
    });
    await done(`Put${kind}Policy`, put('a', 5_120));
    await done(`Put${kind}Policy`, put('b', 5_120));
    const beyond = `Maximum policy size of 10240 bytes exceeded for ${kind.toLowerCase()} x`;
    await refused(`Put${kind}Policy`, put('b', 5_121), 'LimitExceeded', beyond);
    await refused(`Put${kind}Policy`, put('c', 100), 'LimitExceeded', beyond);
    // What takes another's place is not counted beside it.
    await done(`Put${kind}Policy`, put('a', 5_119));
  }
});

test('IAM: fifty tags, each under a key of its own, and none that begins with aws:', async (t) => {
  const { done, refused } = await stage(t);
  const tags = (...keys: string[]): Members =>
    Object.fromEntries(
      keys.flatMap((key, i) => [
        [`Tags.member.${i + 1}.Key`, key],
        [`Tags.member.${i + 1}.Value`, 'v'],
      ]),
    );
  const kinds: [kind: string, name: (name: string) => Members, known: Members, more: Members][] = [
    ['User', (UserName) => ({ UserName }), { UserName: 'x' }, {}],
    ['Role', (RoleName) => ({ RoleName }), { RoleName: 'x' }, { AssumeRolePolicyDocument: trusting }],
    [
      'Policy',
      (PolicyName) => ({ PolicyName }),
      { PolicyArn: policyArn('x') },
      { PolicyDocument: everything },
    ],
  ];
  for (const [kind, name, known, more] of kinds) {
    await done(`Create${kind}`, { ...name('x'), ...more, ...tags(...numbered(49)) });
    for (const [action, members] of [
      [`Tag${kind}`, known],
      [`Create${kind}`, { ...name('y'), ...more }],
    ] as const) {
      for (const key of ['aws:x', 'AWS:x', 'aWs:'])
        await refused(
          action,
          { ...members, ...tags('fine', key) },
          'InvalidInput',
          /may not begin with aws:/,
        );
      await refused(
        action,
        { ...members, ...tags('a', 'b', 'a') },
        'InvalidInput',
        /^Duplicate tag keys found/,
      );
      if (kind !== 'Policy')
        await refused(action, { ...members, ...tags('a', 'A') }, 'InvalidInput', /^Duplicate tag keys found/);
    }
    await done(`Tag${kind}`, { ...known, ...tags('of-aws:x') });
    const full = 'The number of tags has reached the maximum limit: 50';
    await refused(`Tag${kind}`, { ...known, ...tags('one-more') }, 'LimitExceeded', full);
    // One that is there has another value then: of users and roles in whatever case, of policies it would be another.
    if (kind === 'Policy') await refused('TagPolicy', { ...known, ...tags('N0') }, 'LimitExceeded', full);
    const first = kind === 'Policy' ? 'n0' : 'N0';
    await done(`Tag${kind}`, { ...known, ...tags(first, 'n1') });
    const { body } = await done(`List${kind}Tags`, known);
    const keys = [...body.matchAll(/<Key>([^<]*)</g)].map(([, key]) => key);
    assert.deepEqual(keys.sort(), [first, ...numbered(49).slice(1), 'of-aws:x'].sort());
    await done(`Untag${kind}`, { ...known, 'TagKeys.member.1': first });
    await done(`Tag${kind}`, { ...known, ...tags('one-more') });
  }
  const both = { ...tags('Team', 'team'), PolicyName: 'cased', PolicyDocument: everything };
  assert.equal((await done('CreatePolicy', both)).body.match(/<Key>team</gi)?.length, 2);
});
