// Sets of code points, kept as flat sorted ranges [low, high, low, high, ...], both ends included.

export type CharSet = readonly number[];

const codePointMax = 0x10ffff;

/** Sorts and merges ranges that may overlap. */
export function normalizeSet(ranges: CharSet): CharSet {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i]!, ranges[i + 1]!]);
  pairs.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [low, high] of pairs) {
    const last = merged.length - 1;
    if (last > 0 && low <= merged[last]! + 1) merged[last] = Math.max(merged[last]!, high);
    else merged.push(low, high);
  }
  return merged;
}

/** Everything that is not in `set`. */
export function invertSet(set: CharSet): CharSet {
  const inverted: number[] = [];
  let from = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i]! > from) inverted.push(from, set[i]! - 1);
    from = set[i + 1]! + 1;
  }
  if (from <= codePointMax) inverted.push(from, codePointMax);
  return inverted;
}

export function setHas(set: CharSet, code: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (code >= set[i]! && code <= set[i + 1]!) return true;
  return false;
}

export const digits: CharSet = [0x30, 0x39];
export const wordChars: CharSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
/** ECMA 262 WhiteSpace and LineTerminator. */
export const spaces: CharSet = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];
/** What `.` matches: all but ECMA 262 line terminators. */
export const anyButNewline: CharSet = invertSet([0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029]);

const properties = new Map<string, CharSet | undefined>();

/**
 * The set of a Unicode property such as `L` or `Script=Greek`.
 *
 * @returns undefined when the engine's Unicode tables do not know the name
 */
export function propertySet(name: string): CharSet | undefined {
  if (!properties.has(name)) properties.set(name, readProperty(name));
  return properties.get(name);
}

// One walk over all code points (about 40 ms), once per name: the tables themselves are not open to scripts.
function readProperty(name: string): CharSet | undefined {
  if (!/^[A-Za-z0-9_]{1,40}(=[A-Za-z0-9_]{1,40})?$/.test(name)) return undefined;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^\\p{${name}}$`, 'u');
  } catch {
    return undefined;
  }
  const ranges: number[] = [];
  for (let code = 0; code <= codePointMax; code++) {
    if (!pattern.test(String.fromCodePoint(code))) continue;
    if (ranges.length > 0 && ranges[ranges.length - 1] === code - 1) ranges[ranges.length - 1] = code;
    else ranges.push(code, code);
  }
  return ranges;
}
