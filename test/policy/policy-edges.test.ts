// Edges of policy documents at which a statement would be about more, or more people, than it says.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ContextValue, compilePolicy, PolicyError, type PolicyKind } from '../../src/policy/index.ts';

const document = (statement: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'a:B', Resource: '*', ...statement },
  });

function decide(
  statement: object,
  {
    kind = 'identity',
    resource = 'arn:aws:s:::x',
    context = {},
    principals = [] as object[],
  }: {
    kind?: PolicyKind;
    resource?: string;
    context?: Readonly<Record<string, ContextValue>>;
    principals?: object[];
  } = {},
) {
  return compilePolicy(document(statement), kind).evaluate({
    action: 'a:B',
    resource,
    context: (key) => context[key],
    principals: principals as never,
  });
}

test('policy: a principal is of the type that the statement names', () => {
  const id = 'arn:aws:iam::111122223333:user/ann';
  for (const type of ['AWS', 'Federated', 'Service', 'CanonicalUser']) {
    const ask = (named: string) =>
      decide({ Principal: { [type]: id } }, { kind: 'resource', principals: [{ type: named, id }] });
    assert.equal(ask(type), 'allow', type);
    for (const other of ['AWS', 'Federated', 'Service', 'CanonicalUser'])
      if (other !== type) assert.equal(ask(other), 'none', `${type} ${other}`);
  }
});

test('policy: an operator that is none is told also where it has no keys', () => {
  for (const name of ['StringEqual', 'ForAll:StringEquals', 'NullIfExist', ''])
    assert.throws(() => compilePolicy(document({ Condition: { [name]: {} } })), PolicyError, name);
});

test('policy: a variable of several values, or of none, is no text, also beside a ?', () => {
  for (const end of ['', '*', '/?', '?*']) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's own syntax
    const statement = { Resource: 'arn:aws:s:::${aws:PrincipalTag/Team}'.concat(end) };
    const rest = end.replaceAll('?', 'q').replaceAll('*', '');
    const ask = (value: ContextValue | undefined, named: string) =>
      decide(statement, {
        resource: `arn:aws:s:::${named}${rest}`,
        context: value === undefined ? {} : { 'aws:principaltag/team': value },
      });
    assert.equal(ask('red', 'red'), 'allow', end);
    assert.equal(ask('red', 'blue'), 'none', end);
    assert.equal(ask(['red', 'blue'], 'red,blue'), 'none', end);
    assert.equal(ask(undefined, ''), 'none', end);
    assert.equal(ask(undefined, 'undefined'), 'none', end);
  }
});

test('policy: a date without a zone is UTC, wherever the machine stands', () => {
  const zone = process.env.TZ;
  try {
    for (const there of ['America/New_York', 'Asia/Tokyo']) {
      process.env.TZ = there;
      const Condition = { DateGreaterThan: { 'aws:CurrentTime': '2024-01-02T03:04:05' } };
      const ask = (time: string) => decide({ Condition }, { context: { 'aws:currenttime': time } });
      assert.equal(ask('2024-01-02T03:04:06Z'), 'allow', there);
      assert.equal(ask('2024-01-02T03:04:04Z'), 'none', there);
    }
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});

test('policy: a trust policy names no resource', () => {
  for (const member of ['Resource', 'NotResource'])
    assert.throws(
      () => compilePolicy(document({ Resource: undefined, [member]: '*', Principal: '*' }), 'trust'),
      PolicyError,
    );
});
