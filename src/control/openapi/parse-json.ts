// JSON with the position of every key and value. JSON.parse keeps none.

import { depthMax, type ExpandText, type ParsedSource, type Spot, type SyntaxProblem } from './source.ts';

/** Parses JSON text. The first syntax error ends it, as an error at its offset. */
export function parseJsonSource(text: string, expand: ExpandText): ParsedSource {
  const parser = new JsonParser(text, expand);
  const spots = parser.spots;
  try {
    const rootOffset = parser.skipSpace();
    const root = parser.value(0);
    if (parser.skipSpace() < text.length) parser.refuse('unexpected text after the end of the document');
    return { root, rootOffset, spots, problems: parser.problems };
  } catch (error) {
    if (!(error instanceof JsonRefusal)) throw error;
    const refused: SyntaxProblem = { severity: 'error', offset: error.offset, message: error.message };
    return { root: undefined, rootOffset: 0, spots, problems: [...parser.problems, refused] };
  }
}

class JsonRefusal extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literals = { true: true, false: false, null: null } as const;

class JsonParser {
  readonly spots = new WeakMap<object, ReadonlyMap<string, Spot>>();
  readonly problems: SyntaxProblem[] = [];
  readonly #text: string;
  readonly #expand: ExpandText;
  #at: number;

  constructor(text: string, expand: ExpandText) {
    this.#text = text;
    this.#expand = expand;
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  refuse(message: string, offset = this.#at): never {
    throw new JsonRefusal(message, offset);
  }

  skipSpace(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return this.#at;
      this.#at++;
    }
  }

  value(depth: number): unknown {
    if (depth > depthMax) this.refuse(`nested more than ${depthMax} levels deep`);
    const first = this.#text[this.#at];
    if (first === '{') return this.#map(depth);
    if (first === '[') return this.#list(depth);
    if (first === '"') return this.#expand(this.#string());
    for (const [name, value] of Object.entries(literals)) {
      if (!this.#text.startsWith(name, this.#at)) continue;
      this.#at += name.length;
      return value;
    }
    return this.#number();
  }

  #map(depth: number): object {
    const map: Record<string, unknown> = Object.create(null);
    const spots = new Map<string, Spot>();
    this.#at++;
    for (this.skipSpace(); this.#text[this.#at] !== '}'; this.#separator('}')) {
      const key = this.#at;
      if (this.#text[key] !== '"') this.refuse('expected a key in double quotes');
      const name = this.#string();
      this.skipSpace();
      if (this.#text[this.#at] !== ':') this.refuse(`expected ":" after the key ${JSON.stringify(name)}`);
      this.#at++;
      const value = this.skipSpace();
      if (spots.has(name)) {
        const message = `the key ${JSON.stringify(name)} stands twice in one map; the last one counts`;
        this.problems.push({ severity: 'warning', offset: key, message });
      }
      spots.set(name, { key, value });
      map[name] = this.value(depth + 1);
    }
    this.#at++;
    this.spots.set(map, spots);
    return map;
  }

  #list(depth: number): unknown[] {
    const list: unknown[] = [];
    const spots = new Map<string, Spot>();
    this.#at++;
    for (this.skipSpace(); this.#text[this.#at] !== ']'; this.#separator(']')) {
      spots.set(String(list.length), { key: this.#at, value: this.#at });
      list.push(this.value(depth + 1));
    }
    this.#at++;
    this.spots.set(list, spots);
    return list;
  }

  #separator(closing: string): void {
    this.skipSpace();
    if (this.#text[this.#at] === closing) return;
    if (this.#text[this.#at] !== ',') {
      this.refuse(
        this.#at >= this.#text.length ? 'the document ends too early' : `expected "," or "${closing}"`,
      );
    }
    this.#at++;
    this.skipSpace();
    if (this.#text[this.#at] === closing) this.refuse(`unexpected "${closing}" after ","`);
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end >= 0 && isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) this.refuse('a string that does not end', start);
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      return this.refuse('a string with a wrong escape or a raw control character', start);
    }
  }

  #number(): number {
    numberPattern.lastIndex = this.#at;
    const found = numberPattern.exec(this.#text);
    if (found === null) {
      this.refuse(this.#at >= this.#text.length ? 'the document ends too early' : 'expected a JSON value');
    }
    this.#at = numberPattern.lastIndex;
    return Number(found[0]);
  }
}

function isEscaped(text: string, quoteAt: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(quoteAt - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}
