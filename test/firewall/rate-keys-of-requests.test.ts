// By what a rate-based rule tells requests apart, and what its buckets hold.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { IncomingRequest } from '../../src/exchange/downstream.ts';
import { judge } from '../../src/firewall/firewall.ts';
import { compileWebAcl } from '../../src/firewall/index.ts';
import type { FirewallRule } from '../../src/resources/index.ts';
import { exchangeOf, free, phaseTools, references } from './exchange.ts';
import { bytes, none, rule, transformed, webAcl } from './support.ts';

type Limit = { readonly rateRps: number; readonly burst: number };

/** Rules whose buckets are remembered. @returns the key under which each request was counted; null: it was not */
function countedBy(statement: object, before: readonly FirewallRule[] = []) {
  const limits: Limit[] = [];
  const taken: string[] = [];
  const keys: string[] = [];
  const counters = {
    bucket: (key: string, limit: Limit) => {
      limits.push(limit);
      return keys.push(key) - 1;
    },
    take: (index: number) => {
      taken.push(keys[index]!.slice(keys[index]!.indexOf('/rate:') + '/rate:'.length));
      return 0;
    },
    release: () => {},
  };
  const rates = { RateBasedStatement: { Limit: 60, ...statement } };
  const acl = webAcl([...before, rule('rate', 9, rates)]);
  const compiled = compileWebAcl(acl, references, { ...free, counters });
  const keyOf = (request: Partial<IncomingRequest>): string | null => {
    void judge(exchangeOf(request), compiled, phaseTools);
    return taken.splice(0)[0] ?? null;
  };
  return { keyOf, limits };
}

const byParts = (...CustomKeys: readonly unknown[]) => ({ AggregateKeyType: 'CUSTOM_KEYS', CustomKeys });
const part = (kind: string, Name: string, TextTransformations: unknown = none) => ({
  [kind]: { Name, TextTransformations },
});

test('rate-based rule: the limit is that of five minutes, unless another window is named', () => {
  const { limits } = countedBy({ AggregateKeyType: 'IP' });
  assert.deepEqual(limits[0], { rateRps: 60 / 300, burst: 60 });
  for (const EvaluationWindowSec of [60, 120, 300, 600]) {
    const named = countedBy({ AggregateKeyType: 'IP', EvaluationWindowSec });
    assert.deepEqual(named.limits[0], { rateRps: 60 / EvaluationWindowSec, burst: 60 });
  }
});

test('rate-based rule: by a header, an argument or a cookie, which may be transformed; who has none is not counted', () => {
  const header = countedBy(byParts(part('Header', 'X-Tenant', transformed('LOWERCASE'))));
  assert.equal(header.keyOf({ headers: ['x-tenant', 'ONE'] }), '["one"]');
  assert.equal(header.keyOf({}), null);
  const argument = countedBy(byParts(part('QueryArgument', 'tenant')));
  assert.equal(argument.keyOf({ query: 'a=b&tenant=one' }), '["one"]');
  assert.equal(argument.keyOf({ query: 'a=one', headers: ['tenant', 'one'] }), null);
  const cookie = countedBy(byParts(part('Cookie', 'session')));
  assert.equal(cookie.keyOf({ headers: ['cookie', 'a=b; session=one'] }), '["one"]');
  assert.equal(cookie.keyOf({ headers: ['cookie', 'a=b'] }), null);
});

test('rate-based rule: by the verb, the path and the query', () => {
  const { keyOf } = countedBy(
    byParts(
      { HTTPMethod: {} },
      { UriPath: { TextTransformations: none } },
      { QueryString: { TextTransformations: none } },
    ),
  );
  assert.equal(keyOf({ method: 'POST', query: 'a=b' }), '["POST","/test/a","a=b"]');
});

test('rate-based rule: by labels, in whatever order rules have given them', () => {
  const labelled = (name: string, priority: number, search: string, ...names: readonly string[]) =>
    rule(name, priority, bytes(search, { QueryString: {} }), {
      Action: { Count: {} },
      RuleLabels: names.map((Name) => ({ Name })),
    });
  const mine = 'awswaf:123456789012:webacl:edge:';
  const { keyOf } = countedBy(byParts({ LabelNamespace: { Namespace: `${mine}risk:` } }), [
    labelled('first', 0, 'x', 'risk:b', 'other'),
    labelled('second', 1, 'y', 'risk:a'),
    labelled('third', 2, 'z', 'risk:a', 'risk:b'),
  ]);
  assert.notEqual(keyOf({ query: 'z' }), null);
  assert.equal(keyOf({ query: 'xy' }), keyOf({ query: 'z' }));
  assert.notEqual(keyOf({ query: 'x' }), keyOf({ query: 'z' }));
  assert.equal(keyOf({}), null);
});

test('rate-based rule: a forwarded address is a part too; one that is none decides at once', () => {
  const ForwardedIPConfig = { HeaderName: 'x-forwarded-for', FallbackBehavior: 'NO_MATCH' };
  const { keyOf } = countedBy({ ...byParts({ ForwardedIP: {} }, { IP: {} }), ForwardedIPConfig });
  const from = (...bytesOf: number[]) => String.fromCharCode(...bytesOf);
  assert.equal(
    keyOf({ headers: ['x-forwarded-for', '198.51.100.1, 8.8.8.8'] }),
    JSON.stringify([from(198, 51, 100, 1), from(203, 0, 113, 9)]),
  );
  assert.equal(keyOf({ headers: ['x-forwarded-for', 'unknown'] }), null);
  assert.equal(keyOf({}), null);
});

test('rate-based rule: one count for all that its scope lets in', () => {
  const ScopeDownStatement = bytes('x', { QueryString: {} });
  const { keyOf } = countedBy({ AggregateKeyType: 'CONSTANT', ScopeDownStatement });
  assert.deepEqual([keyOf({ query: 'x' }), keyOf({ query: 'y' })], ['', null]);
});
