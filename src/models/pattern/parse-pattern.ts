// Reads an ECMA 262 regular expression into a tree. What no linear-time matcher can run is refused here.

import {
  anyButNewline,
  type CharSet,
  digits,
  invertSet,
  normalizeSet,
  propertySet,
  spaces,
  wordChars,
} from './char-set.ts';

export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly what: 'start' | 'end' | 'word'; readonly wanted: boolean }
  /** Index into `ParsedPattern.looks`. */
  | { readonly kind: 'look'; readonly index: number; readonly wanted: boolean };

export interface Look {
  readonly node: PatternNode;
  readonly behind: boolean;
}

export interface ParsedPattern {
  readonly node: PatternNode;
  /** Look-arounds, inner ones before those that hold them. */
  readonly looks: readonly Look[];
}

/** A regular expression that is wrong, or that cannot be matched in linear time. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

const depthMax = 200;
const looksMax = 8;
/** Counted repetition beyond this is refused: `x{1,100000}` would need as many states. */
const repeatMax = 10_000;

/** @throws PatternError with the position (from 0) of what is wrong */
export function parsePattern(source: string): ParsedPattern {
  const parser = new Parser(source);
  const node = parser.choice(0);
  if (!parser.atEnd) parser.refuse('unmatched ")"');
  return { node, looks: parser.looks };
}

const simpleEscapes: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, '0': 0 };
const classEscapes: Readonly<Record<string, CharSet>> = {
  d: digits,
  D: invertSet(digits),
  w: wordChars,
  W: invertSet(wordChars),
  s: spaces,
  S: invertSet(spaces),
};

class Parser {
  readonly looks: Look[] = [];
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  refuse(what: string): never {
    throw new PatternError(
      `${what} at position ${this.#at} of the regular expression "${clip(this.#source)}"`,
    );
  }

  choice(depth: number): PatternNode {
    if (depth > depthMax) this.refuse('groups nested too deeply');
    const nodes = [this.#sequence(depth)];
    while (this.#take('|')) nodes.push(this.#sequence(depth));
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
  }

  #sequence(depth: number): PatternNode {
    const nodes: PatternNode[] = [];
    while (!this.atEnd && !this.#next('|') && !this.#next(')')) nodes.push(this.#quantified(depth));
    return nodes.length === 1 ? nodes[0]! : { kind: 'sequence', nodes };
  }

  #quantified(depth: number): PatternNode {
    const node = this.#atom(depth);
    const start = this.#at;
    const range = this.#quantifier();
    if (range === undefined) return node;
    if (node.kind === 'assert' && this.#source[start - 1] !== ')') {
      this.#at = start;
      this.refuse('nothing to repeat');
    }
    this.#take('?'); // lazy or greedy: the same question when only "does it match" is asked
    const [min, max] = range;
    if (max < min) this.refuse('numbers out of order in quantifier');
    if (min > repeatMax || (max !== Infinity && max > repeatMax)) {
      this.refuse(`repetition of more than ${repeatMax} is not supported`);
    }
    return { kind: 'repeat', node, min, max };
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    const counted = /\{(\d+)(,(\d*))?\}/y;
    counted.lastIndex = this.#at;
    const found = counted.exec(this.#source);
    if (found === null) return undefined;
    this.#at = counted.lastIndex;
    const min = Number(found[1]);
    if (found[2] === undefined) return [min, min];
    return [min, found[3] === '' ? Infinity : Number(found[3])];
  }

  #atom(depth: number): PatternNode {
    if (this.#take('^')) return { kind: 'assert', what: 'start', wanted: true };
    if (this.#take('$')) return { kind: 'assert', what: 'end', wanted: true };
    if (this.#take('.')) return { kind: 'set', set: anyButNewline };
    if (this.#take('(')) return this.#group(depth);
    if (this.#take('[')) return { kind: 'set', set: this.#class() };
    if (this.#quantifier() !== undefined) this.refuse('nothing to repeat');
    if (this.#take('\\b')) return { kind: 'assert', what: 'word', wanted: true };
    if (this.#take('\\B')) return { kind: 'assert', what: 'word', wanted: false };
    if (this.#take('\\')) return { kind: 'set', set: this.#escape() };
    const code = this.#code();
    return { kind: 'set', set: [code, code] };
  }

  #group(depth: number): PatternNode {
    for (const [opening, behind, wanted] of lookOpenings) {
      if (!this.#take(opening)) continue;
      const node = this.choice(depth + 1);
      this.#close();
      this.looks.push({ node, behind });
      if (this.looks.length > looksMax) this.refuse(`more than ${looksMax} look-arounds`);
      return { kind: 'look', index: this.looks.length - 1, wanted };
    }
    if (this.#take('?<')) {
      while (!this.atEnd && !this.#next('>')) this.#at++;
      if (!this.#take('>')) this.refuse('unterminated group name');
    } else if (!this.#take('?:') && this.#next('?')) {
      this.refuse('unknown kind of group');
    }
    const node = this.choice(depth + 1);
    this.#close();
    return node;
  }

  #close(): void {
    if (!this.#take(')')) this.refuse('missing ")"');
  }

  #class(): CharSet {
    const negated = this.#take('^');
    const ranges: number[] = [];
    while (!this.#take(']')) {
      if (this.atEnd) this.refuse('missing "]"');
      const low = this.#classAtom();
      if (!isSingle(low) || !this.#next('-') || this.#next('-]')) {
        ranges.push(...low);
        continue;
      }
      this.#at++;
      if (this.atEnd) this.refuse('missing "]"');
      const high = this.#classAtom();
      if (!isSingle(high)) ranges.push(...low, 0x2d, 0x2d, ...high);
      else if (high[0]! < low[0]!) this.refuse('range out of order in character class');
      else ranges.push(low[0]!, high[0]!);
    }
    const set = normalizeSet(ranges);
    return negated ? invertSet(set) : set;
  }

  #classAtom(): CharSet {
    if (this.#take('\\b')) return [8, 8];
    if (this.#take('\\')) return this.#escape();
    const code = this.#code();
    return [code, code];
  }

  #escape(): CharSet {
    if (this.atEnd) this.refuse('\\ at the end');
    const letter = this.#source[this.#at]!;
    const named = classEscapes[letter];
    if (named !== undefined) {
      this.#at++;
      return named;
    }
    if (letter === 'p' || letter === 'P') return this.#property();
    const code = this.#escapedCode(letter);
    return [code, code];
  }

  #escapedCode(letter: string): number {
    if (/[1-9k]/.test(letter)) this.refuse('back references are not supported');
    const simple = simpleEscapes[letter];
    if (simple !== undefined) {
      this.#at++;
      return simple;
    }
    const coded = /c([A-Za-z])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}/y;
    coded.lastIndex = this.#at;
    const found = coded.exec(this.#source);
    if (found !== null) {
      this.#at = coded.lastIndex;
      if (found[1] !== undefined) return found[1].charCodeAt(0) % 32;
      const code = Number.parseInt((found[2] ?? found[3] ?? found[4])!, 16);
      return isHighSurrogate(code) ? this.#pairedWith(code) : code;
    }
    if (/[A-Za-z]/.test(letter)) this.refuse(`unknown escape "\\${letter}"`);
    return this.#code();
  }

  #pairedWith(high: number): number {
    const low = /\\u([dD][c-fC-F][0-9A-Fa-f]{2})/y;
    low.lastIndex = this.#at;
    const found = low.exec(this.#source);
    if (found === null) return high;
    this.#at = low.lastIndex;
    return (high - 0xd800) * 0x400 + (Number.parseInt(found[1]!, 16) - 0xdc00) + 0x10000;
  }

  #property(): CharSet {
    const written = /[pP]\{([^}]*)\}/y;
    written.lastIndex = this.#at;
    const found = written.exec(this.#source);
    const set = found === null ? undefined : propertySet(found[1]!);
    if (found === null || set === undefined) this.refuse('unknown Unicode property');
    this.#at = written.lastIndex;
    return found[0].startsWith('P') ? invertSet(set) : set;
  }

  #code(): number {
    const code = this.#source.codePointAt(this.#at)!;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #next(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#next(text)) return false;
    this.#at += text.length;
    return true;
  }
}

const lookOpenings = [
  ['?=', false, true],
  ['?!', false, false],
  ['?<=', true, true],
  ['?<!', true, false],
] as const;

const isSingle = (set: CharSet): boolean => set.length === 2 && set[0] === set[1];
const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const clip = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}...` : text);
