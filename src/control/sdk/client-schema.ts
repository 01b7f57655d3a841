// Models as schemas of an OpenAPI 3.0 document for client generators. Only references inside the document are kept: a
// generator follows the others, to files and hosts.

import type { Model } from '../../resources/index.ts';

type Json = Readonly<Record<string, unknown>>;
export type Schemas = Readonly<Record<string, Json>>;

/** Those with a text, a number or a boolean. */
const copied = [
  'title',
  'default',
  'description',
  'format',
  'multipleOf',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'maxProperties',
  'minProperties',
]; // prettier-ignore

/** Any JSON value. */
export const anyValue: Json = {};

export const schemaRef = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** The schemas of an API's models, and of the definitions inside them, by name. */
export function clientSchemas(models: readonly Model[]): Schemas {
  const names = new Set(models.map(({ name }) => name));
  const schemas: Record<string, Json> = {};
  for (const { name, schema, contentType } of models) {
    const root = contentType.includes('json') ? parsed(schema) : undefined;
    const definitions = objectOf(objectOf(root)?.definitions) ?? {};
    const inner = new Map(
      Object.keys(definitions).map((key) => [key, freeName(`${name}${wordOf(key)}`, names)]),
    );
    const converter = new Converter(name, names, inner);
    schemas[name] = converter.schema(root);
    for (const [key, innerName] of inner) schemas[innerName] = converter.schema(definitions[key]);
  }
  return schemas;
}

function freeName(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let count = 2; names.has(name); count++) name = `${wanted}${count}`;
  names.add(name);
  return name;
}

const wordOf = (key: string): string => {
  const word = key.replace(/[^0-9A-Za-z]/g, '');
  return word.charAt(0).toUpperCase() + word.slice(1);
};

function parsed(schema: string | undefined): unknown {
  try {
    return JSON.parse(schema ?? '{}');
  } catch {
    return undefined;
  }
}

const objectOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** Draft 4 -> OpenAPI 3.0. What clients cannot say is left out: they are no validators. */
class Converter {
  readonly #name: string;
  readonly #names: ReadonlySet<string>;
  readonly #inner: ReadonlyMap<string, string>;

  constructor(name: string, names: ReadonlySet<string>, inner: ReadonlyMap<string, string>) {
    this.#name = name;
    this.#names = names;
    this.#inner = inner;
  }

  schema(value: unknown): Json {
    const schema = objectOf(value);
    if (schema === undefined) return anyValue;
    if (typeof schema.$ref === 'string') return this.#ref(schema.$ref);
    const out: Record<string, unknown> = {};
    for (const key of copied) if (isScalar(schema[key])) out[key] = schema[key];
    if (Array.isArray(schema.enum) && schema.enum.every(isScalar)) out.enum = schema.enum;
    const types = [schema.type].flat().filter((type) => typeof type === 'string');
    const [type, ...others] = types.filter((one) => one !== 'null');
    if (types.includes('null')) out.nullable = true;
    if (others.length === 0 && type !== undefined) out.type = type;
    for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
      const list = schema[key];
      if (Array.isArray(list) && list.length > 0) out[key] = list.map((one) => this.schema(one));
    }
    const properties = objectOf(schema.properties);
    if (properties !== undefined) {
      const members = Object.entries(properties).map(([name, one]) => [name, this.schema(one)] as const);
      out.properties = Object.fromEntries(members);
    }
    if (Array.isArray(schema.required) && schema.required.length > 0) out.required = schema.required;
    // Clients take members that a newer API adds: what a model closes stays open here.
    if (objectOf(schema.additionalProperties) !== undefined)
      out.additionalProperties = this.schema(schema.additionalProperties);
    if (out.type === 'array') out.items = this.schema(Array.isArray(schema.items) ? {} : schema.items);
    return out;
  }

  #ref(ref: string): Json {
    if (ref === '#') return schemaRef(this.#name);
    const local = /^#\/definitions\/([^/]+)$/.exec(ref);
    const inner =
      local === null ? undefined : this.#inner.get(local[1]!.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (inner !== undefined) return schemaRef(inner);
    // https://apigateway.amazonaws.com/restapis/{api id}/models/{name}
    const model = /\/restapis\/[^/]+\/models\/([0-9A-Za-z]+)$/.exec(ref)?.[1];
    return model !== undefined && this.#names.has(model) ? schemaRef(model) : anyValue;
  }
}
