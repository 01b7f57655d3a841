// Java's regular expressions with a budget. JavaScript's own engine has another syntax and can be made to search for
// minutes; this one counts its steps and gives up with a render error.

import { TemplateRenderError } from '../errors.ts';
import { spend, spendText } from '../value/meter.ts';
import { isWordChar } from './char-class.ts';
import { isLineEnd, parseRegex, type RegexNode } from './parse.ts';

export { RegexSyntaxError } from './parse.ts';

const CACHE_SIZE_MAX = 200;

/** Where each group was found: start and end in turn, -1 for a group that took no part. */
export type Groups = readonly number[];

interface Search {
  readonly text: string;
  readonly groups: number[];
  readonly lastMatch: number;
}

/** Matches at a position; calls on when it does. The end of the match, or -1. */
type Matcher = (search: Search, at: number, next: Continue) => number;
type Continue = (at: number) => number;

export class Regex {
  readonly source: string;
  readonly groupCount: number;
  readonly names: ReadonlyMap<string, number>;
  /** The text it matches if it is nothing but that text. */
  readonly literal: string | null;
  private readonly matcher: Matcher;

  constructor(source: string, flags: string) {
    const { root, groupCount, names } = parseRegex(source, flags);
    this.source = source;
    this.groupCount = groupCount;
    this.names = names;
    this.literal = literalOf(root);
    this.matcher = matcherOf(root);
  }

  /** Whether the whole text matches. */
  matches(text: string): boolean {
    if (this.literal !== null) return this.literal === text;
    const search = this.search(text, 0);
    return guarded(() => this.matcher(search, 0, (at) => (at === text.length ? at : -1))) >= 0;
  }

  /** The first match from a position on; null when there is none. */
  find(text: string, from: number, lastMatch: number): Groups | null {
    if (this.literal !== null) {
      const at = text.indexOf(this.literal, from);
      spendText((at < 0 ? text.length : at) - from);
      return at < 0 ? null : [at, at + this.literal.length];
    }
    const search = this.search(text, lastMatch);
    for (let start = from; start <= text.length; start++) {
      search.groups.fill(-1);
      const end = guarded(() => this.matcher(search, start, identity));
      if (end >= 0) {
        search.groups[0] = start;
        search.groups[1] = end;
        return search.groups;
      }
      spend(1);
    }
    return null;
  }

  private search(text: string, lastMatch: number): Search {
    return { text, groups: new Array(2 * (this.groupCount + 1)).fill(-1), lastMatch };
  }
}

const identity = (at: number): number => at;

// A pattern that nests too deep for the stack is a fault of the template, as in Java.
function guarded(match: () => number): number {
  try {
    return match();
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateRenderError('A regular expression nests too deeply');
    throw error;
  }
}

const cache = new Map<string, Regex>();

/**
 * Compiles a Java regular expression.
 *
 * @param flags - letters of Java's inline flags
 * @throws RegexSyntaxError
 */
export function compileRegex(source: string, flags = ''): Regex {
  const key = `${flags}/${source}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const regex = new Regex(source, flags);
  if (source.length < 500) {
    if (cache.size >= CACHE_SIZE_MAX) cache.delete(cache.keys().next().value!);
    cache.set(key, regex);
  }
  return regex;
}

function literalOf(node: RegexNode): string | null {
  if (node.type === 'char') return node.literal;
  if (node.type !== 'sequence' || node.parts.length === 0) return null;
  let text = '';
  for (const part of node.parts) {
    const char = literalOf(part);
    if (char === null) return null;
    text += char;
  }
  return text;
}

function matcherOf(node: RegexNode): Matcher {
  switch (node.type) {
    case 'empty':
      return (_search, at, next) => next(at);
    case 'char': {
      const { test } = node;
      return (search, at, next) => {
        spend(1);
        return at < search.text.length && test(search.text.charCodeAt(at)) ? next(at + 1) : -1;
      };
    }
    case 'sequence':
      return sequenceMatcher(node.parts.map(matcherOf));
    case 'choice': {
      const options = node.options.map(matcherOf);
      return (search, at, next) => {
        for (const option of options) {
          spend(1);
          const end = option(search, at, next);
          if (end >= 0) return end;
        }
        return -1;
      };
    }
    case 'repeat':
      return repeatMatcher(node);
    case 'group':
      return groupMatcher(node.index, matcherOf(node.part));
    case 'atomic':
      return atomicMatcher(matcherOf(node.part));
    case 'look':
      return node.ahead
        ? aheadMatcher(matcherOf(node.part), node.wanted)
        : behindMatcher(matcherOf(node.part), node.wanted);
    case 'back':
      return backMatcher(node.index, node.fold);
    default:
      return positionMatcher(node.type);
  }
}

function sequenceMatcher(parts: readonly Matcher[]): Matcher {
  const from = (search: Search, index: number, at: number, next: Continue): number => {
    if (index === parts.length) return next(at);
    return parts[index]!(search, at, (after) => from(search, index + 1, after, next));
  };
  return (search, at, next) => from(search, 0, at, next);
}

function repeatMatcher(node: RegexNode & { type: 'repeat' }): Matcher {
  const { part, min, max, mode } = node;
  if (part.type === 'char') return charRepeatMatcher(part.test, min, max, mode);
  const matcher = matcherOf(part);
  const greedy = (search: Search, count: number, at: number, next: Continue): number => {
    spend(1);
    if (count < min) return matcher(search, at, (after) => greedy(search, count + 1, after, next));
    if (mode === 'lazy') {
      const end = next(at);
      if (end >= 0 || count >= max) return end;
      return matcher(search, at, (after) =>
        after === at ? next(after) : greedy(search, count + 1, after, next),
      );
    }
    if (count < max) {
      const end = matcher(search, at, (after) =>
        after === at ? -1 : greedy(search, count + 1, after, next),
      );
      if (end >= 0) return end;
    }
    return next(at);
  };
  if (mode !== 'possessive') return (search, at, next) => greedy(search, 0, at, next);
  return atomicMatcher((search, at, next) => greedy(search, 0, at, next));
}

// One character again and again: a loop instead of a call for each.
function charRepeatMatcher(
  test: (code: number) => boolean,
  min: number,
  max: number,
  mode: 'greedy' | 'lazy' | 'possessive',
): Matcher {
  return (search, at, next) => {
    const { text } = search;
    const limit = Math.min(text.length, at + max);
    let end = at;
    if (mode === 'lazy') {
      while (end < at + min) {
        spend(1);
        if (end >= text.length || !test(text.charCodeAt(end))) return -1;
        end++;
      }
      for (;;) {
        const found = next(end);
        if (found >= 0) return found;
        spend(1);
        if (end >= limit || !test(text.charCodeAt(end))) return -1;
        end++;
      }
    }
    while (end < limit && test(text.charCodeAt(end))) {
      spend(1);
      end++;
    }
    if (end < at + min) return -1;
    if (mode === 'possessive') return next(end);
    for (; end >= at + min; end--) {
      const found = next(end);
      if (found >= 0) return found;
      spend(1);
    }
    return -1;
  };
}

function groupMatcher(index: number, part: Matcher): Matcher {
  return (search, at, next) => {
    const { groups } = search;
    const start = groups[2 * index]!;
    const end = groups[2 * index + 1]!;
    const found = part(search, at, (after) => {
      const startBefore = groups[2 * index]!;
      const endBefore = groups[2 * index + 1]!;
      groups[2 * index] = at;
      groups[2 * index + 1] = after;
      const result = next(after);
      if (result < 0) {
        groups[2 * index] = startBefore;
        groups[2 * index + 1] = endBefore;
      }
      return result;
    });
    if (found < 0) {
      groups[2 * index] = start;
      groups[2 * index + 1] = end;
    }
    return found;
  };
}

function atomicMatcher(part: Matcher): Matcher {
  return (search, at, next) => {
    const end = part(search, at, identity);
    return end < 0 ? -1 : next(end);
  };
}

function aheadMatcher(part: Matcher, wanted: boolean): Matcher {
  return (search, at, next) => {
    const found = part(search, at, identity) >= 0;
    return found === wanted ? next(at) : -1;
  };
}

function behindMatcher(part: Matcher, wanted: boolean): Matcher {
  return (search, at, next) => {
    let found = false;
    for (let from = at; from >= 0 && !found; from--) {
      spend(1);
      found = part(search, from, (end) => (end === at ? end : -1)) >= 0;
    }
    return found === wanted ? next(at) : -1;
  };
}

function backMatcher(index: number, fold: boolean): Matcher {
  return (search, at, next) => {
    const start = search.groups[2 * index] ?? -1;
    if (start < 0) return -1;
    const wanted = search.text.slice(start, search.groups[2 * index + 1]);
    spendText(wanted.length);
    const found = search.text.slice(at, at + wanted.length);
    const isSame = fold ? found.toLowerCase() === wanted.toLowerCase() : found === wanted;
    return isSame ? next(at + wanted.length) : -1;
  };
}

function positionMatcher(type: Exclude<RegexNode['type'], 'char' | 'empty'>): Matcher {
  const holds = positionTest(type);
  return (search, at, next) => {
    spend(1);
    return holds(search.text, at, search.lastMatch) ? next(at) : -1;
  };
}

function positionTest(type: string): (text: string, at: number, lastMatch: number) => boolean {
  switch (type) {
    case 'begin':
      return (_text, at) => at === 0;
    case 'end':
      return (text, at) => at === text.length;
    case 'endBeforeLine':
      return atEnd;
    case 'lineBegin':
      return (text, at) =>
        at === 0 ||
        (at < text.length &&
          isLineEnd(text.charCodeAt(at - 1)) &&
          !(text[at - 1] === '\r' && text[at] === '\n'));
    case 'lineEnd':
      return (text, at) =>
        at === text.length ||
        (isLineEnd(text.charCodeAt(at)) && !(text[at] === '\n' && text[at - 1] === '\r'));
    case 'lastMatch':
      return (_text, at, lastMatch) => at === lastMatch;
    case 'word':
      return isBoundary;
    default:
      return (text, at) => !isBoundary(text, at);
  }
}

// `$`: at the end, or before the line end that ends the text.
function atEnd(text: string, at: number): boolean {
  const rest = text.length - at;
  if (rest === 0) return true;
  if (rest === 2) return text[at] === '\r' && text[at + 1] === '\n';
  return rest === 1 && isLineEnd(text.charCodeAt(at)) && !(text[at] === '\n' && text[at - 1] === '\r');
}

const LETTER = /[\p{L}\p{Nd}\p{Mn}]/u;

function isBoundary(text: string, at: number): boolean {
  return isWord(text, at - 1) !== isWord(text, at);
}

// Java 17 counts every letter and digit as part of a word here, though \w is ASCII.
function isWord(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false;
  const code = text.charCodeAt(at);
  return isWordChar(code) || (code > 127 && LETTER.test(text[at]!));
}
