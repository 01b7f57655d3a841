// Regular expressions, JSON and libinjection over hostile texts: nothing hangs, nothing is passed over.

import assert from 'node:assert/strict';
import test from 'node:test';
import { loadInjection } from '../../src/firewall/injection.ts';
import { readJsonTexts } from '../../src/firewall/json-texts.ts';
import { compileAnyRegex, compileRegex } from '../../src/firewall/regex.ts';
import fc, { runs } from '../support/properties.ts';

const field = 'REGEX_PATTERN_REFERENCE_STATEMENT';
const soon = (act: () => void, what: string): void => {
  const startedMs = performance.now();
  act();
  // Linear: milliseconds. Backtracking: longer than the universe. The machine may be busy.
  assert.ok(performance.now() - startedMs < 5_000, what);
};

/** Each makes a backtracking engine search for ever in its text. */
const catastrophes: readonly (readonly [expression: string, text: string])[] = [
  ['(a+)+$', `${'a'.repeat(50_000)}!`],
  ['^(a|aa)+$', `${'a'.repeat(50_000)}!`],
  ['(x+x+)+y', 'x'.repeat(50_000)],
  ['^(\\w+\\s?)*$', `${'word '.repeat(10_000)}!`],
  ['(.*a){20}$', `${'a'.repeat(5_000)}!`],
  ['^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}', 'a'.repeat(50_000)],
  ['(a|b)*a(a|b){60}$', 'ab'.repeat(10_000)],
  ['((a{1,30}){1,30})c', 'a'.repeat(5_000)],
];

test('regular expressions: those that make others search for ever are found in time', () => {
  for (const [expression, text] of catastrophes)
    soon(() => compileRegex(expression, field)(text), expression);
});

test('regular expressions: what cannot be found in linear time, or is none, is refused', () => {
  for (const expression of [
    '(a)\\1',
    '(',
    'a{2,1}',
    '(?<=a|b*)c',
    '*',
    '',
    'a'.repeat(513),
    '(((a{1000}){1000}){1000})',
  ])
    assert.throws(() => compileRegex(expression, field), { name: 'FirewallError' }, expression);
});

const atom = fc.constantFrom('a', 'b', '.', '\\w', '\\d', '[ab]', '[^a]', '\\s', '(?i)c', '^', '$', '\\b');
const expression = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc.tuple(tie('node'), tie('node')).map((both) => both.join('')),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2,9}', '*?'))
      .map(([one, how]) => `(${one})${how}`),
  ),
})).node as fc.Arbitrary<string>;

test('regular expressions: any expression over any text is found in time, and found as JavaScript finds it', () => {
  fc.assert(
    fc.property(
      expression,
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', '1'), maxLength: 12 }),
      (source, short) => {
        const find = compileRegex(source, field);
        soon(() => find('ab1 '.repeat(2_000)), source);
        // JavaScript has no (?i) in the middle; short texts cannot make it search for ever.
        if (source.includes('(?i)')) return;
        assert.equal(find(short), new RegExp(source).test(short), `${source} in ${JSON.stringify(short)}`);
      },
    ),
    { numRuns: runs(300) },
  );
});

test('regular expressions: several are found together as one by one', () => {
  fc.assert(
    fc.property(
      fc.array(expression, { maxLength: 4 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'C', ' ', '1'), maxLength: 12 }),
      (sources, text) => {
        const one = sources.some((source) => compileRegex(source, field)(text));
        assert.equal(compileAnyRegex(sources, field)(text), one, JSON.stringify([sources, text]));
      },
    ),
    { numRuns: runs(300) },
  );
});

test('JSON texts: every key and value of any JSON is told, with its path', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 2), (value, space) => {
      const told: string[] = [];
      const wanted: string[] = [];
      const walk = (one: unknown, path: readonly string[]): void => {
        if (Array.isArray(one)) one.forEach((entry, i) => void walk(entry, [...path, String(i)]));
        else if (typeof one === 'object' && one !== null)
          for (const [key, entry] of Object.entries(one)) {
            wanted.push(`key ${[...path, key].join('/')} ${key}`);
            walk(entry, [...path, key]);
          }
        else wanted.push(`value ${path.join('/')} ${typeof one === 'string' ? one : JSON.stringify(one)}`);
      };
      walk(value, []);
      const utf8 = (text: string) => Buffer.from(text, 'latin1').toString('utf8');
      const isValid = readJsonTexts(Buffer.from(JSON.stringify(value, null, space)).toString('latin1'), {
        key: (text, path) => void told.push(`key ${path.map(utf8).join('/')} ${utf8(text)}`),
        value: (text, path) => void told.push(`value ${path.map(utf8).join('/')} ${utf8(text)}`),
      });
      assert.deepEqual([isValid, told], [true, wanted.map((one) => Buffer.from(one).toString('utf8'))]);
    }),
    { numRuns: runs(1_000) },
  );
});

const jsonPiece = fc.constantFrom(
  ...['{', '}', '[', ']', '"', ':', ',', '\\', '\\u', 'a', '1', '-', 'e', 'true', ' ', 'evil'],
);

test('JSON texts: it says of every text whether it is JSON, as JSON.parse does, and what stands in quotes is seen', () => {
  fc.assert(
    fc.property(fc.array(jsonPiece, { maxLength: 14 }), (pieces) => {
      const text = pieces.join('');
      const isValid = readJsonTexts(text, { key: () => {}, value: () => {} });
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      // What is looser than the standard would be a way around; what is stricter is looked at as a text.
      if (isValid) assert.ok(isJson || /\\/.test(text), text);
    }),
    { numRuns: runs(5_000) },
  );
});

test('JSON texts: deep and long ones are read in one pass', () => {
  for (const one of ['[', '{"a":', '"', '[[],', '{"a":1,', '\\', '"\\', '1', '[1,'])
    soon(() => readJsonTexts(one.repeat(200_000), { key: () => {}, value: () => {} }), one);
});

const loaded = loadInjection();
const skip = 'absent' in loaded && loaded.absent;

test('libinjection: one word is neither kind of injection, so that it need not be asked about one', {
  skip,
}, () => {
  const { injection, judged } = loaded as Extract<typeof loaded, { injection: unknown }>;
  fc.assert(
    fc.property(fc.stringMatching(/^\w{0,40}$/), (word) => {
      assert.deepEqual(
        [judged.isSqli(word), judged.isXss(word), injection.isSqli(word), injection.isXss(word)],
        [false, false, false, false],
      );
    }),
    { numRuns: runs(3_000) },
  );
});

test('libinjection: 64 KB of any piece are judged in time, and whatever bytes are judged', { skip }, () => {
  const { injection } = loaded as Extract<typeof loaded, { injection: unknown }>;
  for (const one of [
    "'",
    '"',
    '(',
    ')',
    '--',
    '/*',
    '<',
    '<a ',
    '&#',
    'union ',
    '0x',
    '`',
    '@',
    '\\',
    '\0',
    '\xff',
    ';',
    '<!--',
    '<%',
  ])
    soon(() => {
      const text = one.repeat(65_536 / one.length);
      injection.isSqli(text);
      injection.isXss(text);
    }, one);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      assert.equal(typeof injection.isSqli(text), 'boolean');
      assert.equal(typeof injection.isXss(text), 'boolean');
    }),
    { numRuns: runs(3_000) },
  );
});

test('libinjection: where the crate is not built, the reason is told', () => {
  const absent = loadInjection('/nowhere/');
  assert.deepEqual(absent, { absent: 'the crate native/injection is not built ("make native" builds it)' });
});
