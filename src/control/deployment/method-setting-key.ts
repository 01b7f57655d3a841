// One method of a stage has several spellings in `methodSettings`; they mean the same entry.

import { unescapeSegment } from '../protocol/patch.ts';

/**
 * The plain form of a key of `methodSettings`: `pets/{id}/GET` for `pets~1{id}/GET` and `~1pets~1{id}/GET`, `/GET` for
 * the root's, and the wildcard as it is.
 */
export function settingKeyOf(key: string): string {
  const lastSlash = key.lastIndexOf('/');
  const path = unescapeSegment(key.slice(0, lastSlash)).replace(/^\/+/, '');
  return `${path}${key.slice(lastSlash)}`;
}
