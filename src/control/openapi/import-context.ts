// What the readers of one import share: the document, its options, problems found so far and new ids.

import type { ApiDefinition, EndpointType, RestApi } from '../../resources/index.ts';
import type { Cursor } from './cursor.ts';
import type { Problem, Severity } from './problem.ts';
import type { SourceMap } from './source-map.ts';

export interface ImportOptions {
  /** What becomes of things that only `existing` has: `merge` keeps them, `overwrite` (default) does not. */
  readonly mode?: 'merge' | 'overwrite';
  /** What becomes of Swagger's basePath or the path of the first server; default `ignore`. */
  readonly basepath?: 'ignore' | 'prepend' | 'split';
  readonly ignoreDocumentation?: boolean;
  /** Default EDGE, as on AWS. */
  readonly endpointTypes?: readonly EndpointType[];
  /** The id of a new API; default: a new one. */
  readonly apiId?: string;
  /** The API as it is now: ids are kept. */
  readonly existing?: ApiDefinition;
  /** Values of `${AWS::Region}`, `${AWS::AccountId}` and `${AWS::Partition}`. */
  readonly region?: string;
  readonly accountId?: string;
  readonly partition?: string;
  /** Gives an id of that many lower-case letters and digits; default: random. */
  readonly newId?: (length: number) => string;
  /** ISO 8601; default: now. */
  readonly createdDate?: string;
}

export class ImportContext {
  readonly root: Cursor;
  /** Major version of the format: Swagger 2 or OpenAPI 3. */
  readonly major: 2 | 3;
  readonly options: ImportOptions;
  readonly apiId: string;
  /** Gives an id that nothing in the API has. */
  readonly newId: (length: number) => string;
  readonly problems: Problem[] = [];
  readonly sourceMap: SourceMap;
  readonly #extensionsRead = new Set<string>();

  constructor(
    root: Cursor,
    major: 2 | 3,
    options: ImportOptions,
    sourceMap: SourceMap,
    newId: (n: number) => string,
  ) {
    this.root = root;
    this.major = major;
    this.options = options;
    this.sourceMap = sourceMap;
    const taken = idsIn(options.existing);
    this.newId = (length) => {
      for (;;) {
        const id = newId(length);
        if (taken.has(id)) continue;
        taken.add(id);
        return id;
      }
    };
    this.apiId = options.existing?.restApi.id ?? options.apiId ?? this.newId(10);
  }

  /** The API into which the document is merged: what the document does not say stays as it has it. */
  get merged(): RestApi | undefined {
    return this.options.mode === 'merge' ? this.options.existing?.restApi : undefined;
  }

  error(at: Cursor, message: string, fix?: string): void {
    this.#tell('error', at, at.offset, message, fix);
  }

  warning(at: Cursor, message: string, fix?: string): void {
    this.#tell('warning', at, at.offset, message, fix);
  }

  /** Told at the key rather than the value. */
  atKey(severity: Severity, at: Cursor, message: string, fix?: string): void {
    this.#tell(severity, at, at.keyOffset, message, fix);
  }

  #tell(severity: Severity, at: Cursor, offset: number, message: string, fix?: string): void {
    this.problems.push(this.sourceMap.problemAt(severity, offset, at.pointer, message, fix));
  }

  /** Reads an extension and remembers that it was read; those nobody read are told at the end. */
  extension(at: Cursor | undefined, name: string): Cursor | undefined {
    const found = at?.get(name);
    if (found !== undefined) this.#extensionsRead.add(found.pointer);
    return found;
  }

  /** An extension that must be a map: anything else is told, because what it asks for would be lost. */
  extensionMap(at: Cursor | undefined, name: string): Cursor | undefined {
    const found = this.extension(at, name);
    if (found === undefined || found.isMap) return found;
    this.error(found, `Expected "${name}" to be a map`);
    return undefined;
  }

  wasRead(extension: Cursor): boolean {
    return this.#extensionsRead.has(extension.pointer);
  }

  /** Follows `$ref` until there is none. @returns undefined (and tells) when it leads nowhere or in a circle */
  resolve(at: Cursor): Cursor | undefined {
    const seen = new Set<string>();
    let current = at;
    for (;;) {
      const ref = current.get('$ref');
      if (ref === undefined) return current;
      const next = this.#target(ref, seen);
      if (next === undefined) return undefined;
      current = next;
    }
  }

  #target(ref: Cursor, seen: Set<string>): Cursor | undefined {
    const name = ref.value;
    if (typeof name !== 'string') return this.#nowhere(ref, 'A $ref must be a string');
    if (seen.has(name)) return this.#nowhere(ref, `The reference ${name} leads back to itself`);
    seen.add(name);
    if (!name.startsWith('#')) {
      return this.#nowhere(
        ref,
        `External references are not supported: ${name}`,
        'copy what it refers to into this file',
      );
    }
    return ref.follow(name) ?? this.#nowhere(ref, `Nothing stands at ${name}`);
  }

  #nowhere(at: Cursor, message: string, fix?: string): undefined {
    this.error(at, message, fix);
  }

  /** The text of a member; numbers and booleans are taken as text too, as AWS does. */
  text(at: Cursor | undefined, key: string): string | undefined {
    const found = at?.get(key);
    if (found === undefined || found.value === null) return undefined;
    if (typeof found.value === 'object') {
      this.error(found, `Expected "${key}" to be a string`);
      return undefined;
    }
    // `version: 1.10` is the text "1.10", not the number 1.1.
    return typeof found.value === 'number' ? this.sourceMap.wordAt(found.offset) : String(found.value);
  }

  boolean(at: Cursor | undefined, key: string): boolean | undefined {
    const found = at?.get(key);
    if (found === undefined || found.value === null) return undefined;
    if (found.value === true || found.value === 'true') return true;
    if (found.value === false || found.value === 'false') return false;
    this.error(found, `Expected "${key}" to be true or false`);
    return undefined;
  }

  number(at: Cursor | undefined, key: string): number | undefined {
    const found = at?.get(key);
    if (found === undefined || found.value === null) return undefined;
    const number =
      typeof found.value === 'string' && found.value.trim() !== '' ? Number(found.value) : found.value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    this.error(found, `Expected "${key}" to be a number`);
    return undefined;
  }

  /** One of `allowed`, in any case. */
  choice<T extends string>(
    at: Cursor | undefined,
    key: string,
    allowed: readonly T[],
    where: string,
  ): T | undefined {
    const text = this.text(at, key);
    if (text === undefined) return undefined;
    const found = allowed.find((one) => one.toUpperCase() === text.toUpperCase());
    if (found === undefined) this.error(at!.get(key)!, enumText(text, where, allowed));
    return found;
  }

  texts(at: Cursor | undefined, key: string): string[] | undefined {
    const found = at?.get(key);
    if (found === undefined || found.value === null) return undefined;
    if (!found.isList) {
      this.error(found, `Expected "${key}" to be a list of strings`);
      return undefined;
    }
    return found.items().flatMap((item) => {
      if (typeof item.value === 'string') return [item.value];
      this.error(item, `Expected "${key}" to be a list of strings`);
      return [];
    });
  }

  /** A member that must be a map when it is there. */
  map(at: Cursor | undefined, key: string): Cursor | undefined {
    const found = at?.get(key);
    if (found === undefined || found.value === null || found.isMap) return found?.isMap ? found : undefined;
    this.error(found, `Expected "${key}" to be a map`);
    return undefined;
  }
}

function idsIn(existing: ApiDefinition | undefined): Set<string> {
  const { resources = [], models = [], requestValidators = [] } = existing ?? {};
  const { authorizers = [], documentationParts = [] } = existing ?? {};
  const documents = [resources, models, requestValidators, authorizers, documentationParts].flat();
  return new Set(documents.map(({ id }) => id));
}

/** AWS's text for a value outside its enumeration. */
export function enumText(value: string, where: string, allowed: readonly string[]): string {
  return `Value '${value}' at '${where}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`;
}

/** A plain copy of a parsed value, with ordinary objects. */
export function plainCopy(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Leaves out members that are undefined, so that equal definitions are deeply equal. */
export function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** undefined when there is nothing in it: AWS does not return empty maps. */
export function unlessEmpty<T extends object>(map: T): T | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}
