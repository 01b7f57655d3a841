// Sets of characters in Java's regular expressions, as tests of one UTF-16 unit.

export type CharTest = (code: number) => boolean;

export function literalTest(char: string): CharTest {
  const code = char.charCodeAt(0);
  return (c) => c === code;
}

export function rangeTest(from: string, to: string): CharTest {
  const first = from.charCodeAt(0);
  const last = to.charCodeAt(0);
  return (c) => c >= first && c <= last;
}

/** A set without regard to case; Java folds ASCII only unless asked otherwise. */
export function foldedTest(test: CharTest): CharTest {
  return (c) => {
    if (test(c)) return true;
    if (c >= 65 && c <= 90) return test(c + 32);
    return c >= 97 && c <= 122 && test(c - 32);
  };
}

export function isWordChar(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 95 || (c >= 97 && c <= 122);
}

const between =
  (first: number, last: number): CharTest =>
  (c) =>
    c >= first && c <= last;
const either =
  (...tests: readonly CharTest[]): CharTest =>
  (c) =>
    tests.some((test) => test(c));

const LOWER = between(97, 122);
const UPPER = between(65, 90);
const DIGIT = between(48, 57);
const GRAPH = between(33, 126);
const ALPHA = either(LOWER, UPPER);
const ALNUM = either(ALPHA, DIGIT);

const POSIX: ReadonlyMap<string, CharTest> = new Map<string, CharTest>([
  ['Lower', LOWER],
  ['Upper', UPPER],
  ['ASCII', between(0, 127)],
  ['Alpha', ALPHA],
  ['Digit', DIGIT],
  ['Alnum', ALNUM],
  ['Punct', (c) => GRAPH(c) && !ALNUM(c)],
  ['Graph', GRAPH],
  ['Print', between(32, 126)],
  ['Blank', (c) => c === 32 || c === 9],
  ['Cntrl', (c) => c < 32 || c === 127],
  ['XDigit', either(DIGIT, between(65, 70), between(97, 102))],
  ['Space', (c) => c === 32 || (c >= 9 && c <= 13)],
]);

const JAVA_CLASSES: ReadonlyMap<string, string> = new Map([
  ['javaLowerCase', 'Lowercase'],
  ['javaUpperCase', 'Uppercase'],
  ['javaAlphabetic', 'Alphabetic'],
  ['javaLetter', 'L'],
  ['javaDigit', 'Nd'],
  ['javaWhitespace', 'White_Space'],
]);

const unicode = new Map<string, CharTest | null>();

/** The set that \p{name} means; null when there is none of that name. */
export function classOfProperty(name: string): CharTest | null {
  const posix = POSIX.get(name);
  if (posix !== undefined) return posix;
  if (!unicode.has(name)) unicode.set(name, unicodeClass(name));
  return unicode.get(name)!;
}

function unicodeClass(name: string): CharTest | null {
  const plain = name
    .replace(/^Is/, '')
    .replace(/^(?:general_category|gc)=/i, '')
    .replace(/^script=/i, 'Script=');
  const candidates = [JAVA_CLASSES.get(name) ?? plain, `Script=${plain}`];
  for (const candidate of candidates) {
    try {
      const pattern = new RegExp(`^\\p{${candidate}}$`, 'u');
      return (c) => pattern.test(String.fromCharCode(c));
    } catch {
      // not a property of that spelling: try the next
    }
  }
  return null;
}
