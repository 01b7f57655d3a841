// The integration request while it is being built: what mappings wrote, then what the template overrode.

import { isFieldValue, isToken } from '../../base/header-field.ts';

export interface MappedRequest {
  readonly path: Map<string, string>;
  /** Flat name, value list. */
  query: string[];
  /** Lower-case name -> value. */
  readonly headers: Map<string, string>;
}

/**
 * Headers that no mapping or override may set: 500 at run time.
 * @see data-plane reference, sections 6.2 and 30
 */
const forbidden: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'x-amzn-trace-id',
  'x-amzn-apigateway-api-id',
]);

export function isForbiddenTarget(name: string): boolean {
  return forbidden.has(name.toLowerCase());
}

/**
 * Lays `$context.requestOverride` over the mappings; it wins.
 * @returns false when it sets a header that is forbidden, or that cannot be written on the wire
 */
export function applyRequestOverride(mapped: MappedRequest, override: Record<string, unknown>): boolean {
  for (const [name, value] of entriesOf(override.path)) mapped.path.set(name, overrideText(value));
  for (const [name, value] of entriesOf(override.querystring)) {
    const query = mapped.query;
    mapped.query = query.filter((_, i) => query[i - (i % 2)] !== name);
    mapped.query.push(name, overrideText(value));
  }
  for (const [name, value] of entriesOf(override.header)) {
    const text = overrideText(value);
    if (isForbiddenTarget(name) || !isToken(name) || !isFieldValue(text)) return false;
    mapped.headers.set(name.toLowerCase(), text);
  }
  return true;
}

/** The members of an override's map; nothing when it is not one. */
export function entriesOf(map: unknown): [string, unknown][] {
  return typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : [];
}

/** A list value is joined with `,` (reference, section 9); a map is written as JSON. */
export function overrideText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(overrideText).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
