// Lists in pages: `limit` and `position` in, `item` and `position` out.

import { badRequest } from './exceptions.ts';

const limitDefault = 25;
const limitMax = 500;

export interface PageInput {
  readonly limit?: number;
  readonly position?: string;
}

/** A page on the wire; the SDKs call `item` `items`. */
export interface Page<T> {
  readonly item: readonly T[];
  /** Absent on the last page. */
  readonly position?: string;
}

/**
 * The page of `all` that a client asks for. The position names the last entry that was given, so that a page goes on at
 * the right place when entries before it come or go.
 *
 * @param keyOf - what is unique and stays for each entry
 * @param present - entry -> what the wire shows; called for the page only
 * @throws AwsException when the position is none of ours, or names an entry that is gone
 */
export function page<T, Shown>(
  all: readonly T[],
  { limit = limitDefault, position }: PageInput,
  keyOf: (entry: T) => string,
  present: (entry: T) => Shown,
): Page<Shown> {
  const start = position === undefined ? 0 : startAfter(all, position, keyOf);
  // A limit below 1 or above 500 is taken, not refused, as AWS does.
  const size = limit < 1 ? limitDefault : Math.min(limit, limitMax);
  const end = Math.min(start + size, all.length);
  const item = all.slice(start, end).map(present);
  return end < all.length ? { item, position: positionAfter(keyOf(all[end - 1]!)) } : { item };
}

const positionAfter = (key: string): string => Buffer.from(key).toString('base64url');

function startAfter<T>(all: readonly T[], position: string, keyOf: (entry: T) => string): number {
  const key = Buffer.from(position, 'base64url').toString();
  const index = all.findIndex((entry) => keyOf(entry) === key);
  if (index < 0) throw badRequest('Invalid position parameter specified');
  return index + 1;
}
