// An OpenAPI schema as the draft 4 schema of a model.

import type { Cursor } from './cursor.ts';
import { type ImportContext, plainCopy } from './import-context.ts';

/** Gives the address for a `$ref`; undefined when it was refused. */
export type RewriteRef = (ref: string, at: Cursor) => string | undefined;

/** OpenAPI's annotations: they check nothing, and draft 4 does not know them. */
const annotations = new Set([
  'discriminator',
  'xml',
  'externalDocs',
  'example',
  'examples',
  'readOnly',
  'writeOnly',
  'deprecated',
  '$comment',
]);
const mapsOfSchemas = new Set(['properties', 'patternProperties', 'definitions', '$defs', 'dependencies']);
const schemas = new Set([
  'items',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'additionalProperties',
  'additionalItems',
]);

/** Converts a schema; what a draft 4 model cannot say is told as a warning. */
export function modelSchemaOf(schema: Cursor, context: ImportContext, rewrite: RewriteRef): unknown {
  if (schema.isList) return schema.items().map((item) => modelSchemaOf(item, context, rewrite));
  if (!schema.isMap) return plainCopy(schema.value);
  const converted: [string, unknown][] = [];
  for (const [key, value] of schema.entries()) {
    if (key.startsWith('x-') || annotations.has(key)) continue;
    if (key === '$ref' && typeof value.value === 'string') {
      converted.push([key, rewrite(value.value, value) ?? '#']);
    } else if (mapsOfSchemas.has(key) && value.isMap) {
      const members = value.entries().map(([name, one]) => [name, modelSchemaOf(one, context, rewrite)]);
      converted.push([key, Object.fromEntries(members)]);
    } else if (schemas.has(key)) converted.push([key, modelSchemaOf(value, context, rewrite)]);
    else converted.push(...keyword(key, value, context));
  }
  return Object.fromEntries(converted);
}

function keyword(key: string, value: Cursor, context: ImportContext): [string, unknown][] {
  switch (key) {
    case 'nullable':
      if (value.value === true) {
        const fix = 'write the type as a list, for example type: [string, "null"]';
        context.atKey(
          'warning',
          value,
          'API Gateway models do not support "nullable": null will be refused',
          fix,
        );
      }
      return [];
    // JSON Schema 2020-12, which OpenAPI 3.1 speaks, in the words of draft 4.
    case 'const':
      return [['enum', [plainCopy(value.value)]]];
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      if (typeof value.value !== 'number') return [[key, value.value]];
      return [
        [key === 'exclusiveMinimum' ? 'minimum' : 'maximum', value.value],
        [key, true],
      ];
    case 'type':
      return value.value === 'file' ? [] : [[key, plainCopy(value.value)]];
    default:
      return [[key, plainCopy(value.value)]];
  }
}
