// The documentation parts of an API, found for an entity: inherited ones first, laid over by closer ones.

import type { DocumentationPart } from '../../../resources/index.ts';

/** Where an entity stands; members that its type does not have are absent. */
export interface DocumentedPlace {
  readonly path?: string;
  readonly method?: string;
  readonly statusCode?: string;
  readonly name?: string;
}

type Properties = Readonly<Record<string, unknown>>;

/** Types whose parts also speak for the paths below theirs. */
const inherited = new Set([
  ...['METHOD', 'PATH_PARAMETER', 'QUERY_PARAMETER', 'REQUEST_HEADER', 'REQUEST_BODY'],
  ...['RESPONSE', 'RESPONSE_HEADER', 'RESPONSE_BODY'],
]);

/** @see data-plane reference, section 24 */
export class DocumentationIndex {
  readonly #byType = new Map<string, { location: DocumentationPart['location']; properties: Properties }[]>();

  constructor(parts: readonly DocumentationPart[]) {
    for (const { location, properties } of parts) {
      const type = location.type ?? '';
      const ofType = this.#byType.get(type) ?? [];
      ofType.push({ location, properties: propertiesOf(properties) });
      this.#byType.set(type, ofType);
    }
  }

  /** What is written about an entity; empty when nothing is. */
  of(type: string, place: DocumentedPlace = {}): Properties {
    const speaking = (this.#byType.get(type) ?? []).filter(({ location }) =>
      speaksFor(type, location, place),
    );
    if (speaking.length === 0) return {};
    speaking.sort((a, b) => closeness(a.location) - closeness(b.location));
    return Object.assign({}, ...speaking.map(({ properties }) => properties)) as Properties;
  }
}

function speaksFor(type: string, location: DocumentationPart['location'], place: DocumentedPlace): boolean {
  if (location.name !== undefined && location.name !== place.name) return false;
  if (place.name !== undefined && location.name === undefined) return false;
  if (place.path !== undefined && !coversPath(location.path ?? '/', place.path, inherited.has(type)))
    return false;
  return matches(location.method, place.method) && matches(location.statusCode, place.statusCode);
}

const matches = (wanted: string | undefined, actual: string | undefined): boolean =>
  wanted === undefined || wanted === '*' || actual === undefined || wanted === actual;

function coversPath(wanted: string, actual: string, inherits: boolean): boolean {
  if (wanted === actual) return true;
  return inherits && actual.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`);
}

// A longer path is closer than anything else; then an exact status, then an exact method.
function closeness({ path, method, statusCode }: DocumentationPart['location']): number {
  const exact = (text: string | undefined) => (text === undefined || text === '*' ? 0 : 1);
  return (path ?? '/').length * 4 + exact(statusCode) * 2 + exact(method);
}

/** The properties of a part: JSON text of a map. Anything else says nothing. */
export function propertiesOf(text: string): Properties {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Properties) : {};
  } catch {
    return {};
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isMap = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members that OpenAPI knows, and what they must be: anything else would make the document invalid. */
const standard: Readonly<Record<string, (value: unknown) => boolean>> = {
  summary: isText,
  description: isText,
  title: isText,
  termsOfService: isText,
  contact: isMap,
  license: isMap,
  externalDocs: isMap,
  deprecated: (value) => typeof value === 'boolean',
  tags: (value) => Array.isArray(value) && value.every(isText),
};

/** Those of `names` that are there and may stand in a document. */
export function standardMembers(properties: Properties, ...names: string[]): Record<string, unknown> {
  const found = names.filter((name) => Object.hasOwn(properties, name) && standard[name]!(properties[name]));
  return Object.fromEntries(found.map((name) => [name, properties[name]]));
}
