import assert from 'node:assert/strict';
import test from 'node:test';
import { accountId, refused, testControl } from '../../support/control.ts';

const shown = {
  throttleSettings: { burstLimit: 5_000, rateLimit: 10_000 },
  features: ['UsagePlans'],
  apiKeyVersion: '4',
};

test('account: it has usage plans, and takes a role for logs', async (t) => {
  const { call } = await testControl(t);
  assert.deepEqual(await call('GetAccount', {}), shown);
  const role = `arn:aws:iam::${accountId}:role/logs`;
  const changed = await call('UpdateAccount', {
    patchOperations: [
      { op: 'replace', path: '/cloudwatchRoleArn', value: role },
      { op: 'add', path: '/features', value: 'UsagePlans' },
    ],
  });
  assert.deepEqual(changed, { ...shown, cloudwatchRoleArn: role });
  assert.deepEqual(await call('GetAccount', {}), changed);
  const patchOperations = [{ op: 'replace', path: '/cloudwatchRoleArn', value: '' }] as const;
  assert.deepEqual(await call('UpdateAccount', { patchOperations }), shown);
});

test('account: what cannot change is refused', async (t) => {
  const { call } = await testControl(t);
  const patch = (op: 'add' | 'remove' | 'replace', path: string, value: string) =>
    call('UpdateAccount', { patchOperations: [{ op, path, value }] });
  await refused(
    patch('remove', '/features', 'UsagePlans'),
    'BadRequestException',
    'Usage Plans cannot be disabled once enabled',
  );
  await refused(patch('add', '/features', 'Other'), 'BadRequestException', /UsagePlans/);
  await refused(patch('replace', '/cloudwatchRoleArn', 'role'), 'BadRequestException', /Invalid ARN/);
  await refused(
    patch('replace', '/throttleSettings', '1'),
    'BadRequestException',
    "Invalid patch path  '/throttleSettings' specified for op 'replace'. Must be one of: [/cloudwatchRoleArn]",
  );
});
