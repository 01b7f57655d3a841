// The integration request while it is being built: what mappings wrote, then what the template overrode.

import { setIn } from '../../base/flat-list.ts';
import { isFieldValue, isToken } from '../../base/header-field.ts';
import { forbiddenTargets } from '../../integrations/mapped-headers.ts';

/** Flat name, value lists: they are short, and most are empty, for which a Map each would be dear. */
export interface MappedRequest {
  readonly path: readonly string[];
  readonly query: readonly string[];
  /** Lower-case names, each once. */
  readonly headers: readonly string[];
}

const none: readonly string[] = Object.freeze([]);
export const nothingMapped: MappedRequest = Object.freeze({ path: none, query: none, headers: none });

/** @param name - any case */
export function isForbiddenTarget(name: string): boolean {
  return forbiddenTargets.has(name.toLowerCase());
}

/**
 * Lays `$context.requestOverride` over the mappings; it wins.
 * @returns null when it sets a header that is forbidden, or that cannot be written on the wire
 */
export function withRequestOverride(
  mapped: MappedRequest,
  override: Record<string, unknown>,
): MappedRequest | null {
  const path = [...mapped.path];
  const headers = [...mapped.headers];
  let query = [...mapped.query];
  for (const [name, value] of entriesOf(override.path)) setIn(path, name, overrideText(value));
  for (const [name, value] of entriesOf(override.querystring)) {
    query = query.filter((_, i, all) => all[i - (i % 2)] !== name);
    query.push(name, overrideText(value));
  }
  for (const [name, value] of entriesOf(override.header)) {
    const text = overrideText(value);
    if (isForbiddenTarget(name) || !isToken(name) || !isFieldValue(text)) return null;
    setIn(headers, name.toLowerCase(), text);
  }
  return { path, query, headers };
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
