// A position in the text of a JSONPath. Reading past the text is a fault of its own kind: Jayway forgives a bad
// path in places where it does not forgive that.

/** The text is not a JSONPath. */
export class JsonPathSyntaxError extends Error {
  override readonly name: string = 'JsonPathSyntaxError';
}

/** Any other reason why a path gives nothing. */
export class JsonPathFault extends Error {
  override readonly name: string = 'JsonPathFault';
}

export class Cursor {
  readonly text: string;
  position = 0;
  private end: number;

  constructor(text: string) {
    this.text = text;
    this.end = text.length - 1;
  }

  get length(): number {
    return this.end + 1;
  }

  charAt(index: number): string {
    const char = this.text[index];
    if (char === undefined) throw new JsonPathFault('the path ends too early');
    return char;
  }

  get current(): string {
    return this.charAt(this.position);
  }

  inBounds(index: number = this.position): boolean {
    return index >= 0 && index <= this.end;
  }

  get isTail(): boolean {
    return this.position >= this.end;
  }

  lastIs(char: string): boolean {
    return this.charAt(this.end) === char;
  }

  dropLast(): void {
    this.end--;
  }

  skipBlanks(): this {
    while (this.inBounds() && this.position < this.end && this.current === ' ') this.position++;
    return this;
  }

  trim(): void {
    this.skipBlanks();
    while (this.inBounds() && this.position < this.end && this.lastIs(' ')) this.end--;
  }

  /** The next character that is no blank, after an index; a blank at the end. */
  significantAfter(index: number): string {
    const at = this.nextSignificant(index);
    return this.inBounds(at) ? this.charAt(at) : ' ';
  }

  private nextSignificant(index: number): number {
    let at = index + 1;
    while (this.inBounds(at) && this.charAt(at) === ' ') at++;
    return at;
  }

  /** Index of the next character that is no blank if it is this one, else -1. */
  indexOfSignificant(index: number, char: string): number {
    const at = this.nextSignificant(index);
    return this.charAt(at) === char ? at : -1;
  }

  indexOf(from: number, char: string): number {
    for (let i = from; this.inBounds(i); i++) if (this.charAt(i) === char) return i;
    return -1;
  }

  indexOfUnescaped(from: number, char: string): number {
    let escaped = false;
    for (let i = from + 1; this.inBounds(i); i++) {
      if (escaped) escaped = false;
      else if (this.charAt(i) === '\\') escaped = true;
      else if (this.charAt(i) === char) return i;
    }
    return -1;
  }

  /** Index of the bracket that closes the one at `from`; strings, and regular expressions if told so, are skipped. */
  indexOfClosing(from: number, open: string, close: string, skipPatterns: boolean): number {
    if (this.charAt(from) !== open) throw new JsonPathSyntaxError(`Expected ${open}`);
    let opened = 1;
    let i = from + 1;
    while (this.inBounds(i)) {
      const quote = this.charAt(i);
      if (quote === "'" || quote === '"') i = this.afterClosing(i, quote);
      if (skipPatterns && this.charAt(i) === '/') i = this.afterClosing(i, '/');
      if (this.charAt(i) === open) opened++;
      if (this.charAt(i) === close && --opened === 0) return i;
      i++;
    }
    return -1;
  }

  private afterClosing(from: number, quote: string): number {
    const at = this.indexOfUnescaped(from, quote);
    if (at < 0) throw new JsonPathSyntaxError(`Could not find matching close quote for ${quote}`);
    return at + 1;
  }

  /** The last character before an index that is no blank; -1 at the beginning. */
  indexOfSignificantBefore(index: number): number {
    let at = index - 1;
    while (this.inBounds(at) && this.charAt(at) === ' ') at--;
    return this.inBounds(at) ? at : -1;
  }

  /** Takes a text if it comes next. */
  takeText(text: string): boolean {
    this.skipBlanks();
    if (!this.inBounds(this.position + text.length - 1) || !this.text.startsWith(text, this.position))
      return false;
    this.position += text.length;
    return true;
  }

  takeSignificant(char: string): void {
    if (this.skipBlanks().current !== char) throw new JsonPathSyntaxError(`Expected character: ${char}`);
    this.position++;
  }
}

/** Java-like escapes of quoted texts in paths. */
export function unescapeJava(text: string): string {
  if (!text.includes('\\')) return text;
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char !== '\\') {
      result += char;
      continue;
    }
    const kind = text[++i];
    if (kind === undefined) return `${result}\\`;
    if (kind !== 'u') {
      result += ESCAPES.get(kind) ?? kind;
      continue;
    }
    const hex = text.slice(i + 1, i + 5);
    // Fewer than four digits at the end are dropped without a word.
    if (hex.length < 4) return result;
    if (!/^[+-]?[0-9a-fA-F]+$/.test(hex)) throw new JsonPathFault('Unable to parse unicode value');
    result += String.fromCharCode(Number.parseInt(hex, 16) & 0xffff);
    i += 4;
  }
  return result;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['r', '\r'],
  ['f', '\f'],
  ['t', '\t'],
  ['n', '\n'],
  ['b', '\b'],
]);
