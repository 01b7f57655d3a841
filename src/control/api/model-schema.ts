// What a model's schema may be, and whom it refers to.

import { compileModel, ModelError, type ModelLookup, modelNameOf } from '../../models/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { jsonObject } from './json-object.ts';

const schemaBytesMax = 400 * 1024;

/**
 * @param schemas - schema text of each model of the API, by name, the checked one included
 * @throws BadRequestException when the schema says nothing or cannot be compiled
 */
export function checkSchema(schema: string | undefined, contentType: string, schemas: ModelLookup): void {
  if (schema === undefined || schema.trim() === '' || isEmptyObject(schema))
    throw badRequest('Model schema must have at least 1 property or array items defined');
  if (Buffer.byteLength(schema) > schemaBytesMax) throw invalid('the schema is larger than 400 KB');
  if (!/[/+]json\b/i.test(contentType)) return;
  const missing = modelsReferredTo(schema).find((name) => schemas(name) === undefined);
  if (missing !== undefined) throw invalid(`it refers to the model '${missing}', which is not there`);
  try {
    compileModel(schema, schemas);
  } catch (error) {
    if (error instanceof ModelError) throw invalid(error.message);
    throw error;
  }
}

const invalid = (why: string) =>
  badRequest(
    `Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. ${why}]`,
  );

function isEmptyObject(schema: string): boolean {
  const object = jsonObject(schema);
  return object !== undefined && Object.keys(object).length === 0;
}

/** Names of the models that a schema refers to by their address; none when it is no JSON. */
export function modelsReferredTo(schema: string | undefined): string[] {
  // Most refer to none, and need not be parsed for that.
  if (schema?.includes('$ref') !== true) return [];
  const names = new Set<string>();
  const waiting: unknown[] = [jsonObject(schema)];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, member] of Object.entries(value)) {
      const name = key === '$ref' && typeof member === 'string' ? modelNameOf(member) : undefined;
      if (name !== undefined) names.add(name);
      // What stands under these is data: a "$ref" in it is only text.
      else if (key !== 'enum' && key !== 'default') waiting.push(member);
    }
  }
  return [...names];
}
