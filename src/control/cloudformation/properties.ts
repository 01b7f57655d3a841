// Properties of a template's resource -> the input of the operation that makes it. Templates spell members with capitals
// and say numbers as texts, too.

import { jsonConverter } from '../protocol/convert.ts';
import { AwsException, badRequest } from '../protocol/exceptions.ts';
import type { Members, ShapeKind } from '../protocol/shape.ts';
import type { TemplateResource } from './read-template.ts';
import { type Named, resolve, TemplateError } from './resolve.ts';

/** @throws TemplateError for a property that is unknown or of another type */
export function inputOf(
  { properties, type }: TemplateResource,
  members: Members,
  names: ReadonlyMap<string, Named>,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [property, at] of properties) {
    const name = memberNamed(property, members);
    if (name === null) throw new TemplateError(at, `${property} is no property of ${type} here`);
    const value = resolve(at, names);
    if (value === undefined) continue;
    const { shape } = members[name]!;
    try {
      input[name] = jsonConverter(shape)(loosened(value, shape));
    } catch (error) {
      if (error instanceof AwsException) throw new TemplateError(at, `${property}: ${error.message}`);
      throw error;
    }
  }
  return input;
}

/** `RouteKey` -> `routeKey`; functions' members have capitals as templates have. */
function memberNamed(property: string, members: Members): string | null {
  if (Object.hasOwn(members, property)) return property;
  const lower = property.charAt(0).toLowerCase() + property.slice(1);
  return lower !== property && Object.hasOwn(members, lower) ? lower : null;
}

/** A value as the wire would have it: what is text but means something else, and names of structures' members. */
function loosened(value: unknown, shape: ShapeKind): unknown {
  switch (shape.type) {
    case 'string':
      if (typeof value === 'number' || typeof value === 'boolean') return String(value);
      return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'integer':
    case 'long':
    case 'double':
      return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    case 'list':
      return Array.isArray(value) ? value.map((item) => loosened(item, shape.member)) : value;
    case 'map':
      return mapped(value, (key, entry) => [key, loosened(entry, shape.value)]);
    case 'structure':
      return mapped(value, (key, entry) => {
        const name = memberNamed(key, shape.members);
        if (name === null) throw badRequest(`${key} is unknown`);
        return [name, loosened(entry, shape.members[name]!.shape)];
      });
    default:
      return value;
  }
}

function mapped(value: unknown, change: (key: string, entry: unknown) => [string, unknown]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => change(key, entry)));
}
