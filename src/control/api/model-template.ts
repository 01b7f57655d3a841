// A mapping template that writes what a model describes: GetModelTemplate. A start for people to change.

import type { ModelLookup } from '../../models/index.ts';
import { jsonObject } from './json-object.ts';
import { isSchema, RefReader, type SchemaObject } from './model-refs.ts';

const depthMax = 12;
/** Lines that a template may have; beyond, objects are left empty. */
const linesMax = 2_000;

/**
 * @param schema - the model's schema, JSON text
 * @param schemas - schema text of the API's models by name, for references
 * @returns VTL that copies the input member by member
 */
export function modelTemplate(name: string, schema: string, schemas: ModelLookup): string {
  const root = jsonObject(schema) ?? {};
  const body = new TemplateWriter(new RefReader(schemas, { name, root })).value(root, root, '$inputRoot', 0);
  return `#set($inputRoot = $input.path('$'))\n${body}`;
}

class TemplateWriter {
  readonly #refs: RefReader;
  #lines = 0;

  constructor(refs: RefReader) {
    this.#refs = refs;
  }

  /**
   * @param from - the expression that stands for the value, such as `$inputRoot.name`
   * @param loops - how many `#foreach` it stands in
   */
  value(given: SchemaObject, document: SchemaObject, from: string, depth: number, loops = 0): string {
    this.#lines += 1;
    const [schema, within] = this.#resolved(given, document);
    switch (kindOf(schema)) {
      case 'object':
        return this.#object(schema, within, from, depth, loops);
      case 'array':
        return this.#array(schema, within, from, depth, loops);
      case 'integer':
      case 'number':
      case 'boolean':
        return from;
      case 'null':
        return 'null';
      case 'string':
        return `"${from}"`;
      default:
        // It says nothing of its type: on the outside an object, as Empty is; as a member, text.
        return depth === 0 ? '{ }' : `"${from}"`;
    }
  }

  #object(schema: SchemaObject, document: SchemaObject, from: string, depth: number, loops: number): string {
    const properties = Object.entries(this.#propertiesOf(schema, document, depth));
    if (properties.length === 0 || depth >= depthMax || this.#lines > linesMax) return '{ }';
    const indent = '  '.repeat(depth + 1);
    const members = properties.map(([name, [property, within]]) => {
      const value = this.value(property, within, memberOf(from, name), depth + 1, loops);
      return `${indent}${templateText(JSON.stringify(name))} : ${value}`;
    });
    return `{\n${members.join(',\n')}\n${'  '.repeat(depth)}}`;
  }

  #array(schema: SchemaObject, document: SchemaObject, from: string, depth: number, loops: number): string {
    if (depth >= depthMax || this.#lines > linesMax) return '[ ]';
    const given = Array.isArray(schema.items) ? schema.items[0] : schema.items;
    const items = isSchema(given) ? given : {};
    const element = loops === 0 ? '$elem' : `$elem${loops + 1}`;
    const indent = '  '.repeat(depth + 1);
    const value = this.value(items, document, element, depth + 1, loops + 1);
    return [
      '[',
      `#foreach(${element} in ${from})`,
      `${indent}${value}#if($foreach.hasNext),#end`,
      '#end',
      `${'  '.repeat(depth)}]`,
    ].join('\n');
  }

  /** Name -> its schema, and the document to read that in; those of `allOf` too. */
  #propertiesOf(
    schema: SchemaObject,
    document: SchemaObject,
    depth: number,
  ): Readonly<Record<string, readonly [SchemaObject, SchemaObject]>> {
    const own = isSchema(schema.properties) ? Object.entries(schema.properties) : [];
    const parts = depth < depthMax && Array.isArray(schema.allOf) ? schema.allOf.filter(isSchema) : [];
    const inherited = parts.map((part) => this.#propertiesOf(...this.#resolved(part, document), depth + 1));
    const entries = own.filter((entry): entry is [string, SchemaObject] => isSchema(entry[1]));
    return Object.assign(
      Object.create(null),
      ...inherited,
      Object.fromEntries(entries.map(([name, property]) => [name, [property, document] as const])),
    );
  }

  #resolved(schema: SchemaObject, document: SchemaObject): readonly [SchemaObject, SchemaObject] {
    let at: readonly [SchemaObject, SchemaObject] = [schema, document];
    for (let i = 0; i < depthMax; i++) {
      const [current, within] = at;
      if (typeof current.$ref === 'string') {
        const target = this.#refs.follow(current.$ref, within);
        if (target === undefined) return [{}, within];
        at = [target.schema, target.document];
      } else {
        const choice = current.oneOf ?? current.anyOf;
        const first: unknown = Array.isArray(choice) && current.type === undefined ? choice[0] : undefined;
        if (!isSchema(first)) return at;
        at = [first, within];
      }
    }
    return [{}, document];
  }
}

function kindOf(schema: SchemaObject): string {
  const { type } = schema;
  const first: unknown = Array.isArray(type) ? (type.find((one) => one !== 'null') ?? type[0]) : type;
  if (typeof first === 'string') return first;
  if (isSchema(schema.properties) || Array.isArray(schema.allOf)) return 'object';
  if (schema.items !== undefined) return 'array';
  return Array.isArray(schema.enum) ? typeof schema.enum[0] : 'unknown';
}

/** A member of a reference; names that Velocity cannot write after a dot go into brackets. */
function memberOf(from: string, name: string): string {
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return `${from}.${name}`;
  return `${from}.get('${name.replaceAll("'", "''")}')`;
}

/** JSON text that Velocity prints as it is. */
const templateText = (json: string): string => json.replaceAll('#', '\\u0023').replaceAll('$', '\\u0024');
