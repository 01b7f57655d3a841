// JSON values and texts of a request -> values of their shapes. A value of another type is refused in the words of the
// service's framework, Java class names included.

import { assertNever } from '../../base/assert.ts';
import { serialization } from './exceptions.ts';
import type { Members, ShapeKind } from './shape.ts';

/** @throws SerializationException */
export type Converter<From> = (value: From) => unknown;

const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** For a value of a JSON body that is not null. */
export function jsonConverter(shape: ShapeKind): Converter<unknown> {
  switch (shape.type) {
    case 'string':
      return (value) => (typeof value === 'string' ? value : refuseScalar(value, 'String'));
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : refuseScalar(value, 'Boolean'));
    case 'integer':
      return (value) => (typeof value === 'number' ? integerOf(value) : refuseScalar(value, 'Integer'));
    case 'long':
      return (value) => (typeof value === 'number' ? longOf(value) : refuseScalar(value, 'Long'));
    case 'double':
      return (value) => (typeof value === 'number' ? doubleOf(value) : refuseScalar(value, 'Double'));
    case 'blob':
      return (value) => (typeof value === 'string' ? bytesOf(value) : refuseScalar(value, 'Blob'));
    case 'list': {
      const convert = jsonConverter(shape.member);
      // What is null stays, to be refused as a constraint.
      return (value) =>
        Array.isArray(value)
          ? value.map((entry: unknown) => (entry === null ? null : convert(entry)))
          : refuseCollection(value);
    }
    case 'map':
      return mapConverter(jsonConverter(shape.value), shape.keepsNull === true);
    case 'json':
      return (value) => value;
    case 'structure':
      return structureConverter(shape.members);
    default:
      return assertNever(shape, 'shape');
  }
}

function mapConverter(convert: Converter<unknown>, keepsNull: boolean): Converter<unknown> {
  return (value) => {
    const given = objectOf(value);
    const map: Record<string, unknown> = {};
    for (const key of Object.keys(given)) {
      // A name that objects cannot hold as they hold others.
      if (key === '__proto__') throw serialization('__proto__ can not be the key of a map');
      const entry = given[key];
      if (entry !== null) map[key] = convert(entry);
      else if (keepsNull) map[key] = null;
    }
    return map;
  };
}

interface ConvertedMember {
  readonly name: string;
  readonly wireName: string;
  readonly convert: Converter<unknown>;
}

/** Members of the body, under their names on the wire; others are passed over. */
export function bodyMembers(members: Members): readonly ConvertedMember[] {
  return Object.entries(members)
    .filter(([, { place }]) => place === 'body')
    .map(([name, member]) => ({
      name,
      wireName: member.wireName ?? name,
      convert: jsonConverter(member.shape),
    }));
}

/** Puts what `given` has of the members into `into`. */
export function convertMembers(
  members: readonly ConvertedMember[],
  given: Readonly<Record<string, unknown>>,
  into: Record<string, unknown>,
): void {
  for (const { name, wireName, convert } of members) {
    const value = given[wireName];
    if (value !== undefined && value !== null) into[name] = convert(value);
  }
}

function structureConverter(declared: Members): Converter<unknown> {
  const members = bodyMembers(declared);
  return (value) => {
    const structure: Record<string, unknown> = {};
    convertMembers(members, objectOf(value), structure);
    return structure;
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  return refuseCollection(value);
}

/** A fraction is cut off, as the framework does it. */
function integerOf(value: number): number {
  const whole = Math.trunc(value) + 0;
  if (whole >= int32.min && whole <= int32.max) return whole;
  throw serialization(`${bigNumber} can not be converted to an Integer`);
}

function longOf(value: number): number {
  const whole = Math.trunc(value) + 0;
  if (Number.isSafeInteger(whole)) return whole;
  throw serialization(`${bigNumber} can not be converted to a Long`);
}

/** What was too large for a double has been read as infinite. */
function doubleOf(value: number): number {
  if (Number.isFinite(value)) return value;
  throw serialization(`${bigNumber} can not be converted to a Double`);
}

/** What is no base64 is passed over by the decoder, so the bytes are then fewer than the text says. */
function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (bytes.length === Math.floor(((text.length - padding) * 3) / 4)) return bytes;
  throw serialization('The value is not base64');
}

/** For a value of the path, the query or a header. */
export function textConverter(shape: ShapeKind): Converter<string> {
  switch (shape.type) {
    case 'string':
      return (text) => text;
    case 'boolean':
      return (text) => {
        const lower = text.toLowerCase();
        return lower === 'true' ? true : lower === 'false' ? false : refuseScalar(text, 'Boolean');
      };
    case 'integer':
      return (text) => (/^[+-]?\d+$/.test(text) ? integerOf(Number(text)) : refuseScalar(text, 'Integer'));
    default:
      throw new TypeError(`A ${shape.type} has no place in a path, a query or a header`);
  }
}

const bigNumber = 'class com.amazon.coral.value.json.numbers.TruncatingBigNumber';

function classOf(value: unknown): string {
  if (typeof value === 'string') return 'class java.lang.String';
  return typeof value === 'boolean' ? 'class java.lang.Boolean' : bigNumber;
}

function refuseScalar(value: unknown, wanted: string): never {
  if (typeof value === 'object') throw collectionNotExpected(value);
  // "an" before every name: the service says "an String".
  throw serialization(`${classOf(value)} can not be converted to an ${wanted}`);
}

function refuseCollection(value: unknown): never {
  if (typeof value === 'object') throw collectionNotExpected(value);
  throw serialization(`Unrecognized collection type ${classOf(value)}`);
}

const collectionNotExpected = (value: unknown) =>
  serialization(
    Array.isArray(value)
      ? 'Start of list found where not expected'
      : 'Start of structure or map found where not expected',
  );
