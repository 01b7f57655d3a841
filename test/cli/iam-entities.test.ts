// What `sluice iam managed` leaves of a policy where it refuses.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { putManaged, removeManaged } from '../../src/cli/iam-entities.ts';
import { caller, testControl } from '../support/control.ts';

const documentOf = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', ...statement } });

test('sluice iam managed: a policy that cannot go, or become what it is to be, keeps all its versions', async (t) => {
  const { call, control } = await testControl(t);
  const local = {
    call: (name: never, input: never) => control.call(name, input, caller),
  } as unknown as Parameters<typeof putManaged>[0];
  const file = join(control.services.dataDir, 'policy.json');
  const { Policy } = await call('iam:CreatePolicy', {
    PolicyName: 'team',
    PolicyDocument: documentOf({ Resource: '*' }),
  });
  writeFileSync(file, documentOf({ Resource: '*' }));
  for (let version = 2; version <= 5; version++) await putManaged(local, 'team', file);
  const versions = async (): Promise<string[]> => {
    const { Versions } = await call('iam:ListPolicyVersions', { PolicyArn: Policy.Arn });
    return Versions.map(({ VersionId }: { VersionId: string }) => VersionId);
  };
  for (const text of ['{}', documentOf({ Resource: `arn:aws:s3:::${'a'.repeat(6_144)}` })]) {
    writeFileSync(file, text);
    await assert.rejects(putManaged(local, 'team', file));
    assert.deepEqual(await versions(), ['v5', 'v4', 'v3', 'v2', 'v1']);
  }
  await call('iam:CreateUser', { UserName: 'ann', PermissionsBoundary: Policy.Arn });
  await assert.rejects(removeManaged(local, 'team'), /is the permissions boundary of a user or role/);
  assert.deepEqual(await versions(), ['v5', 'v4', 'v3', 'v2', 'v1']);
});
