import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import test from 'node:test';
import { accessActs } from '../../../src/control/access/index.ts';
import { accessStore, ann, putUser } from '../../support/access.ts';
import { refused } from '../../support/control.ts';

const createdDate = '2024-01-02T03:04:05.000Z';

async function testAccess(t: { after(work: () => unknown): void }) {
  const store = await accessStore(t);
  return { store, control: { services: { store, dataDir: tmpdir(), now: () => createdDate } } };
}

const readAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'apigateway:GET', Resource: '*' },
});

test('users: one is made with nothing or with a preset, listed and removed with keys', async (t) => {
  const { store, control } = await testAccess(t);
  const made = await accessActs.iamAddUser({ userName: 'bob', preset: 'read-only' }, control);
  assert.match(made.userId, /^AIDA[A-Z0-9]{17}$/);
  const { userId } = made;
  assert.deepEqual(made, { userName: 'bob', userId, createdDate, policyNames: ['ReadOnlyAccess'], keys: [] });
  const { secretAccessKey, ...key } = await accessActs.iamCreateKey({ userName: 'bob' }, control);
  assert.match(secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  assert.deepEqual(accessActs.iamListUsers(undefined, control), [{ ...made, keys: [key] }]);
  assert.deepEqual(accessActs.iamListKeys({}, control), [key]);
  assert.deepEqual(accessActs.iamListKeys({ userName: 'bob' }, control), [key]);
  await accessActs.iamRemoveUser({ userName: 'bob' }, control);
  assert.deepEqual(store.view.list('accessKey', ''), []);
  assert.deepEqual(accessActs.iamListUsers(undefined, control), []);
});

test('users: policies are put, shown and removed', async (t) => {
  const { control } = await testAccess(t);
  await accessActs.iamAddUser({ userName: 'bob' }, control);
  const policy = { userName: 'bob', policyName: 'reads' };
  await accessActs.iamPutPolicy({ ...policy, document: readAll }, control);
  assert.deepEqual(accessActs.iamShowPolicies(policy, control), { reads: readAll });
  await accessActs.iamRemovePolicy(policy, control);
  assert.deepEqual(accessActs.iamShowPolicies(policy, control), {});
});

test('users: a key is switched off and on', async (t) => {
  const { control } = await testAccess(t);
  await accessActs.iamAddUser({ userName: 'bob' }, control);
  const { accessKeyId } = await accessActs.iamCreateKey({ userName: 'bob' }, control);
  const off = await accessActs.iamSetKeyStatus({ accessKeyId, status: 'Inactive' }, control);
  assert.deepEqual(off, { accessKeyId, userName: 'bob', status: 'Inactive', createdDate });
  const on = await accessActs.iamSetKeyStatus({ accessKeyId, status: 'Active' }, control);
  assert.equal(on.status, 'Active');
});

test('users: what is wrong is refused in the words of IAM', async (t) => {
  const { control } = await testAccess(t);
  await accessActs.iamAddUser({ userName: 'bob' }, control);
  await accessActs.iamCreateKey({ userName: 'bob' }, control);
  await accessActs.iamCreateKey({ userName: 'bob' }, control);
  const put = (document: string, userName = 'bob', policyName = 'p') =>
    accessActs.iamPutPolicy({ userName, policyName, document }, control);
  const cases: [call: Promise<unknown>, type: string, message: string | RegExp][] = [
    [
      accessActs.iamAddUser({ userName: 'bob' }, control),
      'EntityAlreadyExists',
      'User with name bob already exists.',
    ],
    [accessActs.iamAddUser({ userName: 'a b' }, control), 'InvalidInput', /^"a b" is no user name/],
    [accessActs.iamAddUser({ userName: '__proto__' }, control), 'InvalidInput', /is no user name/],
    [
      accessActs.iamCreateKey({ userName: 'eve' }, control),
      'NoSuchEntity',
      'The user with name eve cannot be found.',
    ],
    [
      accessActs.iamCreateKey({ userName: 'bob' }, control),
      'LimitExceeded',
      'Cannot exceed quota for AccessKeysPerUser: 2',
    ],
    [
      accessActs.iamRemoveKey({ accessKeyId: 'x' }, control),
      'NoSuchEntity',
      'The Access Key with id x cannot be found.',
    ],
    [
      accessActs.iamRemovePolicy({ userName: 'bob', policyName: 'toString' }, control),
      'NoSuchEntity',
      'The user policy with name toString cannot be found.',
    ],
    [put(readAll, 'eve'), 'NoSuchEntity', 'The user with name eve cannot be found.'],
    [put(readAll, 'bob', '__proto__'), 'InvalidInput', /is no policy name/],
    [put('{'), 'MalformedPolicyDocument', /^The policy is not JSON/],
    [put('{"Version":"2012-10-17"}'), 'MalformedPolicyDocument', 'The policy has no Statement'],
    [put(' '.repeat(10_241)), 'LimitExceeded', 'Maximum policy size of 10240 characters exceeded'],
  ];
  for (const [call, type, message] of cases) await refused(call, type, message);
});

test('users: the last who can do everything keeps the policy, the key and the place', async (t) => {
  const { store, control } = await testAccess(t);
  await putUser(store, ann);
  await accessActs.iamAddUser({ userName: 'bob', preset: 'administrator' }, control);
  const { userName, accessKeyId } = ann;
  const locksOut = [
    () => accessActs.iamRemoveUser({ userName }, control),
    () => accessActs.iamRemoveKey({ accessKeyId }, control),
    () => accessActs.iamSetKeyStatus({ accessKeyId, status: 'Inactive' }, control),
    () => accessActs.iamRemovePolicy({ userName, policyName: 'all' }, control),
    () => accessActs.iamPutPolicy({ userName, policyName: 'all', document: readAll }, control),
    () =>
      accessActs.iamPutPolicy(
        { userName, policyName: 'no', document: readAll.replace('Allow', 'Deny') },
        control,
      ),
  ];
  // Bob has the policy but no key.
  const before = [store.view.list('iamUser', ''), store.view.list('accessKey', '')];
  for (const act of locksOut) await refused(act(), 'DeleteConflict', /^Nobody would be left/);
  assert.deepEqual([store.view.list('iamUser', ''), store.view.list('accessKey', '')], before);
  await accessActs.iamCreateKey({ userName: 'bob' }, control);
  await accessActs.iamRemoveUser({ userName }, control);
  assert.deepEqual(
    accessActs.iamListUsers(undefined, control).map((user) => user.userName),
    ['bob'],
  );
});
