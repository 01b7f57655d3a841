// Following references of a model's schema: into the schema itself and into other models of the API.

import { type ModelLookup, modelNameOf } from '../../models/index.ts';
import { jsonObject } from './json-object.ts';

export type SchemaObject = Readonly<Record<string, unknown>>;

/** A schema that a reference leads to, and the document in which its own references are to be read. */
export interface Target {
  readonly schema: SchemaObject;
  readonly document: SchemaObject;
  /** A word for it: the model's name, or the last part of the pointer. */
  readonly name: string;
}

export const isSchema = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Follows references from documents that are each parsed once. */
export class RefReader {
  readonly #schemas: ModelLookup;
  readonly #documents = new Map<string, SchemaObject | undefined>();

  /** @param itself - the model that is read, so that its own references to it lead to this very object */
  constructor(schemas: ModelLookup, itself: { readonly name: string; readonly root: SchemaObject }) {
    this.#schemas = schemas;
    this.#documents.set(itself.name, itself.root);
  }

  /** @returns undefined when the reference leads nowhere that is known here */
  follow(ref: string, document: SchemaObject): Target | undefined {
    const [, pointer = ''] = ref.split('#', 2);
    const name = modelNameOf(ref);
    const base = name === undefined ? (ref.startsWith('#') ? document : undefined) : this.#model(name);
    if (base === undefined) return undefined;
    const parts = pointer.split('/').slice(1).map(unescaped);
    let at: unknown = base;
    for (const part of parts) at = isIn(at, part) ? at[part] : undefined;
    return isSchema(at) ? { schema: at, document: base, name: parts.at(-1) ?? name ?? 'root' } : undefined;
  }

  #model(name: string): SchemaObject | undefined {
    if (!this.#documents.has(name)) this.#documents.set(name, jsonObject(this.#schemas(name)));
    return this.#documents.get(name);
  }
}

const isIn = (value: unknown, key: string): value is SchemaObject =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key);

/** A part of a JSON pointer in a URL. @see RFC 6901, section 6 */
function unescaped(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // A lone "%" stands for itself.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}
