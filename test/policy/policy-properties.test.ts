import assert from 'node:assert/strict';
import test from 'node:test';
import { type AccessRequest, type ContextValue, compilePolicy } from '../../src/policy/index.ts';
import fc from '../support/properties.ts';
import { slowDecision } from './slow-evaluator.ts';

// Few letters, so that things match by chance.
const word = fc.stringMatching(/^[aB]{1,3}$/);
const wild = fc.stringMatching(/^[aB*?]{1,4}$/);
const variable = fc
  .constantFrom('aws:username', 's:One', 's:Many', 'none', '*', '?', '$')
  .map((name) => `\${${name}}`);
const withVariables = fc
  .array(fc.oneof(wild, wild, variable), { minLength: 1, maxLength: 3 })
  .map((all) => all.join(''));
const arnOf = (part: fc.Arbitrary<string>) =>
  fc
    .tuple(part, part, part)
    .map(([region, account, resource]) => `arn:aws:s:${region}:${account}:${resource}`);
const number = fc.integer({ min: -2, max: 3 });
const ip = fc
  .tuple(fc.constantFrom(10, 192), fc.nat(3), fc.nat(1), fc.nat(255))
  .map((parts) => parts.join('.'));

const oneOrMany = <T>(one: fc.Arbitrary<T>) => fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }));
const modifier = (names: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom(...names),
      fc.constantFrom('', '', 'IfExists'),
    )
    .map((parts) => parts.join(''));
const testOf = (names: readonly string[], keys: readonly string[], value: fc.Arbitrary<unknown>) =>
  fc.tuple(modifier(names), fc.constantFrom(...keys), oneOrMany(value));

const conditionTest = fc.oneof(
  testOf(
    [
      'StringEquals',
      'StringNotEquals',
      'StringEqualsIgnoreCase',
      'StringNotEqualsIgnoreCase',
      'StringLike',
      'StringNotLike',
    ],
    ['s:One', 'S:ONE', 's:Many', 's:None', 'aws:username'],
    fc.oneof(word, withVariables),
  ),
  testOf(['ArnLike', 'ArnNotLike', 'ArnEquals', 'ArnNotEquals'], ['arn:One', 's:One', 'none'], arnOf(wild)),
  testOf(
    ['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericGreaterThanEquals'],
    ['n:One', 'n:Many', 'none'],
    number,
  ),
  testOf(['Bool'], ['b:One', 'none'], fc.constantFrom(true, false, 'TRUE')),
  testOf(
    ['IpAddress', 'NotIpAddress'],
    ['ip:One', 'none'],
    fc.tuple(ip, fc.constantFrom(8, 15, 24, 30, 32, 0)).map(([base, bits]) => `${base}/${bits}`),
  ),
  fc.tuple(
    fc.constant('Null'),
    fc.constantFrom('s:One', 's:Many', 's:None', 'none'),
    oneOrMany(fc.constantFrom('true', 'false')),
  ),
);
const condition = fc.array(conditionTest, { maxLength: 3 }).map((tests) => {
  const made: Record<string, Record<string, unknown>> = {};
  for (const [operator, key, values] of tests) made[operator] = { ...made[operator], [key]: values };
  return made;
});

const action = fc.oneof(
  fc.constant('*'),
  fc.tuple(fc.constantFrom('s', 'S', 't'), wild).map(([service, name]) => `${service}:${name}`),
);
const resource = fc.oneof(fc.constant('*'), arnOf(fc.oneof(wild, withVariables)));
const either = (name: string, values: fc.Arbitrary<unknown>) =>
  fc
    .tuple(fc.constantFrom(name, name, `Not${name}`), oneOrMany(values))
    .map(([key, value]) => ({ [key]: value }));
const statement = fc
  .tuple(
    fc.constantFrom('Allow', 'Allow', 'Deny'),
    either('Action', action),
    either('Resource', resource),
    fc.option(condition, { nil: undefined }),
  )
  .map(([Effect, one, other, Condition]) => ({
    Effect,
    ...one,
    ...other,
    ...(Condition === undefined ? {} : { Condition }),
  }));
const policies = fc.record({
  Version: fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17'),
  Statement: fc.oneof(statement, fc.array(statement, { minLength: 1, maxLength: 3 })),
});

const requests = fc
  .record({
    action: fc.tuple(fc.constantFrom('s', 't'), word).map(([service, name]) => `${service}:${name}`),
    resource: arnOf(fc.oneof(word, withVariables)),
    context: fc.record<Record<string, ContextValue | undefined>>({
      'aws:username': word,
      's:one': fc.option(fc.oneof(word, arnOf(word)), { nil: undefined }),
      's:many': fc.array(word, { maxLength: 3 }),
      'arn:one': arnOf(word),
      'n:one': number.map(String),
      'n:many': fc.array(number.map(String), { maxLength: 2 }),
      'b:one': fc.constantFrom('true', 'false', 'True'),
      'ip:one': ip,
    }),
  })
  .map(({ context, ...request }): AccessRequest => ({ ...request, context: (key) => context[key] }));

test('policy: the compiled decision is the one that the specification gives when read line by line', () => {
  const decisions = { allow: 0, deny: 0, none: 0 };
  fc.assert(
    fc.property(policies, requests, (policy, request) => {
      const decision = compilePolicy(JSON.stringify(policy)).evaluate(request);
      decisions[decision] += 1;
      assert.equal(decision, slowDecision(policy, request));
    }),
    { numRuns: 5_000 },
  );
  // The property says little when one answer never comes.
  for (const count of Object.values(decisions)) assert.ok(count > 100, JSON.stringify(decisions));
});

test('policy: compiling whatever text either works or throws a PolicyError', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    policies.map((policy) => JSON.stringify(policy)),
  );
  const mutated = fc.tuple(policies, fc.nat(), fc.anything({ maxDepth: 2 })).map(([policy, at, value]) => {
    const json = JSON.stringify(policy);
    return `${json.slice(0, at % json.length)}${JSON.stringify(value) ?? ''}${json.slice((at % json.length) + 1)}`;
  });
  fc.assert(
    fc.property(fc.oneof(anything, mutated), (text) => {
      try {
        compilePolicy(text);
      } catch (error) {
        assert.equal((error as Error).name, 'PolicyError', String((error as Error).stack));
      }
    }),
    { numRuns: 3000 },
  );
});
