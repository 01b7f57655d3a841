// Parts of a request in their odd forms: what repeats, what is too much, and what is written in another way.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { IncomingRequest } from '../../src/exchange/downstream.ts';
import { matches } from './exchange.ts';
import { bytes, none } from './support.ts';

type Given = readonly [request: Partial<IncomingRequest>, body?: string];

interface Case {
  readonly what: string;
  readonly statement: unknown;
  readonly matching: readonly Given[];
  readonly others: readonly Given[];
}

const fields = (...headers: readonly string[]): Given => [{ headers }];
const query = (text: string): Given => [{ query: text }];
const sent = (body: string): Given => [{ method: 'POST' }, body];
const size = (ComparisonOperator: string, Size: number) => ({
  SizeConstraintStatement: {
    ComparisonOperator,
    Size,
    FieldToMatch: { QueryString: {} },
    TextTransformations: none,
  },
});
const headers = (OversizeHandling: string) => ({
  Headers: { MatchPattern: { All: {} }, MatchScope: 'ALL', OversizeHandling },
});
const cookies = (MatchPattern: unknown, OversizeHandling = 'CONTINUE') => ({
  Cookies: { MatchPattern, MatchScope: 'VALUE', OversizeHandling },
});
const json = (more: object) => ({ JsonBody: { MatchPattern: { All: {} }, MatchScope: 'ALL', ...more } });
const single = { SingleHeader: { Name: 'x-a' } };
const flat = (count: number, ...last: readonly string[]): Given =>
  fields(...Array.from({ length: count }, (_, i) => [`h${i}`, 'v']).flat(), ...last);
const long = 'a'.repeat(16_385);

const cases: readonly Case[] = [
  { what: 'size NE', statement: size('NE', 3), matching: [query('ab')], others: [query('abc')] },
  { what: 'size LE', statement: size('LE', 3), matching: [query('abc'), query('')], others: [query('abcd')] },
  { what: 'size LT', statement: size('LT', 3), matching: [query('ab')], others: [query('abc')] },
  { what: 'size GE', statement: size('GE', 3), matching: [query('abc')], others: [query('ab')] },
  {
    what: 'a header in several lines, which a backend joins',
    statement: bytes('one,two', single, 'EXACTLY'),
    matching: [fields('x-a', 'one', 'x-a', 'two'), fields('x-a', 'one,two')],
    others: [fields('x-a', 'one'), fields('x-a', 'two', 'x-a', 'one')],
  },
  {
    what: 'a header in several lines, each by itself',
    statement: bytes('one', single, 'EXACTLY'),
    matching: [fields('x-a', 'two', 'x-a', 'one')],
    others: [fields('x-a', 'one,two')],
  },
  {
    what: 'headers above 200, which MATCH',
    statement: bytes('never', headers('MATCH')),
    matching: [flat(201)],
    others: [flat(200)],
  },
  {
    what: 'headers above 200, which do not match',
    statement: bytes('evil', headers('NO_MATCH')),
    matching: [flat(199, 'x', 'evil')],
    others: [flat(200, 'x', 'evil'), fields('x', 'evil', 'y', long)],
  },
  {
    what: 'headers above 200, of which those within are looked at',
    statement: bytes('evil', headers('CONTINUE')),
    matching: [fields('x', 'evil', 'y', long), flat(199, 'x', 'evil', 'z', 'v')],
    others: [flat(200, 'x', 'evil')],
  },
  {
    what: 'cookies above 8 KB, which do not match',
    statement: bytes('evil', cookies({ All: {} }, 'NO_MATCH')),
    matching: [fields('cookie', 'a=evil')],
    others: [fields('cookie', `a=evil; b=${long}`)],
  },
  {
    what: 'cookies, whose names have capitals of their own',
    statement: bytes('evil', cookies({ IncludedCookies: ['Session'] })),
    matching: [fields('cookie', 'Session=evil'), fields('cookie', 'a=b', 'cookie', 'Session=evil')],
    others: [fields('cookie', 'session=evil')],
  },
  {
    what: 'cookies, all but some',
    statement: bytes('evil', cookies({ ExcludedCookies: ['known'] })),
    matching: [fields('cookie', 'known=good; other=evil')],
    others: [fields('cookie', 'known=evil; other=good')],
  },
  {
    what: 'paths of JSON with a slash and a tilde in them',
    statement: bytes('evil', json({ MatchPattern: { IncludedPaths: ['/a~1b', '/c~01'] } })),
    matching: [sent('{"a/b":"evil"}'), sent('{"c~1":"evil"}')],
    others: [sent('{"a":{"b":"evil"}}'), sent('{"c/":"evil"}'), sent('{"a~1b":"evil"}')],
  },
  {
    what: 'all of JSON, as the path of its root',
    statement: bytes('evil', json({ MatchPattern: { IncludedPaths: ['/'] } })),
    matching: [sent('{"a":{"b":"evil"}}'), sent('["evil"]')],
    others: [sent('{"a":"good"}')],
  },
  {
    what: 'JSON that is cut off for its length, which is no mistake of its sender',
    statement: bytes('evil', json({ InvalidFallbackBehavior: 'MATCH' })),
    matching: [sent(`{"a":"evil","b":"${long}"}`)],
    others: [sent(`{"a":"good","b":"${long}"}`)],
  },
  {
    what: 'JSON above 16 KB, which MATCHes',
    statement: bytes('evil', json({ OversizeHandling: 'MATCH' })),
    matching: [sent(`{"a":"${long}"}`)],
    others: [sent('{"a":"good"}')],
  },
  {
    what: 'JSON above 16 KB, which does not match',
    statement: bytes('evil', json({ OversizeHandling: 'NO_MATCH' })),
    matching: [sent('{"a":"evil"}')],
    others: [sent(`{"a":"evil","b":"${long}"}`)],
  },
  {
    what: 'JSON deeper than anybody means, which is none',
    statement: bytes('evil', json({ InvalidFallbackBehavior: 'MATCH' })),
    matching: [sent(`${'['.repeat(201)}${']'.repeat(201)}`)],
    others: [sent(`${'['.repeat(200)}${']'.repeat(200)}`)],
  },
];

for (const { what, statement, matching, others } of cases)
  test(`fields: ${what}`, async () => {
    for (const [isMatch, list] of [
      [true, matching],
      [false, others],
    ] as const)
      for (const [request, body] of list) {
        const bytesOfBody = body === undefined ? null : Buffer.from(body);
        const told = `${JSON.stringify(request)} ${body}`.slice(0, 200);
        assert.equal(await matches(statement, request, bytesOfBody), isMatch, told);
      }
  });
