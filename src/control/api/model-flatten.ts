// A model's schema with everything that it refers to put into it: GetModel with flatten=true.

import type { ModelLookup } from '../../models/index.ts';
import { jsonObject } from './json-object.ts';
import { isSchema, RefReader, type SchemaObject, type Target } from './model-refs.ts';

/** Members up to which references are replaced by what they name; beyond, they lead into `definitions`. */
const inlinedMax = 20_000;

/**
 * A schema that stands alone: each reference to another model is replaced by that model's schema. What refers to itself
 * cannot be put in its own place, so it comes under `definitions`.
 */
export function flattenedSchema(name: string, schema: string, schemas: ModelLookup): string {
  const root = jsonObject(schema);
  try {
    return root === undefined ? schema : JSON.stringify(new Flattening(name, root, schemas).flattened());
  } catch (error) {
    // Nested too deeply: only schemas that no compiler has checked can be.
    if (error instanceof RangeError) return schema;
    throw error;
  }
}

class Flattening {
  readonly #root: SchemaObject;
  readonly #refs: RefReader;
  readonly #definitions = new Map<SchemaObject, { readonly name: string; schema: unknown }>();
  #inlined = 0;

  constructor(name: string, root: SchemaObject, schemas: ModelLookup) {
    this.#root = root;
    this.#refs = new RefReader(schemas, { name, root });
  }

  flattened(): SchemaObject {
    const copy = this.#copy(this.#root, this.#root, [this.#root]) as SchemaObject;
    if (this.#definitions.size === 0) return copy;
    const added = [...this.#definitions.values()].map(({ name, schema }) => [name, schema]);
    const own = isSchema(copy.definitions) ? copy.definitions : {};
    return { ...copy, definitions: { ...own, ...Object.fromEntries(added) } };
  }

  /** @param above - schemas that are being put in place, outermost first */
  #copy(value: unknown, document: SchemaObject, above: readonly SchemaObject[]): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#copy(item, document, above));
    if (!isSchema(value)) return value;
    this.#inlined += 1;
    if (typeof value.$ref === 'string') {
      const target = this.#refs.follow(value.$ref, document);
      // Inside the model itself a reference is right as it is.
      const isOwn = value.$ref.startsWith('#') && document === this.#root;
      if (target !== undefined && !isOwn) return this.#placed(target, above);
      return value;
    }
    const members = Object.entries(value).map(([key, member]) => [
      key,
      key === 'enum' || key === 'default' ? member : this.#copy(member, document, above),
    ]);
    return Object.fromEntries(members);
  }

  #placed(target: Target, above: readonly SchemaObject[]): unknown {
    const { schema, document } = target;
    if (schema === this.#root) return { $ref: '#' };
    const isRecursive = above.includes(schema);
    if (isRecursive || this.#definitions.has(schema) || this.#inlined > inlinedMax)
      return this.#defined(target);
    const {
      definitions: _,
      $schema: __,
      ...copy
    } = this.#copy(schema, document, [...above, schema]) as SchemaObject;
    return copy;
  }

  #defined({ schema, document, name }: Target): SchemaObject {
    const known = this.#definitions.get(schema);
    if (known !== undefined) return { $ref: `#/definitions/${known.name}` };
    const entry = { name: this.#freeName(name), schema: undefined as unknown };
    this.#definitions.set(schema, entry);
    const { definitions: _, $schema: __, ...copy } = this.#copy(schema, document, [schema]) as SchemaObject;
    entry.schema = copy;
    return { $ref: `#/definitions/${entry.name}` };
  }

  #freeName(wanted: string): string {
    const plain = wanted.replace(/[^A-Za-z0-9_.-]/g, '') || 'schema';
    const taken = new Set(Array.from(this.#definitions.values(), ({ name }) => name));
    const own = isSchema(this.#root.definitions) ? this.#root.definitions : {};
    let name = plain;
    for (let i = 2; taken.has(name) || Object.hasOwn(own, name); i++) name = `${plain}${i}`;
    return name;
  }
}
