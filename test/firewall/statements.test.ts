// Every statement of rules, over the wire: what it matches, what it does not, and what it makes of odd requests.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { CallOptions } from '../support/gateway.ts';
import {
  base64,
  bytes,
  ipSet,
  none,
  patternSet,
  rule,
  startGuarded,
  transformed,
  webAcl,
} from './support.ts';

interface Case {
  readonly what: string;
  readonly statement: unknown;
  /** Requests that are blocked, and those that are not. */
  readonly blocked: readonly Request[];
  readonly allowed: readonly Request[];
}

type Request = readonly [target: string, options?: CallOptions];

const post = (
  target: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Request => [target, { method: 'POST', body, headers }];
const withHeaders = (headers: Readonly<Record<string, string>>): Request => ['/a', { headers }];

const query = { QueryString: {} };
const path = { UriPath: {} };
const agent = { SingleHeader: { Name: 'User-Agent' } };
const body = { Body: {} };
const size = (ComparisonOperator: string, Size: number, FieldToMatch: unknown) => ({
  SizeConstraintStatement: { ComparisonOperator, Size, FieldToMatch, TextTransformations: none },
});
const regex = (RegexString: string, FieldToMatch: unknown, TextTransformations: unknown = none) => ({
  RegexMatchStatement: { RegexString, FieldToMatch, TextTransformations },
});
const jsonBody = (MatchPattern: unknown, MatchScope: string, more: object = {}) => ({
  JsonBody: { MatchPattern, MatchScope, ...more },
});
const headers = (MatchPattern: unknown, MatchScope: string, OversizeHandling = 'CONTINUE') => ({
  Headers: { MatchPattern, MatchScope, OversizeHandling },
});
const cookies = (MatchPattern: unknown, MatchScope: string, OversizeHandling = 'CONTINUE') => ({
  Cookies: { MatchPattern, MatchScope, OversizeHandling },
});
const sqli = (FieldToMatch: unknown, ...types: readonly string[]) => ({
  SqliMatchStatement: { FieldToMatch, TextTransformations: transformed(...types) },
});
const xss = (FieldToMatch: unknown, ...types: readonly string[]) => ({
  XssMatchStatement: { FieldToMatch, TextTransformations: transformed(...types) },
});
const all = { All: {} };
const local = ipSet('local', ['127.0.0.0/8']);
const elsewhere = ipSet('elsewhere', ['203.0.113.0/24', '198.51.100.7/32']);
const scanners = patternSet('scanners', '(?i)sqlmap', '^nikto/[0-9.]+$');
const forwarded = (Position: string, FallbackBehavior = 'NO_MATCH') => ({
  IPSetReferenceStatement: {
    ARN: elsewhere.ARN,
    IPSetForwardedIPConfig: { HeaderName: 'X-Forwarded-For', FallbackBehavior, Position },
  },
});
const via = (value: string): Request => withHeaders({ 'x-forwarded-for': value });

const cases: readonly Case[] = [
  {
    what: 'ByteMatch EXACTLY',
    statement: bytes('/test/a', path, 'EXACTLY'),
    blocked: [['/a']],
    allowed: [['/a/'], ['/A'], ['/ab']],
  },
  {
    what: 'ByteMatch STARTS_WITH',
    statement: bytes('x=1', query, 'STARTS_WITH'),
    blocked: [['/a?x=1'], ['/a?x=12&y']],
    allowed: [['/a?y&x=1'], ['/a']],
  },
  {
    what: 'ByteMatch ENDS_WITH',
    statement: bytes('.php', path, 'ENDS_WITH'),
    blocked: [['/index.php']],
    allowed: [['/index.php/x'], ['/index.PHP']],
  },
  {
    what: 'ByteMatch CONTAINS_WORD',
    statement: bytes('bot', agent, 'CONTAINS_WORD'),
    blocked: [withHeaders({ 'user-agent': 'a bot.' }), withHeaders({ 'user-agent': 'robot bot' })],
    allowed: [withHeaders({ 'user-agent': 'robot' }), withHeaders({ 'user-agent': 'bot_1' }), ['/a']],
  },
  {
    what: 'ByteMatch of bytes beyond ASCII',
    statement: bytes('Größe', { SingleHeader: { Name: 'x-size' } }),
    blocked: [withHeaders({ 'x-size': Buffer.from('Größe').toString('latin1') })],
    allowed: [withHeaders({ 'x-size': 'Grosse' })],
  },
  {
    what: 'ByteMatch of the method',
    statement: bytes('POST', { Method: {} }, 'EXACTLY'),
    blocked: [post('/a', 'x')],
    allowed: [['/a']],
  },
  {
    what: 'a header that is not there',
    statement: bytes('a', { SingleHeader: { Name: 'x-missing' } }),
    blocked: [withHeaders({ 'x-missing': 'a' })],
    allowed: [['/a']],
  },
  {
    what: 'SingleQueryArgument, its name encoded and in capitals',
    statement: bytes('evil', { SingleQueryArgument: { Name: 'Name' } }),
    blocked: [['/a?name=evil'], ['/a?x=1&%6eAMe=evil'], ['/a?name=good&name=evil']],
    allowed: [['/a?other=evil'], ['/a?name=good'], ['/a?evil=name']],
  },
  {
    what: 'AllQueryArguments, decoded',
    statement: bytes('<x>', { AllQueryArguments: {} }, 'CONTAINS', transformed('URL_DECODE')),
    blocked: [['/a?b=%3Cx%3E'], ['/a?b&c=1%3cx%3e']],
    allowed: [['/a?%3Cx%3E=b'], ['/a']],
  },
  {
    what: 'Headers, values of those that are included',
    statement: bytes('evil', headers({ IncludedHeaders: ['X-One', 'x-two'] }, 'VALUE')),
    blocked: [withHeaders({ 'x-one': 'evil' }), withHeaders({ 'x-two': 'so evil' })],
    allowed: [withHeaders({ 'x-three': 'evil' }), withHeaders({ evil: 'x-one' })],
  },
  {
    what: 'Headers, names of those that are not excluded',
    statement: bytes('x-evil', headers({ ExcludedHeaders: ['x-evil-but-known'] }, 'KEY')),
    blocked: [withHeaders({ 'x-evil': '1' })],
    allowed: [withHeaders({ 'x-evil-but-known': '1' }), withHeaders({ good: 'x-evil' })],
  },
  {
    what: 'Headers above 8 KB, which MATCH',
    statement: bytes('never', headers(all, 'ALL', 'MATCH')),
    blocked: [withHeaders({ 'x-long': 'a'.repeat(8_192) })],
    allowed: [withHeaders({ 'x-long': 'a'.repeat(4_000) })],
  },
  {
    what: 'Cookies, values of all',
    statement: bytes('evil', cookies(all, 'VALUE')),
    blocked: [withHeaders({ cookie: 'a=b; c=evil' }), withHeaders({ cookie: 'evil' })],
    allowed: [withHeaders({ cookie: 'evil=a' }), ['/a']],
  },
  {
    what: 'Cookies, one by its name',
    statement: bytes('x', cookies({ IncludedCookies: ['session'] }, 'ALL')),
    blocked: [withHeaders({ cookie: 'a=b; session=x' })],
    allowed: [withHeaders({ cookie: 'other=x; session=y' })],
  },
  {
    what: 'Body',
    statement: bytes('evil', body),
    blocked: [post('/a', 'so evil'), post('/a', Buffer.from([255, 0, ...Buffer.from('evil'), 254]))],
    allowed: [post('/a', 'good'), ['/a'], post('/a', `${'a'.repeat(16_384)}evil`)],
  },
  {
    what: 'Body above 16 KB, which MATCHes',
    statement: bytes('evil', { Body: { OversizeHandling: 'MATCH' } }),
    blocked: [post('/a', 'a'.repeat(16_385)), post('/a', 'evil')],
    allowed: [post('/a', 'a'.repeat(16_384))],
  },
  {
    what: 'Body above 16 KB, which does not match',
    statement: bytes('evil', { Body: { OversizeHandling: 'NO_MATCH' } }),
    blocked: [post('/a', 'evil')],
    allowed: [post('/a', `evil${'a'.repeat(16_384)}`)],
  },
  {
    what: 'JsonBody, values',
    statement: bytes('evil', jsonBody(all, 'VALUE')),
    blocked: [
      post('/a', '{"a":["b",{"c":"\\u0065vil"}]}'),
      // The first of two is what another parser may take.
      post('/a', '{"a":"evil","a":"good"}'),
      // What comes before a mistake is looked at.
      post('/a', '{"a":"evil",'),
      post('/a', '{"a":"evil'),
      // Backends read over a byte order mark.
      post('/a', '\ufeff{"a":"evil"}'),
    ],
    allowed: [post('/a', '{"evil":"a"}'), post('/a', '{"a":"good"}'), ['/a']],
  },
  {
    what: 'JsonBody, keys and values below a path',
    statement: bytes('evil', jsonBody({ IncludedPaths: ['/a/b', '/list/1'] }, 'ALL')),
    blocked: [
      post('/a', '{"a":{"b":{"c":"evil"}}}'),
      post('/a', '{"a":{"b":{"evil":1}}}'),
      post('/a', '{"list":[0,"evil"]}'),
    ],
    allowed: [
      post('/a', '{"a":{"c":"evil"}}'),
      post('/a', '{"list":["evil",0]}'),
      post('/a', '{"b":"evil"}'),
    ],
  },
  {
    what: 'JsonBody that is no JSON, which MATCHes',
    statement: bytes('evil', jsonBody(all, 'ALL', { InvalidFallbackBehavior: 'MATCH' })),
    blocked: [post('/a', '{"a":'), post('/a', 'prose'), post('/a', '{"a":1}}')],
    allowed: [post('/a', '{"a":[1,2.5e3,null,true,"x"],"b":{}}'), post('/a', '  7  '), ['/a']],
  },
  {
    what: 'JsonBody that is no JSON, as a text',
    statement: bytes('=evil', jsonBody(all, 'ALL', { InvalidFallbackBehavior: 'EVALUATE_AS_STRING' })),
    blocked: [post('/a', 'a=evil')],
    allowed: [post('/a', 'a=good'), post('/a', '{"a":"x=good"}')],
  },
  {
    what: 'SizeConstraint GT of the body',
    statement: size('GT', 10, body),
    blocked: [post('/a', 'a'.repeat(11))],
    allowed: [post('/a', 'a'.repeat(10)), ['/a']],
  },
  {
    what: 'SizeConstraint EQ 0 of the query',
    statement: size('EQ', 0, query),
    blocked: [['/a']],
    allowed: [['/a?b']],
  },
  {
    what: 'RegexMatch',
    statement: regex('^/test/(admin|[a-z]+/\\.git)(/|$)', path),
    blocked: [['/admin'], ['/x/.git/config']],
    allowed: [['/a'], ['/administrator'], ['/.git']],
  },
  {
    what: 'RegexMatch of letters beyond ASCII',
    statement: regex('^\\p{Greek}+$', query, transformed('URL_DECODE')),
    blocked: [['/a?%CE%B1%CE%B2']],
    allowed: [['/a?ab']],
  },
  {
    what: 'RegexPatternSetReference',
    statement: {
      RegexPatternSetReferenceStatement: {
        ARN: scanners.ARN,
        FieldToMatch: agent,
        TextTransformations: transformed('LOWERCASE'),
      },
    },
    blocked: [withHeaders({ 'user-agent': 'SQLMAP/1.7' }), withHeaders({ 'user-agent': 'Nikto/2.5' })],
    allowed: [withHeaders({ 'user-agent': 'x nikto/2.5' }), ['/a']],
  },
  {
    what: 'SqliMatch',
    statement: sqli({ AllQueryArguments: {} }, 'URL_DECODE'),
    blocked: [["/a?id=1'%20OR%20'1'='1"], ['/a?id=-1+union+select+1,password+from+users--']],
    allowed: [["/a?name=O'Brien"], ['/a?q=select+a+table+from+the+menu'], ['/a?id=17']],
  },
  {
    what: 'XssMatch of the body',
    statement: xss(body, 'URL_DECODE', 'HTML_ENTITY_DECODE'),
    blocked: [
      post('/a', 'comment=%3Cscript%3Ealert(1)%3C/script%3E'),
      post('/a', '&lt;img src=x onerror=alert(1)&gt;'),
    ],
    allowed: [post('/a', 'if a < b and b > c'), post('/a', 'I <3 you')],
  },
  {
    what: 'IPSetReference',
    statement: { IPSetReferenceStatement: { ARN: local.ARN } },
    blocked: [['/a'], via('8.8.8.8')],
    allowed: [],
  },
  {
    what: 'IPSetReference of the first forwarded address',
    statement: forwarded('FIRST'),
    blocked: [via('203.0.113.9'), via('198.51.100.7, 8.8.8.8')],
    allowed: [via('8.8.8.8, 203.0.113.9'), via('198.51.100.8'), via('nonsense'), ['/a']],
  },
  {
    what: 'IPSetReference of any forwarded address, where one that is none MATCHes',
    statement: forwarded('ANY', 'MATCH'),
    blocked: [via('8.8.8.8, 203.0.113.9'), via('8.8.8.8, unknown')],
    allowed: [via('8.8.8.8, 9.9.9.9'), ['/a']],
  },
  {
    what: 'IPSetReference of the last forwarded address',
    statement: forwarded('LAST'),
    blocked: [via('8.8.8.8,203.0.113.9')],
    allowed: [via('203.0.113.9,8.8.8.8')],
  },
  {
    what: 'And, Or and Not',
    statement: {
      AndStatement: {
        Statements: [
          { OrStatement: { Statements: [bytes('x', query), bytes('y', query)] } },
          { NotStatement: { Statement: bytes('ok', agent) } },
        ],
      },
    },
    blocked: [['/a?x'], ['/a?y']],
    allowed: [['/a?z'], ['/a?x', { headers: { 'user-agent': 'ok' } }]],
  },
  {
    what: 'transformations in the order of their priorities',
    statement: {
      ByteMatchStatement: {
        SearchString: base64('union select'),
        FieldToMatch: query,
        PositionalConstraint: 'CONTAINS',
        TextTransformations: [
          { Priority: 3, Type: 'COMPRESS_WHITE_SPACE' },
          { Priority: 1, Type: 'URL_DECODE' },
          { Priority: 2, Type: 'LOWERCASE' },
        ],
      },
    },
    blocked: [['/a?q=UNION%20%09%0ASelect'], ['/a?q=union++select']],
    allowed: [['/a?q=unionselect']],
  },
];

test('firewall: statements match over the wire what they say', async (t) => {
  const references = { ipSets: [local, elsewhere], regexPatternSets: [scanners] };
  const { call, guard } = await startGuarded(t, webAcl([]), { references });
  for (const { what, statement, blocked, allowed } of cases)
    await t.test(what, async () => {
      await guard(webAcl([rule('one', 0, statement)]));
      for (const [target, options] of blocked)
        assert.equal(
          (await call(target, options)).body,
          '{"message":"Forbidden"}',
          `not blocked: ${target} ${JSON.stringify(options)}`,
        );
      for (const [target, options] of allowed)
        assert.notEqual(
          (await call(target, options)).body,
          '{"message":"Forbidden"}',
          `blocked: ${target} ${JSON.stringify(options)}`,
        );
    });
});
