// Ajv's errors in the words of the validator that API Gateway runs (the Java json-schema-validator).
// @see data-plane reference, section 16

import type { ErrorObject } from 'ajv';
import { stringFormats } from './formats.ts';

/** Detail texts kept for one body; a client learns nothing from more, and memory must not follow its errors. */
const detailsMax = 100;

/**
 * Puts errors into words, in order of discovery.
 *
 * @param errors - Ajv's errors, made with `verbose`
 */
export function detailTexts(errors: readonly ErrorObject[]): readonly string[] {
  // Elements of one array fail at the same path of the schema, so there are few of these however large the body.
  const composites = new Set<string>();
  for (const error of errors) if (isComposite(error.keyword)) composites.add(`${error.schemaPath}/`);
  const paths = [...composites];
  const texts: string[] = [];
  const told = new Set<string>();
  for (const error of errors) {
    if (texts.length >= detailsMax) break;
    // What fails inside a branch of anyOf is a detail of the anyOf, which is told as one.
    if (paths.some((path) => error.schemaPath.startsWith(path))) continue;
    if (together.has(error.keyword)) {
      const place = `${error.keyword} ${error.instancePath} ${error.schemaPath}`;
      if (told.has(place)) continue;
      told.add(place);
    }
    texts.push(textOf(error, errors));
  }
  return texts;
}

const isComposite = (keyword: string): boolean =>
  keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'not';
/** Keywords of which Ajv tells each offending name apart, and AWS all in one text. */
const together = new Set(['required', 'additionalProperties', 'dependencies']);

function textOf(error: ErrorObject, errors: readonly ErrorObject[]): string {
  const { params, data, schema } = error;
  switch (error.keyword) {
    case 'required':
      return `object has missing required properties (${list(namesOf(error, errors, 'missingProperty'))})`;
    case 'additionalProperties':
      return `object instance has properties which are not allowed by the schema: ${list(namesOf(error, errors, 'additionalProperty'))}`;
    case 'type':
      return `instance type (${typeOf(data)}) does not match any allowed primitive type (allowed: ${list([schema].flat().sort())})`;
    case 'minimum':
      return params.comparison === '>'
        ? `numeric instance is not strictly greater than the required minimum ${params.limit}`
        : `numeric instance is lower than the required minimum (minimum: ${params.limit}, found: ${data})`;
    case 'maximum':
      return params.comparison === '<'
        ? `numeric instance is not strictly lower than the required maximum ${params.limit}`
        : `numeric instance is greater than the required maximum (maximum: ${params.limit}, found: ${data})`;
    case 'multipleOf':
      return `remainder of division is not zero (${data} / ${params.multipleOf})`;
    case 'minLength':
      return `string ${quote(data)} is too short (length: ${lengthOf(data)}, required minimum: ${params.limit})`;
    case 'maxLength':
      return `string ${quote(data)} is too long (length: ${lengthOf(data)}, maximum allowed: ${params.limit})`;
    case 'pattern':
      return `ECMA 262 regex ${quote(params.pattern)} does not match input string ${quote(data)}`;
    case 'format':
      return `string ${quote(data)} ${stringFormats[params.format]?.refusal ?? 'is invalid'}`;
    case 'enum':
      return `instance value (${clip(JSON.stringify(data))}) not found in enum (possible values: ${list(schema as unknown[])})`;
    case 'minItems':
      return `array is too short: must have at least ${params.limit} elements but instance has ${(data as unknown[]).length} elements`;
    case 'maxItems':
      return `array is too long: must have at most ${params.limit} elements but instance has ${(data as unknown[]).length} elements`;
    case 'additionalItems':
      return `array is too long: must have at most ${params.limit} elements but instance has ${(data as unknown[]).length} elements`;
    case 'uniqueItems':
      return 'array must not contain duplicate elements';
    case 'minProperties':
      return `object has too few properties (found ${Object.keys(data as object).length} but schema requires at least ${params.limit})`;
    case 'maxProperties':
      return `object has too many properties (found ${Object.keys(data as object).length} but schema requires at most ${params.limit})`;
    case 'dependencies': {
      const missing = namesOf(error, errors, 'missingProperty');
      return `property ${quote(params.property)} of object has missing property dependencies (schema requires ${list(String(params.deps).split(', '))}; missing: ${list(missing)})`;
    }
    case 'anyOf':
      return `instance failed to match at least one required schema among ${(schema as unknown[]).length}`;
    case 'oneOf':
      return `instance failed to match exactly one schema (matched ${params.passingSchemas?.length ?? 0} out of ${(schema as unknown[]).length})`;
    case 'not':
      return 'instance matched a schema which it should not have';
    default:
      return error.message ?? `instance does not match ${error.keyword}`;
  }
}

function namesOf(error: ErrorObject, errors: readonly ErrorObject[], param: string): string[] {
  const names = errors
    .filter((other) => other.keyword === error.keyword)
    .filter((other) => other.instancePath === error.instancePath && other.schemaPath === error.schemaPath)
    .map((other) => String(other.params[param]));
  return [...new Set(names)].sort();
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const list = (values: readonly unknown[]): string => clip(JSON.stringify(values));
const quote = (value: unknown): string => clip(JSON.stringify(value));
const clip = (text: string): string => (text.length > 1024 ? `${text.slice(0, 1024)}...` : text);
const lengthOf = (value: unknown): number => [...String(value)].length;
