// What several policies say together, and whom a statement is about: against the obvious.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type AccessRequest,
  compilePolicy,
  decidePermissions,
  isWithinLimits,
  type PrincipalName,
} from '../../src/policy/index.ts';
import fc from '../support/properties.ts';
import { type SlowPolicy, slowDecision } from './slow-evaluator.ts';

const statement = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    Action: fc.constantFrom('s:a', 's:b', 's:*', '*'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax is that of AWS
    Resource: fc.constantFrom('*', 'arn:aws:s:r:1:x', 'arn:aws:s:r:1:*', 'arn:aws:s:r:1:${aws:username}'),
  })
  .map((one) => one as SlowPolicy['Statement'] & object);
const policy = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((all) => ({ Version: '2012-10-17', Statement: all }) as SlowPolicy);
const some = fc.array(policy, { maxLength: 3 });
const request = fc
  .record({
    action: fc.constantFrom('s:a', 's:b', 't:c'),
    resource: fc.constantFrom('arn:aws:s:r:1:x', 'arn:aws:s:r:1:y'),
    name: fc.constantFrom('x', 'z'),
  })
  .map(
    ({ name, ...asked }): AccessRequest => ({
      ...asked,
      context: (key) => (key === 'aws:username' ? name : undefined),
    }),
  );

const compiled = (all: readonly SlowPolicy[]) => all.map((one) => compilePolicy(JSON.stringify(one)));

test('permissions: a denial anywhere denies, and only what a policy and every limit allow is allowed', () => {
  const decisions = { allow: 0, deny: 0, none: 0 };
  fc.assert(
    fc.property(some, fc.array(some, { maxLength: 2 }), request, (own, limits, asked) => {
      const say = (all: readonly SlowPolicy[]) => all.map((one) => slowDecision(one, asked));
      const isDenied = [own, ...limits].flatMap(say).includes('deny');
      const isWithin = limits.every((limit) => {
        const said = say(limit);
        return said.includes('allow') && !said.includes('deny');
      });
      const expected = isDenied ? 'deny' : say(own).includes('allow') && isWithin ? 'allow' : 'none';
      const permissions = { policies: compiled(own), limits: limits.map(compiled) };
      const decision = decidePermissions(permissions, asked);
      decisions[decision] += 1;
      assert.equal(decision, expected);
      assert.equal(isWithinLimits(permissions, asked), isWithin);
    }),
    { numRuns: 3_000 },
  );
  for (const count of Object.values(decisions)) assert.ok(count > 100, JSON.stringify(decisions));
});

const accounts = ['111111111111', '222222222222'];
const arns = accounts.flatMap((id) => [`arn:aws:iam::${id}:user/a`, `arn:aws:iam::${id}:role/a`]);
const services = ['apigateway.amazonaws.com', 'lambda.amazonaws.com'];
const awsPrincipal = fc.constantFrom(
  ...arns,
  ...accounts,
  ...accounts.map((id) => `arn:aws:iam::${id}:root`),
  '*',
);
const principal = fc.oneof(
  fc.constant('*'),
  fc.record(
    { AWS: fc.array(awsPrincipal, { minLength: 1, maxLength: 3 }), Service: fc.constantFrom(...services) },
    { requiredKeys: [] },
  ),
);
const names = fc.array(
  fc.oneof(
    fc.record(
      {
        type: fc.constant('AWS' as const),
        id: fc.constantFrom(...arns),
        isOnlyNamed: fc.constant(true as const),
      },
      { requiredKeys: ['type', 'id'] },
    ),
    fc.record({ type: fc.constant('Service' as const), id: fc.constantFrom(...services) }),
  ),
  { maxLength: 2 },
);

function isMeant(given: '*' | { AWS?: string[]; Service?: string }, who: readonly PrincipalName[]): boolean {
  if (given === '*' || given.AWS?.includes('*') === true) return true;
  return who.some(({ type, id, isOnlyNamed }) => {
    if (type === 'Service') return given.Service === id;
    const account = id.split(':')[4]!;
    const asAccount = [account, `arn:aws:iam::${account}:root`];
    return (given.AWS ?? []).some((one) => one === id || (isOnlyNamed !== true && asAccount.includes(one)));
  });
}

test('permissions: a statement is about whom it names, by ARN, account or service, and about nobody else', () => {
  fc.assert(
    fc.property(principal, names, fc.boolean(), (given, who, isNot) => {
      fc.pre(given === '*' || Object.keys(given).length > 0);
      const one = { Effect: 'Allow', Action: 's:a', [isNot ? 'NotPrincipal' : 'Principal']: given };
      const asked = { action: 's:a', resource: '', context: () => undefined, principals: who };
      for (const [kind, more] of [
        ['trust', {}],
        ['resource', { Resource: '*' }],
      ] as const) {
        const text = JSON.stringify({ Version: '2012-10-17', Statement: { ...one, ...more } });
        const expected = isMeant(given as never, who) !== isNot ? 'allow' : 'none';
        assert.equal(compilePolicy(text, kind).evaluate(asked), expected, `${kind} ${text}`);
      }
    }),
    { numRuns: 2_000 },
  );
});
