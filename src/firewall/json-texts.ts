// The keys and values of a JSON text, found without trusting it: what is repeated is told each time, and what comes
// before a mistake is told too. One pass, no recursion.

/** Told of each key and each scalar value. @param path - its place, as a JSON pointer without its own last part decoded */
export interface JsonSink {
  key(text: string, path: readonly string[]): void;
  value(text: string, path: readonly string[]): void;
}

/** Of UTF-8. @see RFC 8259, section 8.1 */
const byteOrderMark = '\xef\xbb\xbf';
/** Deeper ones count as a mistake. */
const depthMax = 200;

/**
 * Reads as far as it goes.
 * @param text - one character for each byte
 * @returns whether all of it was one JSON value
 */
export function readJsonTexts(text: string, sink: JsonSink): boolean {
  const reader = new JsonReader(text, sink);
  return reader.read();
}

class JsonReader {
  readonly #text: string;
  readonly #sink: JsonSink;
  #at = 0;
  /** Of the containers that are open: a key, or an index as text. */
  readonly #path: string[] = [];
  /** Beside each part of the path: the index in an array, -1 in an object. */
  readonly #indexes: number[] = [];

  constructor(text: string, sink: JsonSink) {
    this.#text = text;
    this.#sink = sink;
  }

  read(): boolean {
    // Many a backend reads over it, and so would otherwise find what no rule has seen.
    if (this.#text.startsWith(byteOrderMark)) this.#at = byteOrderMark.length;
    if (!this.#value()) return false;
    while (this.#indexes.length > 0) if (!this.#afterValue()) return false;
    this.#skip();
    return this.#at === this.#text.length;
  }

  /** A scalar, or the opening of a container with all that opens at its first place. */
  #value(): boolean {
    for (;;) {
      this.#skip();
      const char = this.#text.charAt(this.#at);
      if (char === '{') {
        this.#at++;
        this.#skip();
        if (this.#indexes.length >= depthMax) return false;
        if (this.#text.charAt(this.#at) === '}') {
          this.#at++;
          return true;
        }
        this.#path.push('');
        this.#indexes.push(-1);
        if (!this.#key()) return false;
      } else if (char === '[') {
        this.#at++;
        this.#skip();
        if (this.#indexes.length >= depthMax) return false;
        if (this.#text.charAt(this.#at) === ']') {
          this.#at++;
          return true;
        }
        this.#path.push('0');
        this.#indexes.push(0);
      } else return this.#scalar(char);
    }
  }

  /** `,` and what comes next, or the end of a container. */
  #afterValue(): boolean {
    this.#skip();
    const char = this.#text.charAt(this.#at++);
    const last = this.#indexes.length - 1;
    const index = this.#indexes[last]!;
    if (char === (index < 0 ? '}' : ']')) {
      this.#indexes.pop();
      this.#path.pop();
      return true;
    }
    if (char !== ',') return false;
    if (index < 0) return this.#key() && this.#value();
    this.#indexes[last] = index + 1;
    this.#path[last] = String(index + 1);
    return this.#value();
  }

  #key(): boolean {
    this.#skip();
    const key = this.#string();
    if (key === null) return false;
    this.#path[this.#path.length - 1] = key;
    this.#sink.key(key, this.#path);
    this.#skip();
    return this.#text.charAt(this.#at++) === ':';
  }

  #scalar(char: string): boolean {
    if (char === '"') {
      const text = this.#string();
      if (text === null) return false;
      this.#sink.value(text, this.#path);
      return true;
    }
    const start = this.#at;
    while (this.#at < this.#text.length && !ends.has(this.#text.charCodeAt(this.#at))) this.#at++;
    const word = this.#text.slice(start, this.#at);
    if (word === '') return false;
    this.#sink.value(word, this.#path);
    return word.length < 64 && /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(word);
  }

  /** @returns null when there is none, or it does not end; what was there of it is told then */
  #string(): string | null {
    if (this.#text.charAt(this.#at) !== '"') return null;
    const start = this.#at + 1;
    let hasEscapes = false;
    for (let i = start; i < this.#text.length; i++) {
      const code = this.#text.charCodeAt(i);
      if (code === 92) {
        hasEscapes = true;
        i++;
      } else if (code === 34) {
        this.#at = i + 1;
        const raw = this.#text.slice(start, i);
        return hasEscapes ? unescaped(raw) : raw;
      }
    }
    this.#at = this.#text.length;
    this.#sink.value(unescaped(this.#text.slice(start)), this.#path);
    return null;
  }

  #skip(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }
}

/** `,:]}` and white space. */
const ends: ReadonlySet<number> = new Set([44, 58, 93, 125, 32, 10, 13, 9, 34, 91, 123]);

const simple: Readonly<Record<string, string>> = {
  __proto__: null as never,
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Escapes that are none stay as they are. */
const unescaped = (raw: string): string =>
  raw.replace(/(?:\\u[0-9a-fA-F]{4})+|\\[^u]/g, (found) => {
    if (found.charAt(1) !== 'u') return simple[found.charAt(1)] ?? found.charAt(1);
    const units = found.match(/[0-9a-fA-F]{4}/g)!.map((hex) => Number.parseInt(hex, 16));
    return Buffer.from(String.fromCharCode(...units), 'utf8').toString('latin1');
  });
