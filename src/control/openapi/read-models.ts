// Models: components.schemas and definitions, and the generated models of inline schemas.

import type { Model } from '../../resources/index.ts';
import type { Cursor } from './cursor.ts';
import type { ImportContext } from './import-context.ts';
import { modelSchemaOf } from './model-schema.ts';
import { element } from './source-map.ts';

/** AWS's quota of a model. */
const schemaBytesMax = 400 * 1024;
const componentRef = /^#\/(?:components\/schemas|definitions)\/([^/]+)(\/.*)?$/;
const modelUrl = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/#]+\/models\/([^/#]+)(#.*)?$/;

const builtIn: Readonly<Record<string, string>> = {
  Empty: 'Empty Schema',
  Error: 'Error Schema',
};

/** The models of one import, made as they are met. */
export class ModelTable {
  readonly #context: ImportContext;
  readonly #models = new Map<string, Model>();
  /** JSON pointer of an inline schema -> the name of its generated model. */
  readonly #generated = new Map<string, string>();
  /** Schema text -> the generated model that has it. */
  readonly #nameByText = new Map<string, string>();
  readonly #declared: Cursor | undefined;

  constructor(context: ImportContext) {
    this.#context = context;
    const { root, major } = context;
    this.#declared =
      major === 2 ? context.map(root, 'definitions') : context.map(root.get('components'), 'schemas');
    for (const [name, schema] of this.#declared?.entries() ?? []) this.#declare(name, schema);
  }

  get models(): readonly Model[] {
    return [...this.#models.values()];
  }

  /** The name of the model for a schema: the one that it refers to, or a generated one. */
  nameFor(schema: Cursor): string | undefined {
    const ref = schema.get('$ref');
    if (typeof ref?.value !== 'string') return this.#generate(schema);
    const url = this.#rewrite(ref, ref.value);
    const found = url === undefined ? null : modelUrl.exec(url);
    if (found === null) return undefined;
    // A reference into a model has no model of its own.
    return found[2] === undefined ? decodeURIComponent(found[1]!) : this.#generate(schema);
  }

  #declare(name: string, schema: Cursor): void {
    const context = this.#context;
    if (!/^[A-Za-z0-9]+$/.test(name)) {
      const message = `Unable to create model for '${name}': Model name must be alphanumeric: ${name}`;
      context.atKey(
        'error',
        schema,
        message,
        `rename it to ${name.replace(/[^A-Za-z0-9]/g, '') || 'letters and digits'}`,
      );
    } else if (!schema.isMap || Object.keys(schema.value as object).length === 0) {
      const message = `Unable to create model for '${name}': Model schema must have at least 1 property or array items defined`;
      context.error(schema, message, 'give it a type, such as "type: object"');
    } else this.#add(name, schema);
  }

  #add(name: string, schema: Cursor): void {
    const { existing } = this.#context.options;
    // Reserved before the schema is read: it may refer to itself.
    this.#models.set(name, { id: '', name, contentType: 'application/json' });
    const description = schema.get('description')?.value;
    const converted = modelSchemaOf(schema, this.#context, (ref, at) => this.#rewrite(at, ref));
    const text = JSON.stringify(converted);
    if (Buffer.byteLength(text) > schemaBytesMax) {
      this.#context.atKey(
        'error',
        schema,
        `Unable to create model for '${name}': the schema is larger than 400 KB`,
      );
    }
    this.#models.set(name, {
      id: existing?.models.find((model) => model.name === name)?.id ?? this.#context.newId(6),
      name,
      ...(typeof description === 'string' && description !== '' ? { description } : {}),
      schema: text,
      contentType: 'application/json',
    });
    this.#context.sourceMap.set(element.model(name), schema);
  }

  #generate(schema: Cursor): string | undefined {
    const known = this.#generated.get(schema.pointer);
    if (known !== undefined) return known;
    if (!schema.isMap || Object.keys(schema.value as object).length === 0) return undefined;
    const name = this.#nameAsBefore(schema) ?? `MODEL${this.#context.newId(6)}`;
    this.#generated.set(schema.pointer, name);
    this.#add(name, schema);
    return this.#twinOf(name, schema);
  }

  // Equal inline schemas share one model. (One that refers to itself carries its own name, so it has no twin.)
  #twinOf(name: string, schema: Cursor): string {
    const text = this.#models.get(name)!.schema!;
    const twin = this.#nameByText.get(text);
    if (twin === undefined || twin === name) {
      this.#nameByText.set(text, name);
      return name;
    }
    this.#models.delete(name);
    this.#generated.set(schema.pointer, twin);
    return twin;
  }

  // The same schema read again keeps its generated model, so that importing a file twice changes nothing.
  #nameAsBefore(schema: Cursor): string | undefined {
    const { existing } = this.#context.options;
    if (existing === undefined) return undefined;
    const text = JSON.stringify(modelSchemaOf(schema, this.#context, (ref, at) => this.#rewrite(at, ref)));
    return existing.models.find((model) => model.schema === text && /^MODEL[a-z0-9]{6}$/.test(model.name))
      ?.name;
  }

  /** AWS's address for what `ref` names; undefined (and told) when it names nothing. */
  #rewrite(at: Cursor, ref: string): string | undefined {
    const address = (name: string, rest = '') =>
      `https://apigateway.amazonaws.com/restapis/${this.#context.apiId}/models/${name}${rest}`;
    const aws = modelUrl.exec(ref);
    if (aws !== null) {
      if (!this.#has(aws[1]!)) this.#context.error(at, `Invalid model identifier specified: ${aws[1]}`);
      return address(aws[1]!, aws[2]);
    }
    const component = componentRef.exec(ref);
    if (component !== null && this.#has(component[1]!)) {
      return address(component[1]!, component[2] === undefined ? '' : `#${component[2]}`);
    }
    if (!ref.startsWith('#')) {
      const fix = 'copy the schema into this file';
      this.#context.error(at, `External references are not supported: ${ref}`, fix);
      return undefined;
    }
    const target = at.follow(ref);
    if (target === undefined || component !== null) {
      this.#context.error(at, `Invalid model identifier specified: ${component?.[1] ?? ref}`);
      return undefined;
    }
    const name = this.#generate(target);
    return name === undefined ? undefined : address(name);
  }

  #has(name: string): boolean {
    const { existing, mode } = this.#context.options;
    if (this.#models.has(name) || this.#declared?.get(name) !== undefined) return true;
    if (mode === 'merge' && existing?.models.some((model) => model.name === name)) return true;
    const title = builtIn[name];
    if (title === undefined) return false;
    // AWS makes these two when an import refers to them without declaring them.
    const id = existing?.models.find((model) => model.name === name)?.id ?? this.#context.newId(6);
    const schema = JSON.stringify({ title, type: 'object' });
    this.#models.set(name, { id, name, schema, contentType: 'application/json' });
    return true;
  }
}
