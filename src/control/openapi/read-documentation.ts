// x-amazon-apigateway-documentation: the parts of the documentation, for an import of a whole API or of the parts alone.

import { tableOf } from '../../base/table.ts';
import type { DocumentationPart } from '../../resources/index.ts';

import type { Cursor } from './cursor.ts';
import { compact, enumText, type ImportContext } from './import-context.ts';

/** In the order in which the service prints them, each with the members that its location may have. */
export const locationMembers = tableOf<readonly string[]>({
  RESPONSE_BODY: ['path', 'method', 'statusCode'],
  RESPONSE: ['path', 'method', 'statusCode'],
  METHOD: ['path', 'method'],
  MODEL: ['name'],
  AUTHORIZER: ['name'],
  RESPONSE_HEADER: ['path', 'method', 'statusCode', 'name'],
  RESOURCE: ['path'],
  PATH_PARAMETER: ['path', 'method', 'name'],
  REQUEST_BODY: ['path', 'method'],
  QUERY_PARAMETER: ['path', 'method', 'name'],
  API: [],
  REQUEST_HEADER: ['path', 'method', 'name'],
});

export interface Documentation {
  readonly parts: readonly DocumentationPart[];
  readonly version?: string;
}

/**
 * Reads the parts. One that says nothing about anything is told as a warning and left out.
 *
 * In mode `merge` the properties of a part that is there already stay, where the file does not give them anew.
 */
export function readDocumentation(context: ImportContext): Documentation {
  const { existing, ignoreDocumentation, mode } = context.options;
  const at = context.extensionMap(context.root, 'x-amazon-apigateway-documentation');
  if (ignoreDocumentation === true) return { parts: existing?.documentationParts ?? [] };
  const old = new Map(existing?.documentationParts.map((part) => [placeKey(part.location), part]));
  const found = new Map<string, DocumentationPart>();
  for (const written of at?.get('documentationParts')?.items() ?? []) {
    const location = locationOf(written, context);
    if (location === undefined) continue;
    const key = placeKey(location);
    const before = found.get(key) ?? old.get(key);
    if (found.has(key))
      context.warning(written, 'Another documentation part has the same location; the last one counts');
    const properties = propertiesOf(written);
    found.set(key, {
      id: before?.id ?? context.newId(6),
      location: before?.location ?? location,
      properties:
        mode === 'merge' && before !== undefined ? merged(before.properties, properties) : properties,
    });
  }
  return compact({ parts: [...found.values()], version: context.text(at, 'version') });
}

function locationOf(part: Cursor, context: ImportContext): DocumentationPart['location'] | undefined {
  const location = part.get('location');
  const type = location?.get('type')?.value;
  if (!location?.isMap || typeof type !== 'string') {
    context.warning(part, 'A documentation part is left out: it needs a location with a type');
    return undefined;
  }
  const allowed = locationMembers[type];
  if (allowed === undefined) {
    const message = enumText(type, 'documentationPart.location.type', Object.keys(locationMembers));
    context.warning(location, `A documentation part is left out: ${message}`);
    return undefined;
  }
  const given = location.entries().filter(([, member]) => member.value !== null);
  const wrong = given.map(([name]) => name).find((name) => name !== 'type' && !allowed.includes(name));
  if (wrong !== undefined) {
    const message = `A documentation part is left out: the location of type ${type} has no "${wrong}"`;
    context.warning(location.get(wrong)!, message);
    return undefined;
  }
  if (allowed.includes('name') && location.get('name') === undefined) {
    context.warning(location, `A documentation part is left out: the location of type ${type} needs a name`);
    return undefined;
  }
  return Object.fromEntries(given.map(([name, value]) => [name, value.word]));
}

/** Equal for locations that mean the same place: what is not said has its default. */
export function placeKey({ type, path, method, statusCode, name }: DocumentationPart['location']): string {
  const members = locationMembers[type ?? ''] ?? [];
  const value = (member: string, given: string | undefined, otherwise: string) =>
    members.includes(member) ? (given ?? otherwise) : '';
  return JSON.stringify([
    type,
    value('path', path, '/'),
    value('method', method, '*'),
    value('statusCode', statusCode, '*'),
    name ?? '',
  ]);
}

function propertiesOf(part: Cursor): string {
  const properties = part.get('properties')?.value;
  return typeof properties === 'string' ? properties : JSON.stringify(properties ?? {});
}

function merged(before: string, now: string): string {
  try {
    return JSON.stringify({ ...JSON.parse(before), ...JSON.parse(now) });
  } catch {
    return now;
  }
}
