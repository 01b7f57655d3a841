// What a web ACL or a rule group may not say: refused where it is configured, with the field that is wrong.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  checkRuleGroup,
  compileWebAcl,
  FirewallError,
  type FirewallField,
  type References,
} from '../../src/firewall/index.ts';
import type { FirewallRule, WebAcl } from '../../src/resources/index.ts';
import { free, references } from './exchange.ts';
import { bytes, groupRule, none, rule, ruleGroup, webAcl } from './support.ts';

const uri = { UriPath: {} };
const one = bytes('x', uri);
const label = (Key: string, Scope: string) => ({ LabelMatchStatement: { Key, Scope } });
const rate = (more: object) => ({
  RateBasedStatement: { Limit: 10, AggregateKeyType: 'IP', ...more },
});
const nested = (depth: number): unknown =>
  depth === 0 ? one : { NotStatement: { Statement: nested(depth - 1) } };
const custom = (more: object) => ({ Action: { Block: { CustomResponse: { ResponseCode: 403, ...more } } } });
const header = (Name: string, Value = 'v') => ({ Name, Value });
const answers = (...ResponseHeaders: readonly object[]) => custom({ ResponseHeaders });
const inserts = (...InsertHeaders: readonly object[]) => ({
  Action: { Count: { CustomRequestHandling: { InsertHeaders } } },
});
const regex = (RegexString: string) => ({
  RegexMatchStatement: { RegexString, FieldToMatch: uri, TextTransformations: none },
});
const many = (count: number) => Array.from({ length: count }, (_, i) => header(`x-${i}`));
const group = ruleGroup('common', [rule('inner', 0, one)]);
const naming = (reference: object = {}, more: FirewallRule = {}): FirewallRule => ({
  ...groupRule('naming', group, 'None', reference),
  ...more,
});
const withGroup: References = { ...references, ruleGroup: (arn) => (arn === group.ARN ? group : null) };
const compiled = (acl: WebAcl) => compileWebAcl(acl, withGroup, free);

type Case = readonly [what: string, rule: FirewallRule, field: FirewallField];
const statement = (what: string, value: unknown, field: FirewallField): Case => [
  what,
  rule('a', 0, value),
  field,
];
const action = (what: string, more: FirewallRule, field: FirewallField): Case => [
  what,
  rule('a', 0, one, more),
  field,
];

const refused: readonly Case[] = [
  statement('statements 21 deep', nested(21), 'STATEMENT'),
  statement('a namespace without a colon at its end', label('risk', 'NAMESPACE'), 'LABEL_MATCH_STATEMENT'),
  statement('a limit below 10', rate({ Limit: 9 }), 'RATE_BASED_STATEMENT'),
  statement('a window that is none of four', rate({ EvaluationWindowSec: 90 }), 'RATE_BASED_STATEMENT'),
  statement(
    'one count for all, of every request',
    rate({ AggregateKeyType: 'CONSTANT' }),
    'RATE_BASED_STATEMENT',
  ),
  statement(
    'keys of its own, and the address',
    rate({ CustomKeys: [{ HTTPMethod: {} }] }),
    'RATE_BASED_STATEMENT',
  ),
  statement(
    'keys of its own that are not there',
    rate({ AggregateKeyType: 'CUSTOM_KEYS' }),
    'RATE_BASED_STATEMENT',
  ),
  statement(
    'a forwarded address of no header',
    rate({ AggregateKeyType: 'FORWARDED_IP' }),
    'RATE_BASED_STATEMENT',
  ),
  statement(
    'six parts of a key',
    rate({ AggregateKeyType: 'CUSTOM_KEYS', CustomKeys: Array(6).fill({ HTTPMethod: {} }) }),
    'CUSTOM_KEYS',
  ),
  statement(
    'two parts in one',
    rate({ AggregateKeyType: 'CUSTOM_KEYS', CustomKeys: [{ HTTPMethod: {}, IP: {} }] }),
    'CUSTOM_KEYS',
  ),
  statement(
    'a country of three letters',
    { GeoMatchStatement: { CountryCodes: ['CHE'] } },
    'GEO_MATCH_STATEMENT',
  ),
  statement('no country', { GeoMatchStatement: { CountryCodes: [] } }, 'GEO_MATCH_STATEMENT'),
  statement('a search for more than 200 bytes', bytes('x'.repeat(201), uri), 'BYTE_MATCH_STATEMENT'),
  statement('an expression of 513 characters', regex('x'.repeat(513)), 'REGEX_PATTERN_REFERENCE_STATEMENT'),
  statement('an expression of none', regex(''), 'REGEX_PATTERN_REFERENCE_STATEMENT'),
  statement(
    'a sensitivity that is not evaluated',
    { SqliMatchStatement: { FieldToMatch: uri, TextTransformations: none, SensitivityLevel: 'HIGH' } },
    'SQLI_MATCH_STATEMENT',
  ),
  statement(
    'two transformations of one priority',
    bytes('x', uri, 'CONTAINS', [
      { Priority: 0, Type: 'LOWERCASE' },
      { Priority: 0, Type: 'URL_DECODE' },
    ]),
    'TEXT_TRANSFORMATION',
  ),
  statement('no transformation', bytes('x', uri, 'CONTAINS', []), 'TEXT_TRANSFORMATION'),
  statement(
    'eleven transformations',
    bytes(
      'x',
      uri,
      'CONTAINS',
      Array.from({ length: 11 }, (_, Priority) => ({ Priority, Type: 'NONE' })),
    ),
    'TEXT_TRANSFORMATION',
  ),
  statement(
    'a transformation that is not evaluated',
    bytes('x', uri, 'CONTAINS', [{ Priority: 0, Type: 'JS_DECODE_EXT' }]),
    'TEXT_TRANSFORMATION',
  ),
  action('a status below 200', custom({ ResponseCode: 199 }), 'CUSTOM_RESPONSE'),
  action('a status above 599', custom({ ResponseCode: 600 }), 'CUSTOM_RESPONSE'),
  action('eleven headers of an answer', answers(...many(11)), 'CUSTOM_RESPONSE'),
  action('eleven headers for the backend', inserts(...many(11)), 'CUSTOM_REQUEST_HANDLING'),
  ...['Content-Type', 'content-length', 'Transfer-Encoding', 'Connection', 'Date', 'Upgrade'].map((name) =>
    action(`an answer with its own ${name}`, answers(header(name)), 'CUSTOM_RESPONSE'),
  ),
  action(
    'a value with a character that no field has',
    inserts(header('a', 'b\0c')),
    'CUSTOM_REQUEST_HANDLING',
  ),
  action('a header with a blank in its name', inserts(header('a b')), 'CUSTOM_REQUEST_HANDLING'),
  action('an override, of a rule that is its own', { OverrideAction: { None: {} } }, 'OVERRIDE_ACTION'),
  ['a group that has an action', naming({}, { Action: { Block: {} } }), 'RULE_ACTION'],
  ['a group that has labels', naming({}, { RuleLabels: [{ Name: 'a' }] }), 'RULE'],
  ['a group without an override', naming({}, { OverrideAction: undefined }), 'OVERRIDE_ACTION'],
  [
    'an override of a rule that the group has not',
    naming({ RuleActionOverrides: [{ Name: 'outer', ActionToUse: { Count: {} } }] }),
    'RULE_GROUP_REFERENCE_STATEMENT',
  ],
  [
    'an exclusion of a rule that the group has not',
    naming({ ExcludedRules: [{ Name: 'outer' }] }),
    'RULE_GROUP_REFERENCE_STATEMENT',
  ],
];

test('firewall: a rule that may not be so is refused, and told by which of its fields', () => {
  for (const [what, given, field] of refused)
    assert.throws(
      () => compiled(webAcl([given])),
      (error) => error instanceof FirewallError && error.field === field,
      what,
    );
});

const taken: readonly (readonly [what: string, rule: FirewallRule])[] = [
  ['statements 20 deep', rule('a', 0, nested(20))],
  ['a namespace', rule('a', 0, label('risk:', 'NAMESPACE'))],
  ['a limit of 10', rule('a', 0, rate({ Limit: 10 }))],
  ['200 bytes', rule('a', 0, bytes('x'.repeat(200), uri))],
  ['an expression of 512 characters', rule('a', 0, regex('x'.repeat(512)))],
  ['statuses from 200 on', rule('a', 0, one, custom({ ResponseCode: 200 }))],
  ['statuses up to 599', rule('a', 0, one, custom({ ResponseCode: 599 }))],
  ['ten headers', rule('a', 0, one, answers(...many(10)))],
  ['a group', naming()],
];

test('firewall: what is just within the limits is taken', () => {
  for (const [what, given] of taken) assert.doesNotThrow(() => compiled(webAcl([given])).close(), what);
});

test('firewall: a web ACL costs what the statements of its rules do', () => {
  const costs: readonly (readonly [number, unknown])[] = [
    [2, bytes('x', uri, 'EXACTLY')],
    [10, bytes('x', uri, 'CONTAINS_WORD')],
    [
      30,
      bytes('x', uri, 'CONTAINS', [
        { Priority: 0, Type: 'LOWERCASE' },
        { Priority: 1, Type: 'URL_DECODE' },
      ]),
    ],
    [20, bytes('x', { AllQueryArguments: {} })],
    [20, bytes('x', { JsonBody: { MatchPattern: { All: {} }, MatchScope: 'ALL' } })],
    [3, regex('x')],
    [1, label('x', 'LABEL')],
    [11, { NotStatement: { Statement: { AndStatement: { Statements: [one, label('x', 'LABEL')] } } } }],
    [2, rate({})],
    [12, rate({ ScopeDownStatement: one })],
    [62, rate({ AggregateKeyType: 'CUSTOM_KEYS', CustomKeys: [{ HTTPMethod: {} }, { IP: {} }] })],
  ];
  for (const [capacity, value] of costs)
    assert.equal(compiled(webAcl([rule('a', 0, value)])).capacity, capacity, JSON.stringify(value));
  // A group costs what it was made with, whatever its rules do.
  assert.equal(compiled(webAcl([naming()])).capacity, group.Capacity);
});

test('firewall: a rule group that is looked at holds no buckets afterwards', () => {
  let held = 0;
  const counters = { bucket: () => held++, take: () => 0, release: () => void held-- };
  const limiting = ruleGroup('limiting', [rule('rate', 0, rate({}))]);
  assert.equal(checkRuleGroup(limiting, references, { ...free, counters }), 2);
  assert.equal(held, 0);
});
