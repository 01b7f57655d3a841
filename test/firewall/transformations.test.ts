// Text transformations: what they make of texts, and that none of them takes long over any.

import assert from 'node:assert/strict';
import test from 'node:test';
import { compileTransformations, transformationTypes } from '../../src/firewall/transformations.ts';
import fc, { runs } from '../support/properties.ts';

const transform = (type: string, text: string): string =>
  compileTransformations([{ Priority: 0, Type: type }]).list.reduce((last, one) => one(last), text);

const cases: Readonly<Record<string, readonly (readonly [given: string, made: string])[]>> = {
  NONE: [['a+B%20', 'a+B%20']],
  LOWERCASE: [['AbC-ÀZ', 'abc-Àz']],
  UPPERCASE: [['abC-àz', 'ABC-àZ']],
  URL_DECODE: [
    ['a%20b+c%3D%3d', 'a b c=='],
    ['100%', '100%'],
    ['%zz%4', '%zz%4'],
    ['%25%34%31', '%41'],
    ['%C3%A9', '\xc3\xa9'],
  ],
  URL_DECODE_UNI: [
    ['%u0041%41%uFF21%u00e9', 'AAA\xc3\xa9'],
    ['%u00', '%u00'],
  ],
  HTML_ENTITY_DECODE: [
    ['&lt;b&gt;&quot;&#x41;&#65;&amp;&#0000065', '<b>"AA&A'],
    ['&ltscript', '&ltscript'],
    ['&LT;&Lt b&', '<< b&'],
    ['&#x;&#;&nosuch;', '&#x;&#;&nosuch;'],
    ['&colon;&lpar;&Tab;', ':(\t'],
  ],
  COMPRESS_WHITE_SPACE: [['a \t\r\n\xa0 b  ', 'a b ']],
  REMOVE_WHITESPACE: [[' a \n b ', 'ab']],
  TRIM: [['\t a b \n', 'a b']],
  TRIM_LEFT: [[' a ', 'a ']],
  TRIM_RIGHT: [[' a ', ' a']],
  REMOVE_NULLS: [['a\0b\0', 'ab']],
  REPLACE_NULLS: [['a\0b', 'a b']],
  REPLACE_COMMENTS: [
    ['un/**/ion/* x */ select/* y', 'un ion  select '],
    ['a*/b', 'a*/b'],
  ],
  CMD_LINE: [['C^MD  "/c",  d;ir (x', 'cmd/c d ir(x']],
  NORMALIZE_PATH: [
    ['/a/./b//c/../d', '/a/b/d'],
    ['/../../etc/passwd', '/etc/passwd'],
    ['../a/..', '../'],
    ['/a/b/', '/a/b/'],
    ['/', '/'],
  ],
  NORMALIZE_PATH_WIN: [['\\a\\..\\b', '/b']],
  BASE64_DECODE: [
    ['c2VsZWN0', 'select'],
    ['c2Vs!ZWN0', 'sel'],
  ],
  BASE64_DECODE_EXT: [['c2Vs!Z WN0', 'select']],
  HEX_DECODE: [
    ['73656c', 'sel'],
    ['736', 's'],
  ],
  SQL_HEX_DECODE: [['a=0x414243 or 0X4', 'a=ABC or 0x4']],
  ESCAPE_SEQ_DECODE: [['\\x41\\101\\n\\\\\\q\\', 'AA\n\\\\q\\']],
  JS_DECODE: [['\\u0041\\x41\\101\\n\\q', 'AAA\nq']],
  CSS_DECODE: [['\\41 \\000041b\\z', 'AAbz']],
  UTF8_TO_UNICODE: [['\xc3\xa9a', '%u00e9a']],
  MD5: [['a', Buffer.from('0cc175b9c0f1b6a831c399e269772661', 'hex').toString('latin1')]],
  SHA256: [
    [
      'a',
      Buffer.from('ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb', 'hex').toString(
        'latin1',
      ),
    ],
  ],
};

for (const [type, pairs] of Object.entries(cases))
  test(`transformation ${type}: texts become what they hide`, () => {
    assert.deepEqual(
      pairs.map(([given]) => transform(type, given)),
      pairs.map(([, made]) => made),
    );
  });

test('transformations: each of them has a case', () => {
  assert.deepEqual(
    transformationTypes.filter((type) => cases[type] === undefined),
    [],
  );
});

/** Pieces that decoders look at. */
const piece = fc.constantFrom(
  ...[
    '%',
    '%u',
    '%2',
    '&',
    '&#',
    '&#x',
    ';',
    '\\',
    '\\u',
    '\\x',
    '\\0',
    '/*',
    '*/',
    '/',
    '..',
    '//',
    '0x',
    '0',
    'f',
  ],
  ...[
    ' ',
    '\t',
    '\0',
    '+',
    '=',
    '"',
    "'",
    '^',
    'a',
    'Z',
    '\xc3',
    '\xa9',
    '\xff',
    'lt',
    '{',
    '[',
    ']',
    '}',
    ':',
    ',',
  ],
);

test('transformations: whatever text they are given, they give bytes back, and no more than six times as many', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 60 }),
      fc.constantFrom(...transformationTypes),
      (pieces, type) => {
        const text = pieces.join('');
        const made = transform(type, text);
        assert.ok(made.length <= Math.max(32, 6 * text.length), `${type} of ${JSON.stringify(text)}`);
        assert.match(made, /^[\x00-\xff]*$/);
      },
    ),
    { numRuns: runs(2_000) },
  );
});

/** What a text of one piece, repeated, costs: a quadratic one would take minutes. */
const hostile = [
  '%',
  '&',
  '&#',
  '&#x0',
  '\\',
  '\\u',
  '/*',
  '/*/',
  '*/',
  '/../',
  './',
  '0x',
  '0x4',
  ' ',
  '"',
  '%u',
  'a',
];

test('transformations: 256 KB of any one piece are transformed in one pass', () => {
  for (const type of transformationTypes)
    for (const one of hostile) {
      const text = one.repeat(262_144 / one.length);
      const startedMs = performance.now();
      transform(type, text);
      // Linear ones take 1 to 40 ms; a quadratic one takes more than a minute. The machine may be busy.
      assert.ok(performance.now() - startedMs < 5_000, `${type} of ${JSON.stringify(one)}`);
    }
});

const refused: readonly (readonly [string, unknown])[] = [
  ['none', []],
  ['of an unknown type', [{ Priority: 0, Type: 'ROT13' }]],
  ['of a type that is not evaluated', [{ Priority: 0, Type: 'CMD_LINE_WIN' }]],
  [
    'of the same priority',
    [
      { Priority: 0, Type: 'NONE' },
      { Priority: 0, Type: 'TRIM' },
    ],
  ],
  ['without a priority', [{ Type: 'NONE' }]],
  ['that are no list', { Priority: 0, Type: 'NONE' }],
];

test('transformations: a list that cannot be done is refused', () => {
  for (const [what, list] of refused)
    assert.throws(() => compileTransformations(list), { name: 'FirewallError' }, what);
});
