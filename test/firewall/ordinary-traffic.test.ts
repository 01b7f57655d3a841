// Ordinary traffic passes a strict web ACL unharmed: what people and programs send, and firewalls like to take for attacks.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import test from 'node:test';
import { loadInjection } from '../../src/firewall/injection.ts';
import { mock } from '../support/api.ts';
import type { CallOptions } from '../support/gateway.ts';
import { bytes, groupRule, rule, ruleGroup, startGuarded, transformed, webAcl } from './support.ts';

const absent = loadInjection();
const skip = 'absent' in absent && absent.absent;

const inspected = { URL: ['URL_DECODE'], HTML: ['URL_DECODE', 'HTML_ENTITY_DECODE'] };
const fields = {
  arguments: { AllQueryArguments: {} },
  body: { Body: {} },
  json: { JsonBody: { MatchPattern: { All: {} }, MatchScope: 'ALL', InvalidFallbackBehavior: 'NO_MATCH' } },
  cookies: { Cookies: { MatchPattern: { All: {} }, MatchScope: 'VALUE', OversizeHandling: 'CONTINUE' } },
  path: { UriPath: {} },
};

const sqli = (field: unknown) => ({
  SqliMatchStatement: { FieldToMatch: field, TextTransformations: transformed(...inspected.URL) },
});
const xss = (field: unknown) => ({
  XssMatchStatement: { FieldToMatch: field, TextTransformations: transformed(...inspected.HTML) },
});
const regex = (RegexString: string, FieldToMatch: unknown) => ({
  RegexMatchStatement: {
    RegexString,
    FieldToMatch,
    TextTransformations: transformed('URL_DECODE', 'LOWERCASE'),
  },
});

const isForm = bytes(
  'application/x-www-form-urlencoded',
  { SingleHeader: { Name: 'content-type' } },
  'STARTS_WITH',
);

/** Both kinds of injection, wherever they may be; paths that scanners look for. A whole form is no value, so it is not asked for SQL. */
const strict = webAcl([
  rule('sqli-arguments', 0, sqli(fields.arguments)),
  rule('sqli-json', 1, sqli(fields.json)),
  rule('sqli-cookies', 2, sqli(fields.cookies)),
  rule('sqli-path', 3, sqli(fields.path)),
  rule('xss-arguments', 4, xss(fields.arguments)),
  rule('xss-json', 5, xss(fields.json)),
  // Of forms alone: XML, and by chance a photograph, look like markup, because markup is what they are.
  rule('xss-form', 6, { AndStatement: { Statements: [isForm, xss(fields.body)] } }),
  rule('xss-cookies', 7, xss(fields.cookies)),
  rule('scanners', 8, regex('(?:^|/)(?:\\.git|\\.env|wp-admin|phpmyadmin)(?:/|$)|\\.\\./', fields.path)),
  rule('long', 9, {
    SizeConstraintStatement: {
      FieldToMatch: { QueryString: {} },
      ComparisonOperator: 'GT',
      Size: 4_096,
      TextTransformations: transformed('NONE'),
    },
  }),
]);

const json = (value: unknown): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
const form = (values: Readonly<Record<string, string>>): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(values).toString(),
});
const upload = (type: string, content: Buffer): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': type },
  body: content,
});
const multipart = (content: Buffer): CallOptions => ({
  method: 'POST',
  headers: { 'content-type': 'multipart/form-data; boundary=xYzZY' },
  body: Buffer.concat([
    Buffer.from(
      '--xYzZY\r\nContent-Disposition: form-data; name="file"; filename="holiday photo (1).jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
    ),
    content,
    Buffer.from('\r\n--xYzZY--\r\n'),
  ]),
});

const names = [
  ...[
    "O'Brien",
    "D'Angelo",
    "N'Golo Kanté",
    "Sean O'Casey-O'Neill",
    'Müller & Söhne',
    'Anne-Marie',
    'Jr., Martin Luther King',
  ],
  ...[
    'Ng',
    'Null',
    'Björk Guðmundsdóttir',
    '李小龍',
    'Łukasz Żółć',
    'Siobhán Ní Dhomhnaill',
    "Ke'Shawn",
    'X Æ A-12',
  ],
];

const prose = [
  'Please select a table from the menu and drop me a line before the union meeting.',
  "It's fine: we'll insert the key, update the list and delete what's left.",
  'Where do you want to go today? From here or from there, and in which order?',
  'Rock & roll; 50% off -- today only! (1 + 1 = 2)',
  'He said "select all" and she said "or not".',
  'Ich wähle aus der Liste; die Größe ist 10 < 20, oder?',
  'Is a < b, and b > c? See line 12.',
  'I <3 this product!!! Best > rest :-)',
  'Meeting at 10:00 -- bring a pen, e.g. a #2 pencil.',
  'The group by the fountain had a drink; the order by phone was late.',
  "Don't. Won't. Can't. Shan't: 'tis the season's end.",
  '"Quoted", (in brackets), [and more] {and more}; done.',
];

const photo = randomBytes(40_000);
const token = [
  'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9',
  randomBytes(300).toString('base64url'),
  randomBytes(256).toString('base64url'),
].join('.');

const requests: readonly (readonly [what: string, target: string, options?: CallOptions])[] = [
  ...names.map((name) => [`the name ${name}`, `/a?name=${encodeURIComponent(name)}`] as const),
  ...names.map(
    (name) =>
      [`the name ${name} in JSON`, '/a', json({ user: { name, emails: [`${name}@example.com`] } })] as const,
  ),
  ...names.map((name) => [`the name ${name} in a form`, '/a', form({ name, action: 'save' })] as const),
  ...prose.map((text) => [`prose: ${text}`, `/a?q=${encodeURIComponent(text)}`] as const),
  ...prose.map(
    (text) =>
      [`prose in JSON: ${text}`, '/a', json({ id: 7, comment: text, tags: ['select', 'union'] })] as const,
  ),
  ...prose.map((text) => [`prose in a form: ${text}`, '/a', form({ comment: text })] as const),
  ['base64', `/a?data=${encodeURIComponent(randomBytes(120).toString('base64'))}`],
  ['base64 in JSON', '/a', json({ image: randomBytes(3_000).toString('base64') })],
  ['base64url', `/a?cursor=${randomBytes(90).toString('base64url')}`],
  ['a token', `/a?token=${token}`],
  ['a digest', `/a?etag=${createHash('sha256').update('x').digest('hex')}`],
  ['UUIDs', `/a?ids=7f3e9d9e-5a5b-4a0c-9f0e-0b3c8d3f1e11,1c1a1f1e-0000-4000-8000-000000000001`],
  ['dates and times', '/a?from=2026-11-21T20:00:00%2B01:00&to=2026-11-22&tz=Europe/Z%C3%BCrich'],
  ['numbers', '/a?min=-1.5e-3&max=1,000,000.00&ratio=1/3&hex=0xff'],
  ['filters', '/a?filter=price>=10&sort=-created,%2Bname&fields=id,name,owner(id,name)'],
  ['a search', '/a?q=%22exact+phrase%22+-without+site:example.com'],
  ['a URL in an argument', '/a?return=https%3A%2F%2Fexample.com%2Fcb%3Fa%3D1%26b%3D2%23frag'],
  ['an e-mail address', '/a?mail=first.last%2Btag@sub.example.co.uk'],
  ['a telephone number', '/a?phone=%2B41%20(0)44%20123%2045%2067'],
  ['an address', `/a?street=${encodeURIComponent("12, Rue de l'Église, Bât. B #4")}`],
  ['a path with odd names', '/files/Rock%20%26%20Roll%20(1).mp3'],
  ['a version', '/v1.2.3/items;color=red/7'],
  [
    'cookies',
    '/a',
    {
      headers: {
        cookie: `_ga=GA1.2.1234.5678; session=${randomBytes(24).toString('base64url')}; prefs=a:1|b:2; theme=dark`,
      },
    },
  ],
  [
    'GraphQL',
    '/a',
    json({
      query: 'query Q($id: ID!) { user(id: $id) { name posts(first: 10, orderBy: {field: DATE}) { id } } }',
      variables: { id: 'u1' },
    }),
  ],
  ['JSON Patch', '/a', json([{ op: 'replace', path: '/a/b~1c', value: "it's" }])],
  [
    'a webhook',
    '/a',
    json({
      event: 'push',
      ref: 'refs/heads/main',
      commits: [{ message: "Fix O'Reilly's select; drop the old table", added: ['a.sql'] }],
    }),
  ],
  [
    'Markdown',
    '/a',
    json({ text: '# Title\n\n* one\n* two\n\n`code` and **bold** > quote\n\n[link](https://example.com)' }),
  ],
  ['CSV', '/a', upload('text/csv', Buffer.from('id,name\n1,"O\'Brien, P."\n2,"Smith; J."\n'))],
  [
    'XML',
    '/a',
    upload(
      'application/xml',
      Buffer.from('<?xml version="1.0"?><order id="1"><item sku="a-1">Tea &amp; more</item></order>'),
    ),
  ],
  ['an image', '/a', upload('image/jpeg', photo)],
  ['an upload in parts', '/a', multipart(photo)],
  ['an empty body', '/a', { method: 'POST' }],
  ['JSON of one scalar', '/a', json("O'Brien")],
];

/** What a strict web ACL is for. */
const attacks: readonly (readonly [what: string, target: string, options?: CallOptions])[] = [
  ['SQL in an argument', "/a?id=1'%20OR%20'1'='1"],
  ['SQL in JSON', '/a', json({ id: "1' UNION SELECT password FROM users--" })],
  ['SQL in a cookie', '/a', { headers: { cookie: "id=x' or 1=1--" } }],
  ['script in an argument', '/a?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
  ['script in JSON', '/a', json({ bio: '<img src=x onerror=alert(document.cookie)>' })],
  ['script in a form', '/a', form({ bio: '<svg/onload=alert(1)>' })],
  ["a scanner's path", '/.git/config'],
  ['a path upwards', '/files/..%2f..%2fetc/passwd'],
];

test('firewall: ordinary traffic passes a strict web ACL, and attacks do not', { skip }, async (t) => {
  const methods = { 'ANY /{proxy+}': mock('unharmed') };
  const { call } = await startGuarded(t, strict, { methods });
  const statusOf = async (target: string, options?: CallOptions): Promise<number> =>
    (await call(target, options)).status;
  const harmed: string[] = [];
  for (const [what, target, options] of requests)
    if ((await statusOf(target, options)) === 403) harmed.push(what);
  assert.deepEqual(harmed, []);
  const passed: string[] = [];
  for (const [what, target, options] of attacks)
    if ((await statusOf(target, options)) !== 403) passed.push(what);
  assert.deepEqual(passed, []);
});

test('firewall: what a group of strict rules only counts, harms nobody', { skip }, async (t) => {
  const group = ruleGroup('strict', strict.Rules);
  const counted = groupRule('strict', group, 'Count');
  const { call, gateway } = await startGuarded(t, webAcl([counted]), { references: { ruleGroups: [group] } });
  assert.equal((await call("/a?id=1'%20OR%20'1'='1")).body, 'open');
  assert.deepEqual(
    gateway.stats().firewall?.map(({ rule: name, ruleGroup: of, action }) => [name, of, action]),
    [
      ['sqli-arguments', 'strict', 'COUNT'],
      ['edge', null, 'ALLOW'],
    ],
  );
});
