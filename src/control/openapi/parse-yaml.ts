// YAML with positions: the `yaml` package's tree turned into plain values. Aliases share one object and are
// weighed, so a small text cannot stand for a huge document.

import {
  type Alias,
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  Parser,
  type Scalar,
} from 'yaml';
import {
  depthMax,
  type ExpandText,
  type ParsedSource,
  type ReadTag,
  type Spot,
  type SyntaxProblem,
} from './source.ts';

/** Values of a document with its aliases written out. */
const valuesMax = 2_000_000;
/** Brackets open at once in flow style. The package needs time that grows with the square of this. */
const flowDepthMax = 1_000;
const syntaxProblemsMax = 20;
/** Tokens of a file; 10 MB of ordinary YAML have about 2.5 million. */
const lexemesMax = 4_000_000;

/** Parses one YAML 1.2 document, with the `<<` merge keys of YAML 1.1. */
export function parseYamlSource(
  text: string,
  expand: ExpandText,
  readTag: ReadTag = () => null,
): ParsedSource {
  const problems: SyntaxProblem[] = [];
  try {
    refuseHostile(text);
    const contents = compose(text, problems);
    if (problems.length > 0) return failed(problems);
    const reader = new YamlReader(expand, readTag);
    const root = contents === null ? undefined : reader.value(contents, 0).value;
    return { root, rootOffset: contents?.range?.[0] ?? 0, spots: reader.spots, problems: reader.problems };
  } catch (error) {
    if (error instanceof YamlRefusal) return failed([...problems, problemOf(error.offset, error.message)]);
    if (error instanceof RangeError) return failed([problemOf(0, 'nested too deeply')]);
    throw error;
  }
}

const problemOf = (offset: number, message: string): SyntaxProblem => ({
  severity: 'error',
  offset,
  message,
});

const failed = (problems: readonly SyntaxProblem[]): ParsedSource => ({
  root: undefined,
  rootOffset: 0,
  spots: new WeakMap(),
  problems,
});

/** The package's tree of the document. Gives up after some errors: it would keep millions of them. */
function compose(text: string, problems: SyntaxProblem[]): Node | null {
  // Unique keys are checked by our reader: the package compares each key with all others.
  const composer = new Composer({ uniqueKeys: false });
  let refusal: YamlRefusal | undefined;
  const onError = (source: unknown, _code: string, message: string, warning?: boolean) => {
    // The package catches what is thrown here and tells it as one more error.
    if (refusal !== undefined) throw refusal;
    if (warning === true) return;
    const offset = offsetOf(source) ?? problems.at(-1)?.offset ?? 0;
    if (message.includes('call stack')) refusal = new YamlRefusal('nested too deeply', offset);
    else if (problems.length >= syntaxProblemsMax) refusal = new YamlRefusal('too many errors', offset);
    else problems.push(problemOf(offset, message));
    if (refusal !== undefined) throw refusal;
  };
  Object.assign(composer, { onError });
  let contents: Node | null | undefined;
  for (const document of composer.compose(new Parser().parse(text), true, text.length)) {
    if (contents !== undefined) throw new YamlRefusal('a second document begins', document.range?.[0] ?? 0);
    contents = document.contents as Node | null;
  }
  if (refusal !== undefined) throw refusal;
  return contents ?? null;
}

// What the package passes as the place of an error: an offset, a range or a token.
function offsetOf(source: unknown): number | undefined {
  if (typeof source === 'number') return source;
  if (Array.isArray(source)) return Number(source[0]);
  return (source as { offset?: number } | null)?.offset;
}

// Small texts can make the package build huge or very deep trees before anything else could be checked.
function refuseHostile(text: string): void {
  const bracketAt = tooDeepAt(text);
  if (bracketAt >= 0) throw new YamlRefusal('brackets nested too deeply', bracketAt);
  const dashes = /(?:[-?:&!][^\s]*[ \t]+){500}/y;
  for (let at = 0; at >= 0 && at < text.length; at = text.indexOf('\n', at) + 1 || text.length) {
    dashes.lastIndex = at;
    if (dashes.test(text)) throw new YamlRefusal('too many indicators in one line', at);
  }
  if (text.length < lexemesMax) return;
  let count = 0;
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > lexemesMax) throw new YamlRefusal(`more than ${lexemesMax} tokens`, offset);
    offset += lexeme.length;
  }
}

// Counts brackets without regard to quotes and comments: only a text that is nothing but brackets gets this far.
function tooDeepAt(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) {
      if (++depth > flowDepthMax) return at;
    } else if (code === 0x5d || code === 0x7d) depth = Math.max(0, depth - 1);
    else if (code === 0x0a && !/[[{,]\s*$/.test(text.slice(Math.max(0, at - 8), at))) depth = 0;
  }
  return -1;
}

class YamlRefusal extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** A value and how many values it stands for when aliases are written out. */
interface Weighed {
  readonly value: unknown;
  readonly weight: number;
}

class YamlReader {
  readonly spots = new WeakMap<object, ReadonlyMap<string, Spot>>();
  readonly problems: SyntaxProblem[] = [];
  readonly #expand: ExpandText;
  readonly #readTag: ReadTag;
  /** Anchor -> the value; null while it is being read. */
  readonly #anchors = new Map<string, Weighed | null>();

  constructor(expand: ExpandText, readTag: ReadTag) {
    this.#expand = expand;
    this.#readTag = readTag;
  }

  value(node: Node, depth: number): Weighed {
    const offset = node.range?.[0] ?? 0;
    if (depth > depthMax) throw new YamlRefusal(`nested more than ${depthMax} levels deep`, offset);
    if (isAlias(node)) return this.#aliased(node, offset);
    const anchor = 'anchor' in node ? (node.anchor as string | undefined) : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, null);
    const read = this.#tagged(node, isScalar(node) ? this.#scalar(node) : this.#collection(node, depth));
    if (read.weight > valuesMax)
      throw new YamlRefusal(`aliases stand for more than ${valuesMax} values`, offset);
    if (anchor !== undefined) this.#anchors.set(anchor, read);
    return read;
  }

  /** `!Ref x` is short for `{Ref: x}` where tags say something. */
  #tagged(node: Node, read: Weighed): Weighed {
    const tag = 'tag' in node ? (node.tag as string | undefined) : undefined;
    const name = tag?.startsWith('!') === true ? this.#readTag(tag) : null;
    if (name === null) return read;
    const map: Record<string, unknown> = Object.create(null);
    map[name] = read.value;
    const offset = node.range?.[0] ?? 0;
    this.spots.set(map, new Map([[name, { key: offset, value: offset }]]));
    return { value: map, weight: read.weight + 1 };
  }

  #aliased(alias: Alias, offset: number): Weighed {
    const known = this.#anchors.get(alias.source);
    if (known === undefined) throw new YamlRefusal(`no anchor is called "${alias.source}"`, offset);
    if (known === null) throw new YamlRefusal(`the anchor "${alias.source}" contains itself`, offset);
    return known;
  }

  #scalar(scalar: Scalar): Weighed {
    const { value } = scalar;
    if (typeof value === 'string') return { value: this.#expand(value), weight: 1 };
    // What JSON cannot say (dates, binary, sets of other schemas) stays the text that was written.
    const isJson = value === null || typeof value === 'number' || typeof value === 'boolean';
    return { value: isJson ? value : String(scalar.source ?? value), weight: 1 };
  }

  #collection(node: Node, depth: number): Weighed {
    if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], depth);
    if (!isSeq(node)) return { value: null, weight: 1 };
    const list: unknown[] = [];
    const spots = new Map<string, Spot>();
    let weight = 1;
    for (const item of node.items as Node[]) {
      const offset = item.range?.[0] ?? 0;
      spots.set(String(list.length), { key: offset, value: offset });
      const read = this.value(item, depth + 1);
      weight += read.weight;
      list.push(read.value);
    }
    this.spots.set(list, spots);
    return { value: list, weight };
  }

  #map(pairs: readonly Pair<Node, Node | null>[], depth: number): Weighed {
    const map: Record<string, unknown> = Object.create(null);
    const spots = new Map<string, Spot>();
    const merged: { value: unknown; spot: Spot }[] = [];
    let weight = 1;
    for (const pair of pairs) {
      const key = pair.key?.range?.[0] ?? 0;
      const spot: Spot = { key, value: pair.value?.range?.[0] ?? key };
      const name = this.#keyText(pair.key, key);
      const read = pair.value === null ? { value: null, weight: 1 } : this.value(pair.value, depth + 1);
      weight += read.weight;
      if (name === '<<') {
        merged.push({ value: read.value, spot });
        continue;
      }
      if (spots.has(name)) {
        const message = `the key ${JSON.stringify(name)} stands twice in one map; the last one counts`;
        this.problems.push({ severity: 'warning', offset: key, message });
      }
      spots.set(name, spot);
      map[name] = read.value;
    }
    for (const { value, spot } of merged) this.#merge(map, spots, value, spot);
    this.spots.set(map, spots);
    return { value: map, weight };
  }

  #keyText(key: Node | null, offset: number): string {
    const scalar = isAlias(key) ? this.#aliased(key, offset).value : isScalar(key) ? key.value : key;
    if (typeof scalar === 'object' && scalar !== null)
      throw new YamlRefusal('a key must be a scalar', offset);
    // `200:` and `1.0:` are the names that were written, whatever number they mean.
    return isScalar(key) && typeof key.value !== 'string' ? String(key.source ?? key.value) : String(scalar);
  }

  // Own keys win over merged ones, earlier merged ones over later.
  #merge(map: Record<string, unknown>, spots: Map<string, Spot>, source: unknown, at: Spot): void {
    for (const part of Array.isArray(source) ? source : [source]) {
      if (typeof part !== 'object' || part === null || Array.isArray(part)) {
        throw new YamlRefusal('"<<" must name a map or a list of maps', at.value);
      }
      for (const [name, value] of Object.entries(part)) {
        if (name in map) continue;
        map[name] = value;
        spots.set(name, this.spots.get(part)?.get(name) ?? at);
      }
    }
  }
}
