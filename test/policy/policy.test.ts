import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type AccessRequest,
  type ContextValue,
  compilePolicy,
  type Decision,
  evaluateAll,
  PolicyError,
  type PrincipalName,
} from '../../src/policy/index.ts';

const arn = 'arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/pets/7';

function ask(
  context: Readonly<Record<string, ContextValue>> = {},
  more: Partial<AccessRequest> = {},
): AccessRequest {
  return { action: 'execute-api:Invoke', resource: arn, context: (key) => context[key], ...more };
}

const text = (statement: object | readonly object[], version: string | null = '2012-10-17'): string =>
  JSON.stringify({ ...(version === null ? {} : { Version: version }), Statement: statement });
const allow = (more: object = {}) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...more });

const decide = (statement: object | readonly object[], request = ask()): Decision =>
  compilePolicy(text(statement)).evaluate(request);

test('policy: an explicit deny beats every allow, and silence is no decision', () => {
  const deny = { ...allow(), Effect: 'Deny' };
  const other = allow({ Action: 's3:GetObject' });
  const [allows, denies, silent] = [allow(), deny, other].map((one) => compilePolicy(text(one)));
  assert.deepEqual(
    [allows, denies, silent].map((policy) => policy!.evaluate(ask())),
    ['allow', 'deny', 'none'],
  );
  assert.equal(decide([allow(), deny, allow()]), 'deny');
  assert.equal(evaluateAll([allows!, denies!], ask()), 'deny');
  assert.equal(evaluateAll([silent!, allows!], ask()), 'allow');
  assert.equal(evaluateAll([silent!], ask()), 'none');
  assert.equal(evaluateAll([], ask()), 'none');
});

test('policy: actions match without regard to case, resources with it; a * reaches over slashes', () => {
  const cases: [statement: object, decision: Decision][] = [
    [{ Action: 'EXECUTE-API:invoke' }, 'allow'],
    [{ Action: 'execute-api:I*e' }, 'allow'],
    [{ Action: 'execute-api:Invok?' }, 'allow'],
    [{ Action: ['s3:*', 'execute-api:*'] }, 'allow'],
    [{ Action: 'execute-api:InvalidateCache' }, 'none'],
    [{ Action: undefined, NotAction: 's3:*' }, 'allow'],
    [{ Action: undefined, NotAction: ['s3:*', 'execute-api:Invoke'] }, 'none'],
    [{ Resource: 'arn:aws:execute-api:*:*:abcdef1234/*' }, 'allow'],
    [{ Resource: 'arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/*/7' }, 'allow'],
    [{ Resource: 'arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/pets/?' }, 'allow'],
    [{ Resource: 'arn:aws:execute-api:us-east-1:111122223333:ABCDEF1234/*' }, 'none'],
    [{ Resource: 'arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod' }, 'none'],
    [{ Resource: 'arn:aws:*' }, 'allow'],
    [{ Resource: undefined, NotResource: 'arn:aws:s3:::*' }, 'allow'],
    [{ Resource: undefined, NotResource: '*' }, 'none'],
  ];
  for (const [statement, decision] of cases)
    assert.equal(decide(allow(statement)), decision, JSON.stringify(statement));
});

test('policy: each condition operator holds for what it says', () => {
  const cases: [operator: string, expected: unknown, given: ContextValue | undefined, holds: boolean][] = [
    ['StringEquals', ['a', 'b'], 'b', true],
    ['StringEquals', 'a*', 'ab', false],
    ['StringEquals', 'a', undefined, false],
    ['StringNotEquals', ['a', 'b'], 'b', false],
    ['StringNotEquals', ['a', 'b'], 'c', true],
    ['StringNotEquals', 'a', undefined, true],
    ['StringEqualsIgnoreCase', 'ÄB', 'äb', true],
    ['StringNotEqualsIgnoreCase', 'AB', 'ab', false],
    ['StringLike', 'a?c*', 'abc/d', true],
    ['StringLike', 'a?c', 'ac', false],
    ['StringNotLike', 'a*', 'b', true],
    ['StringEqualsIfExists', 'a', undefined, true],
    ['StringEqualsIfExists', 'a', 'b', false],
    ['NumericEquals', 10, '10.0', true],
    ['NumericNotEquals', '10', '11', true],
    ['NumericLessThan', 10, '9', true],
    ['NumericLessThanEquals', 10, '10', true],
    ['NumericGreaterThan', 10, '10', false],
    ['NumericGreaterThanEquals', -1.5, '-1.5', true],
    ['NumericLessThan', 10, 'x', false],
    ['NumericLessThan', 10, '', false],
    ['DateEquals', '2024-01-02T03:04:05Z', '1704164645', true],
    ['DateEquals', '2024-01-02T04:04:05+01:00', '2024-01-02T03:04:05Z', true],
    ['DateEquals', '2024-01-02', '2024-01-02T00:00:00', true],
    ['DateEquals', '2024', '2024-01-01', true],
    ['DateNotEquals', '2024-01-02', '2024-01-03', true],
    ['DateLessThan', '2024-01-02', '2024-01-01T23:59:59Z', true],
    ['DateLessThanEquals', 1704164645, '2024-01-02T03:04:05Z', true],
    ['DateGreaterThan', '2024-01-02', '2024-01-02', false],
    ['DateGreaterThanEquals', '2024-01-02', '2024-01-02', true],
    ['DateGreaterThan', '2024-01-02', 'tomorrow', false],
    ['Bool', true, 'TRUE', true],
    ['Bool', 'false', 'true', false],
    ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
    ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ6', false],
    ['IpAddress', '203.0.113.0/24', '203.0.113.255', true],
    ['IpAddress', '203.0.113.0/25', '203.0.113.255', false],
    ['IpAddress', ['198.51.100.1', '203.0.113.7'], '203.0.113.7', true],
    ['IpAddress', '0.0.0.0/0', '203.0.113.7', true],
    ['IpAddress', '0.0.0.0/0', '2001:db8::1', false],
    ['IpAddress', '2001:db8::/33', '2001:db8:7fff::1', true],
    ['IpAddress', '2001:db8::/33', '2001:db8:8000::1', false],
    ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['IpAddress', '::1', '0:0:0:0:0:0:0:1', true],
    ['IpAddress', '10.0.0.0/8', 'x', false],
    ['NotIpAddress', '203.0.113.0/24', '198.51.100.1', true],
    ['NotIpAddress', '203.0.113.0/24', '203.0.113.1', false],
    ['ArnLike', 'arn:aws:iam::*:user/a*', 'arn:aws:iam::1:user/ann/x', true],
    ['ArnLike', 'arn:aws:*:*:user/ann:x', 'arn:aws:iam::1:user/ann', false],
    ['ArnLike', 'arn:aws:iam::*', 'arn:aws:iam::1:user/ann', true],
    ['ArnLike', '*', 'arn:aws:iam::1:user/ann', true],
    ['ArnLike', '*', 'ann', false],
    ['ArnEquals', 'arn:aws:sns:*:*:topic:x', 'arn:aws:sns:us-east-1:1:topic:x', true],
    ['ArnEquals', 'arn:aws:s3:::b', 'x', false],
    ['ArnNotLike', 'arn:aws:s3:::b*', 'arn:aws:s3:::c', true],
    ['ArnNotEquals', 'arn:aws:s3:::b', 'arn:aws:s3:::b', false],
    ['Null', true, undefined, true],
    ['Null', 'true', 'x', false],
    ['Null', 'false', 'x', true],
    ['Null', true, [], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', 'a', [], true],
    ['ForAllValues:StringNotEquals', 'a', ['b', 'c'], true],
    ['ForAnyValue:StringEquals', 'a', ['b', 'a'], true],
    ['ForAnyValue:StringEquals', 'a', [], false],
    ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
    ['ForAnyValue:StringNotEquals', 'a', undefined, false],
    ['ForAnyValue:StringEqualsIfExists', 'a', undefined, true],
  ];
  for (const [operator, expected, given, holds] of cases) {
    const statement = allow({ Condition: { [operator]: { 'x:Key': expected } } });
    const request = ask(given === undefined ? {} : { 'x:key': given });
    assert.equal(
      decide(statement, request),
      holds ? 'allow' : 'none',
      JSON.stringify([operator, expected, given]),
    );
  }
});

test('policy: all operators and all keys of a condition must hold', () => {
  const Condition = { StringEquals: { a: '1', b: ['2', '3'] }, Bool: { c: true } };
  const holds = { a: '1', b: '3', c: 'true' };
  assert.equal(decide(allow({ Condition }), ask(holds)), 'allow');
  for (const key of Object.keys(holds))
    assert.equal(decide(allow({ Condition }), ask({ ...holds, [key]: 'x' })), 'none', key);
  assert.equal(decide(allow({ Condition: {} })), 'allow');
});

test('policy: variables are put in from 2012-10-17 on, their values match letter for letter', () => {
  const resource = (end: string) => allow({ Resource: `arn:aws:s:::${end}` });
  const request = (end: string, context: Readonly<Record<string, ContextValue>>) =>
    ask(context, { resource: `arn:aws:s:::${end}` });
  const user = `\${aws:username}`;
  const cases: [pattern: string, given: string, name: string | undefined, decision: Decision][] = [
    [`home/${user}/*`, 'home/ann/x', 'ann', 'allow'],
    [`home/${user}/*`, 'home/bob/x', 'ann', 'none'],
    [`home/${user}/*`, 'home/bob/x', '*', 'none'],
    [`home/${user}/*`, 'home/*/x', '*', 'allow'],
    [`home/${user}`, 'home/undefined', undefined, 'none'],
    [`home/${user.replace('}', ", 'guest'}")}`, 'home/guest', undefined, 'allow'],
    [`home/${user.replace('}', ", 'guest'}")}`, 'home/ann', 'ann', 'allow'],
    [`a\${*}b`, 'a*b', 'x', 'allow'],
    [`a\${*}b`, 'axb', 'x', 'none'],
    [`a\${?}\${$}`, 'a?$', 'x', 'allow'],
  ];
  for (const [pattern, given, name, decision] of cases) {
    const asked = request(given, name === undefined ? {} : { 'aws:username': name });
    assert.equal(decide(resource(pattern), asked), decision, pattern);
  }
  for (const version of ['2008-10-17', null]) {
    const old = compilePolicy(text(resource(`home/${user}`), version));
    assert.equal(old.evaluate(request('home/ann', { 'aws:username': 'ann' })), 'none');
    assert.equal(old.evaluate(request(`home/${user}`, { 'aws:username': 'ann' })), 'allow');
  }
});

test('policy: principals are everybody, accounts, ARNs and services', () => {
  const ann: PrincipalName = { type: 'AWS', id: 'arn:aws:iam::111122223333:user/ann' };
  const service: PrincipalName = { type: 'Service', id: 'events.amazonaws.com' };
  const cases: [element: object, names: PrincipalName[], decision: Decision][] = [
    [{ Principal: '*' }, [], 'allow'],
    [{ Principal: { AWS: '*' } }, [], 'allow'],
    [{ Principal: { AWS: '111122223333' } }, [ann], 'allow'],
    [{ Principal: { AWS: 'arn:aws:iam::111122223333:root' } }, [ann], 'allow'],
    [{ Principal: { AWS: ['arn:aws:iam::999999999999:root', ann.id] } }, [ann], 'allow'],
    [{ Principal: { AWS: '999999999999' } }, [ann], 'none'],
    [{ Principal: { AWS: '111122223333' } }, [], 'none'],
    [{ Principal: { Service: service.id } }, [service], 'allow'],
    [{ Principal: { Service: service.id } }, [ann], 'none'],
    [{ Principal: { Federated: 'accounts.google.com', AWS: ann.id } }, [ann], 'allow'],
    [{ NotPrincipal: { AWS: ann.id } }, [ann], 'none'],
    [{ NotPrincipal: { AWS: ann.id } }, [service], 'allow'],
  ];
  for (const [element, principals, decision] of cases) {
    const policy = compilePolicy(text(allow(element)), 'resource');
    assert.equal(policy.evaluate(ask({}, { principals })), decision, JSON.stringify(element));
  }
  const session = compilePolicy(text(allow({ Principal: { AWS: '999999999999' } })), 'session');
  assert.equal(session.evaluate(ask()), 'allow');
});

test('policy: what is wrong with a document is said with its place', () => {
  const bad = (statement: object): string => text(allow(statement));
  const cases: [document: string, message: string | RegExp][] = [
    ['{', /^The policy is not JSON: /],
    ['[]', 'The policy is not an object'],
    ['null', 'The policy is not an object'],
    ['{"Statement":[],"Version":"2012-10-17"}', 'The policy has no Statement'],
    ['{"Version":"2012-10-17"}', 'The policy has no Statement'],
    [text(allow(), '2012-10-18'), 'The policy has the Version "2012-10-18"; expected "2012-10-17"'],
    ['{"Statements":[]}', 'The policy has the element "Statements"; expected Version, Id, Statement'],
    [
      '{"Statement":{"Effect":"Allow","Effect":"Deny"}}',
      'The policy has the member "Effect" twice in one object',
    ],
    ['{"Statement":{"\\u0041":1,"A":1}}', 'The policy has the member "A" twice in one object'],
    [text([allow(), 1 as never]), 'Statement 2 is not an object'],
    [bad({ Effect: 'allow' }), 'Statement 1 has the Effect "allow"; expected "Allow" or "Deny"'],
    [bad({ Effect: undefined }), 'Statement 1 has the Effect undefined; expected "Allow" or "Deny"'],
    [bad({ Sid: 1 }), 'Statement 1 has a Sid that is no text'],
    [bad({ Actions: '*' }), /^Statement 1 has the element "Actions"; expected Sid, Effect, /],
    [bad({ Action: undefined }), 'Statement 1 has neither Action nor NotAction'],
    [bad({ NotAction: '*' }), 'Statement 1 has both Action and NotAction; expected one of them'],
    [bad({ Action: 'GetObject' }), 'Statement 1: Action has "GetObject"; expected "service:Action" or "*"'],
    [bad({ Action: [] }), 'Statement 1: Action is an empty list'],
    [bad({ Action: {} }), 'Statement 1: Action is neither a text nor a list of texts'],
    [bad({ Resource: undefined }), 'Statement 1 has neither Resource nor NotResource'],
    [bad({ Resource: 'my-api' }), 'Statement 1: Resource has "my-api"; expected an ARN or "*"'],
    [bad({ Resource: `arn:aws:s:::\${a` }), /has a policy variable that is not closed$/],
    [bad({ Resource: `arn:aws:s:::\${}` }), /which is none$/],
    [bad({ Principal: '*' }), "Statement 1 has a Principal; a user's policy is about that user alone"],
    [bad({ Condition: [] }), 'Statement 1: Condition is not an object'],
    [
      bad({ Condition: { StringEqual: { a: 'b' } } }),
      'Statement 1: Condition: StringEqual: a: "StringEqual" is no condition operator',
    ],
    [bad({ Condition: { 'ForEach:Bool': { a: true } } }), /"ForEach:Bool" is no condition operator$/],
    [
      bad({ Condition: { NullIfExists: { a: true } } }),
      /"NullIfExists" is no condition operator: Null takes/,
    ],
    [
      bad({ Condition: { Null: { a: 'x' } } }),
      'Statement 1: Condition: Null: a: "x" is neither true nor false',
    ],
    [bad({ Condition: { Bool: { a: 'yes' } } }), /"yes" is neither true nor false$/],
    [bad({ Condition: { NumericEquals: { a: 'ten' } } }), /"ten" is no number$/],
    [bad({ Condition: { DateEquals: { a: '02.01.2024' } } }), /"02.01.2024" is no date$/],
    [bad({ Condition: { BinaryEquals: { a: '*' } } }), /"\*" is no base64$/],
    [bad({ Condition: { IpAddress: { a: '10.0.0.0/33' } } }), /"10.0.0.0\/33" is neither an IP address nor/],
    [bad({ Condition: { IpAddress: { a: '10.0.0.256' } } }), /is neither an IP address nor/],
    [bad({ Condition: { IpAddress: { a: '1::2::3' } } }), /is neither an IP address nor/],
    [bad({ Condition: { ArnLike: { a: 'x' } } }), /"x" is no ARN$/],
    [bad({ Condition: { StringEquals: { a: null } } }), /is neither a text nor a list of texts$/],
  ];
  for (const [document, message] of cases) {
    assert.throws(
      () => compilePolicy(document),
      (error) => {
        assert.ok(error instanceof PolicyError);
        if (typeof message === 'string') assert.equal(error.message, message);
        else assert.match(error.message, message);
        return true;
      },
      document,
    );
  }
  const resourceCases: [element: object, message: string][] = [
    [{}, 'Statement 1 has no Principal'],
    [
      { Principal: '*', NotPrincipal: '*' },
      'Statement 1 has both Principal and NotPrincipal; expected one of them',
    ],
    [{ Principal: 'ann' }, 'Statement 1: Principal is not an object'],
    [
      { Principal: { AWS: 'ann' } },
      'Statement 1: Principal has "ann"; expected "*", an account id or an ARN',
    ],
    [
      { Principal: { User: 'ann' } },
      'Statement 1: Principal has "User"; expected AWS, Service, Federated or CanonicalUser',
    ],
  ];
  for (const [element, message] of resourceCases)
    assert.throws(() => compilePolicy(bad(element), 'resource'), { name: 'PolicyError', message });
});

test('policy: a pattern of many stars over a long text takes steps, not forever', () => {
  const policy = compilePolicy(text(allow({ Resource: `arn:aws:s:::${'a*'.repeat(2000)}b` })));
  assert.equal(policy.evaluate(ask({}, { resource: `arn:aws:s:::${'a'.repeat(20_000)}` })), 'none');
});
