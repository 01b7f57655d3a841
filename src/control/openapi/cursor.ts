// A place in the parsed document: the value, its JSON pointer and its offsets.

import type { ParsedSource } from './source.ts';

export class Cursor {
  readonly value: unknown;
  readonly keyOffset: number;
  readonly offset: number;
  readonly #source: ParsedSource;
  readonly #parent: Cursor | null;
  readonly #key: string;
  #pointer: string | undefined;

  private constructor(
    source: ParsedSource,
    parent: Cursor | null,
    key: string,
    value: unknown,
    keyOffset: number,
    offset: number,
  ) {
    this.#source = source;
    this.#parent = parent;
    this.#key = key;
    this.value = value;
    this.keyOffset = keyOffset;
    this.offset = offset;
  }

  static atRoot(source: ParsedSource): Cursor {
    return new Cursor(source, null, '', source.root, source.rootOffset, source.rootOffset);
  }

  /** Built when it is first asked for: most places are only passed. */
  get pointer(): string {
    if (this.#parent === null) return '';
    this.#pointer ??= `${this.#parent.pointer}/${this.#key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return this.#pointer;
  }

  get isMap(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  /** A plain value as text; for messages and comparisons, maps and lists as JSON. */
  get word(): string {
    const { value } = this;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  }

  /** The member `key`; undefined when there is none, or this is no map. */
  get(key: string): Cursor | undefined {
    if (!this.isMap || !Object.hasOwn(this.value as object, key)) return undefined;
    return this.#member(key);
  }

  /** The members of a map in the order of the file; none when this is no map. */
  entries(): [string, Cursor][] {
    if (!this.isMap) return [];
    const keys = this.#source.spots.get(this.value as object)?.keys() ?? Object.keys(this.value as object);
    return [...keys].map((key) => [key, this.#member(key)]);
  }

  /** The elements of a list; none when this is no list. */
  items(): Cursor[] {
    return this.isList ? (this.value as unknown[]).map((_, index) => this.#member(String(index))) : [];
  }

  /** Follows a JSON pointer of this document, written as `#/a/b`. */
  follow(ref: string): Cursor | undefined {
    if (ref !== '#' && !ref.startsWith('#/')) return undefined;
    let at: Cursor | undefined = Cursor.atRoot(this.#source);
    for (const part of ref.split('/').slice(1)) {
      const name = decodeRefPart(part);
      at = at.isList ? at.items()[Number(name)] : at.get(name);
      if (at === undefined) return undefined;
    }
    return at;
  }

  #member(key: string): Cursor {
    const spot = this.#source.spots.get(this.value as object)?.get(key);
    const value = (this.value as Record<string, unknown>)[key];
    return new Cursor(
      this.#source,
      this,
      key,
      value,
      spot?.key ?? this.keyOffset,
      spot?.value ?? this.offset,
    );
  }
}

function decodeRefPart(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // A lone "%" is taken as it is written.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}
