// Models as definitions (Swagger) or components.schemas (OpenAPI): references lead to their neighbours in the document.

import { tableOf } from '../../../base/table.ts';
import type { ApiDefinition, Model } from '../../../resources/index.ts';
import { standardMembers } from './documentation-index.ts';
import type { ExportContext } from './export-options.ts';

const modelUrl = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/#]+\/models\/([^/#]+)(?:#(.*))?$/;
/** Members whose values are data, not schemas. */
const data = new Set(['enum', 'default', 'const', 'example', 'examples']);
/** Every new API has these two; they are told only where something refers to them. */
const defaults = tableOf<object>({
  Empty: { type: 'object', title: 'Empty Schema' },
  Error: { type: 'object', title: 'Error Schema' },
});

/** The models of an API that a document can hold: JSON ones. */
export class ModelExport {
  readonly #context: ExportContext;
  readonly #schemas = new Map<string, object>();
  readonly #exported = new Set<string>();

  constructor({ models }: ApiDefinition, context: ExportContext) {
    this.#context = context;
    for (const model of models) {
      const schema = schemaOf(model);
      if (schema !== undefined) this.#schemas.set(model.name, schema);
    }
    for (const name of this.#schemas.keys()) if (defaults[name] === undefined) this.#export(name);
  }

  /** `{$ref}` to a model; undefined when the document cannot hold it. */
  schemaFor(modelName: string): { readonly $ref: string } | undefined {
    if (!this.#export(modelName)) return undefined;
    return { $ref: this.#context.refTo(modelName) };
  }

  /** Schemas by name, sorted; undefined when there are none. To be asked last: references bring models in. */
  schemas(): Record<string, unknown> | undefined {
    if (this.#exported.size === 0) return undefined;
    const names = [...this.#exported].sort();
    return Object.fromEntries(names.map((name) => [name, this.#schema(name)]));
  }

  #export(name: string): boolean {
    if (this.#exported.has(name)) return true;
    const schema = this.#schemas.get(name) ?? defaults[name];
    if (schema === undefined) return false;
    this.#exported.add(name);
    for (const other of modelsNamedIn(schema)) this.#export(other);
    return true;
  }

  #schema(name: string): unknown {
    const { $schema, ...schema } = (this.#schemas.get(name) ?? defaults[name]) as Record<string, unknown>;
    const documented = standardMembers(
      this.#context.documentation.of('MODEL', { name }),
      'title',
      'description',
    );
    return { ...(this.#rewritten(schema, name) as object), ...documented };
  }

  #rewritten(value: unknown, owner: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#rewritten(item, owner));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, member]) => {
      if (key === '$ref' && typeof member === 'string') return [key, this.#ref(member, owner)];
      return [key, data.has(key) ? member : this.#rewritten(member, owner)];
    });
    return Object.fromEntries(entries);
  }

  // A model may refer into itself: `#/definitions/x` is then below the model's own place.
  #ref(ref: string, owner: string): string {
    const found = modelUrl.exec(ref);
    if (found !== null) return this.#context.refTo(found[1]!) + (found[2] ?? '');
    return ref === '#' || ref.startsWith('#/') ? this.#context.refTo(owner) + ref.slice(1) : ref;
  }
}

function schemaOf({ contentType, schema }: Model): object | undefined {
  if (!/json/i.test(contentType) || schema === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(schema);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function modelsNamedIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const found = key === '$ref' && typeof member === 'string' ? modelUrl.exec(member) : null;
    return found === null ? modelsNamedIn(member) : [found[1]!];
  });
}
