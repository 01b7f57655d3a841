// The operations of wafv2 on a control plane in memory: what boto3 is not needed for.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Caller } from '../../../src/control/api/handler.ts';
import { wafv2 } from '../../../src/control/protocol/wafv2/service.ts';
import { compilePolicy } from '../../../src/policy/index.ts';
import { bytes, rule, visibility } from '../../firewall/support.ts';
import { accountId, caller, type TestControl, testControl } from '../../support/control.ts';

const Scope = 'REGIONAL' as const;
const aclOf = (Name: string, Rules: readonly unknown[] = []) => ({
  Name,
  Scope,
  Rules,
  DefaultAction: { Allow: {} },
  VisibilityConfig: visibility(Name),
});
const path = { UriPath: {} };
const refusal = (name: string, message?: RegExp) => ({ name, ...(message === undefined ? {} : { message }) });

test('wafv2: lists come in pages, in the order of names', async (t) => {
  const { call } = await testControl(t);
  for (const Name of ['c', 'a', 'b']) await call('wafv2:CreateWebACL', aclOf(Name));
  const first = await call('wafv2:ListWebACLs', { Scope, Limit: 2 });
  assert.deepEqual(
    [first.WebACLs.map(({ Name }: { Name: string }) => Name), first.NextMarker],
    [['a', 'b'], 'b'],
  );
  const last = await call('wafv2:ListWebACLs', { Scope, Limit: 2, NextMarker: first.NextMarker });
  assert.deepEqual(
    [last.WebACLs.map(({ Name }: { Name: string }) => Name), last.NextMarker],
    [['c'], undefined],
  );
});

test('wafv2: of two who change a web ACL, the second is told, and what it was stays', async (t) => {
  const { call } = await testControl(t);
  const { Summary } = await call('wafv2:CreateWebACL', aclOf('edge'));
  const { Id, LockToken } = Summary;
  const change = (token: string, Rules: readonly unknown[]) =>
    call('wafv2:UpdateWebACL', { ...aclOf('edge', Rules), Id, LockToken: token });
  const { NextLockToken } = await change(LockToken, [rule('first', 0, bytes('x', path))]);
  await assert.rejects(change(LockToken, []), refusal('WAFOptimisticLockException'));
  await assert.rejects(change(NextLockToken, [rule('bad', 0, {})]), refusal('WAFInvalidParameterException'));
  const got = await call('wafv2:GetWebACL', { Name: 'edge', Scope, Id });
  assert.deepEqual(
    [got.LockToken, got.WebACL.Rules[0].Name, got.WebACL.Capacity],
    [NextLockToken, 'first', 10],
  );
});

async function groupOf({ call }: TestControl, Rules: readonly unknown[], Capacity = 50) {
  const made = await call('wafv2:CreateRuleGroup', {
    Name: 'group',
    Scope,
    Capacity,
    Rules,
    VisibilityConfig: visibility('group'),
  });
  return made.Summary;
}

test('wafv2: a rule group is not changed so that a web ACL which names it could not be evaluated', async (t) => {
  const control = await testControl(t);
  const { call } = control;
  const one = rule('one', 0, bytes('x', path));
  const group = await groupOf(control, [one]);
  const naming = {
    Name: 'group',
    Priority: 0,
    OverrideAction: { None: {} },
    VisibilityConfig: visibility('group'),
    Statement: {
      RuleGroupReferenceStatement: {
        ARN: group.ARN,
        RuleActionOverrides: [{ Name: 'one', ActionToUse: { Count: {} } }],
      },
    },
  };
  await call('wafv2:CreateWebACL', aclOf('edge', [naming]));
  const change = (Rules: readonly unknown[]) =>
    call('wafv2:UpdateRuleGroup', {
      Name: 'group',
      Scope,
      Id: group.Id,
      LockToken: group.LockToken,
      Rules,
      VisibilityConfig: visibility('group'),
    });
  await assert.rejects(
    change([rule('other', 0, bytes('x', path))]),
    refusal('WAFInvalidParameterException', /parameter: one/),
  );
  const got = await call('wafv2:GetRuleGroup', { ARN: group.ARN });
  assert.deepEqual([got.LockToken, got.RuleGroup.Rules[0].Name], [group.LockToken, 'one']);
  await change([one, rule('other', 1, bytes('y', path))]);
});

test('wafv2: a rule group has the capacity that it was made with', async (t) => {
  const control = await testControl(t);
  const two = [rule('one', 0, bytes('x', path)), rule('two', 1, bytes('y', path))];
  await assert.rejects(
    groupOf(control, two, 19),
    refusal('WAFInvalidParameterException', /need 20 web ACL capacity units/),
  );
  await groupOf(control, two, 20);
});

test('wafv2: what a web ACL could have and is not evaluated is refused by its name', async (t) => {
  const { call } = await testControl(t);
  for (const name of [
    'CaptchaConfig',
    'ChallengeConfig',
    'TokenDomains',
    'DataProtectionConfig',
    'ApplicationConfig',
  ])
    await assert.rejects(
      call('wafv2:CreateWebACL', { ...aclOf('edge'), [name]: {} }),
      refusal('WAFInvalidParameterException', new RegExp(`does not evaluate ${name}`)),
    );
});

test('wafv2: what is served is published before a change of it is acknowledged', async (t) => {
  const { call, adoptions } = await testControl(t);
  const before = adoptions();
  const { Summary } = await call('wafv2:CreateIPSet', {
    Name: 'set',
    Scope,
    IPAddressVersion: 'IPV6',
    Addresses: ['2001:db8::/32'],
  });
  const { LockToken } = await call('wafv2:GetIPSet', { Name: 'set', Scope, Id: Summary.Id });
  await call('wafv2:UpdateIPSet', { Name: 'set', Scope, Id: Summary.Id, LockToken, Addresses: [] });
  assert.equal(adoptions(), before + 2);
  for (const Addresses of [['10.0.0.0/8'], ['::/0'], ['2001:db8::1']])
    await assert.rejects(
      call('wafv2:CreateIPSet', { Name: 'other', Scope, IPAddressVersion: 'IPV6', Addresses }),
      refusal('WAFInvalidParameterException', /IP_ADDRESS/),
    );
});

test('wafv2: policies decide on the ARN that a request is about', () => {
  const account = { partition: 'aws', region: 'us-east-1', accountId };
  const arnOf = (operation: string, json: Record<string, unknown>) =>
    wafv2.resourceArn({ operation, labels: [], path: '/', query: [], json: () => json }, account);
  const prefix = `arn:aws:wafv2:us-east-1:${accountId}:regional`;
  assert.deepEqual(
    [
      arnOf('CreateWebACL', { Name: 'edge' }),
      arnOf('GetIPSet', { Name: 'set', Id: '1' }),
      arnOf('DeleteRuleGroup', { Name: 'g', Id: '2' }),
      // A member that the operation has not is nothing that it acts on.
      arnOf('DeleteWebACL', { Name: 'edge', Id: '3', ARN: `${prefix}/webacl/mine/1` }),
      arnOf('AssociateWebACL', { WebACLArn: `${prefix}/webacl/edge/1`, ResourceArn: 'arn:aws:apigateway:x' }),
      arnOf('ListWebACLs', {}),
      wafv2.actionOf('AssociateWebACL'),
    ],
    [
      `${prefix}/webacl/edge/*`,
      `${prefix}/ipset/set/1`,
      `${prefix}/rulegroup/g/2`,
      `${prefix}/webacl/edge/3`,
      `${prefix}/webacl/edge/1`,
      '*',
      'wafv2:AssociateWebACL',
    ],
  );
});

test('wafv2: whoever puts a stage behind a web ACL, or takes it away, needs apigateway:SetWebACL on it', async (t) => {
  const { call, control } = await testControl(t);
  const { id: restApiId } = await call('CreateRestApi', { name: 'api' });
  const { item } = await call('GetResources', { restApiId });
  const at = { restApiId, resourceId: item[0].id, httpMethod: 'GET' };
  await call('PutMethod', { ...at, authorizationType: 'NONE' });
  await call('PutIntegration', { ...at, type: 'MOCK' });
  await call('CreateDeployment', { restApiId, stageName: 'prod' });
  const ResourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}/stages/prod`;
  const whoMay = (...statements: readonly object[]): Caller => {
    const Statement = statements.map((one) => ({ Effect: 'Allow', Resource: '*', ...one }));
    const policy = compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement }));
    const decide = (action: string, resource: string) =>
      policy.evaluate({ action, resource, context: () => undefined });
    return { ...caller, identity: { signer: {} as never, context: () => undefined, decide } };
  };
  const arnOf = async (name: string) => (await call('wafv2:CreateWebACL', aclOf(name))).Summary.ARN as string;
  const [strict, lax] = [await arnOf('strict'), await arnOf('lax')];
  const associate = (WebACLArn: string, who: Caller) =>
    control.call('wafv2:AssociateWebACL', { WebACLArn, ResourceArn }, who);
  const disassociate = (who: Caller) => control.call('wafv2:DisassociateWebACL', { ResourceArn }, who);
  const ofWaf = whoMay({ Action: 'wafv2:*' });
  const ofOthers = whoMay(
    { Action: 'wafv2:*' },
    { Action: 'apigateway:SetWebACL', Resource: `${ResourceArn}2` },
  );
  const ofStage = whoMay({ Action: 'wafv2:*' }, { Action: 'apigateway:SetWebACL', Resource: ResourceArn });
  await associate(strict, ofStage);
  for (const who of [ofWaf, ofOthers]) {
    await assert.rejects(associate(lax, who), refusal('AccessDeniedException', /apigateway:SetWebACL/));
    await assert.rejects(disassociate(who), refusal('AccessDeniedException', /apigateway:SetWebACL/));
  }
  const { WebACL } = await call('wafv2:GetWebACLForResource', { ResourceArn });
  assert.equal(WebACL.Name, 'strict');
  await disassociate(ofStage);
  assert.deepEqual(await call('wafv2:GetWebACLForResource', { ResourceArn }), {});
});
