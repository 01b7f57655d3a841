import assert from 'node:assert/strict';
import test from 'node:test';
import { LinearPattern, withPatternBudget } from '../../src/models/pattern/linear-pattern.ts';
import { PatternError } from '../../src/models/pattern/parse-pattern.ts';
import fc from '../support/properties.ts';

// The JavaScript engine is the judge: the same pattern, Unicode semantics, on short texts without surrogate pairs
// (V8's look-behind reads half a pair).
const piece = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  '\\w',
  '1',
  '-',
  '\\b',
  '\\B',
  '^',
  '$',
  'é',
);
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?');
const { pattern } = fc.letrec<{ pattern: string; term: string }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(piece, quantifier).map(([one, many]) => (/^(\\[bB]|\^|\$)$/.test(one) ? one : one + many)),
    fc.tuple(tie('pattern'), quantifier).map(([inner, many]) => `(?:${inner})${many}`),
    tie('pattern').map((inner) => `(?=${inner})`),
    tie('pattern').map((inner) => `(?!${inner})`),
    tie('pattern').map((inner) => `(?<=${inner})`),
    tie('pattern').map((inner) => `(?<!${inner})`),
  ),
  pattern: fc
    .array(fc.array(tie('term'), { maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((choices) => choices.map((terms) => terms.join('')).join('|')),
}));
const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-', 'é', '\n'), maxLength: 7 });

test('models: a pattern matches exactly when the JavaScript engine says so', () => {
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 8 }), (source, texts) => {
      let mine: LinearPattern;
      try {
        mine = new LinearPattern(source);
      } catch (error) {
        // More look-arounds than we allow.
        assert.match(String(error), /look-arounds/);
        return;
      }
      const judge = new RegExp(source, 'u');
      for (const one of texts) assert.equal(mine.test(one), judge.test(one), `/${source}/ on "${one}"`);
    }),
    { numRuns: 2000 },
  );
});

test('models: patterns from real models match what they should', () => {
  const cases: [string, string[], string[]][] = [
    ['^(?=.*[A-Z])(?=.*\\d)(?!.*\\s).{8,}$', ['Passw0rdX'], ['password1', 'Sh0rt', 'Has space 1']],
    ['^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$', ['a@b.io'], ['a@b', '@b.io']],
    ['^\\d{4}-\\d{2}-\\d{2}$', ['2024-01-02'], ['2024-1-2', 'x2024-01-02']],
    [
      '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
      ['123e4567-e89b-12d3-a456-426614174000'],
      ['1-2'],
    ],
    ['^\\p{L}+$', ['été'], ['a1']],
    ['^\\uD83D\\uDE00$', ['😀'], ['😁']],
    ['[\\w.-]+', ['a.b'], ['']],
    ['a]b}', ['a]b}'], ['ab']],
  ];
  for (const [source, matching, others] of cases) {
    const compiled = new LinearPattern(source);
    for (const one of matching) assert.ok(compiled.test(one), `${source} should match ${one}`);
    for (const one of others) assert.ok(!compiled.test(one), `${source} should not match ${one}`);
  }
});

test('models: patterns that hang backtracking engines end, also on a megabyte', () => {
  const long = 'a'.repeat(1_000_000);
  for (const source of [
    '^(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '(a*)*b',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    'a*a*a*a*a*b',
    '(?=(a+)+$)(a*)*b',
    '^(?!(a+)+b).*c',
    '(.*)(.*)(.*)(.*)[^a]x',
  ]) {
    assert.equal(
      withPatternBudget(() => new LinearPattern(source).test(`${long}!`)),
      false,
      source,
    );
  }
});

test('models: a pattern that needs more than its budget is an error, not a hang', () => {
  const costly = new LinearPattern('(a|b)*a(a|b){400}c');
  let random = 1;
  const bits = Array.from({ length: 200_000 }, () => {
    random = (Math.imul(random, 48271) >>> 0) % 2147483647;
    return random % 2 === 0 ? 'a' : 'b';
  });
  assert.throws(() => withPatternBudget(() => costly.test(bits.join(''))), /too much work/);
});

test('models: a wrong or unsupported pattern is refused with its position', () => {
  const cases: [string, RegExp][] = [
    ['(a', /missing "\)" at position 2/],
    ['a)', /unmatched "\)" at position 1/],
    ['[a', /missing "\]" at position 2/],
    ['*a', /nothing to repeat at position 1/],
    ['a**', /nothing to repeat/],
    ['a{2}{3}', /nothing to repeat/],
    ['a{3,2}', /numbers out of order/],
    ['[z-a]', /range out of order/],
    ['(a)\\1', /back references are not supported at position 4/],
    ['\\Aabc', /unknown escape "\\A"/],
    ['(?i)abc', /unknown kind of group/],
    ['\\p{Nope}', /unknown Unicode property/],
    ['a{1,100000}', /repetition of more than 10000/],
    ['(a{1,1000}){1,1000}', /more than 20000 states/],
    ['((((){9999}){9999}){9999}){9999}', /more than 20000 states/],
    [`${'('.repeat(500)}${')'.repeat(500)}`, /nested too deeply/],
  ];
  for (const [source, expected] of cases) {
    assert.throws(
      () => new LinearPattern(source),
      (error) => error instanceof PatternError && expected.test(error.message),
      source,
    );
  }
});
