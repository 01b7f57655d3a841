// Lists in pages: `Marker` and `MaxItems` in, `NextMarker` out.

import { invalidParameter } from '../protocol/lambda/exceptions.ts';

const itemsMax = 50;

export interface MarkerInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export interface MarkedPage<T> {
  readonly items: readonly T[];
  /** undefined on the last page. */
  readonly next: string | undefined;
}

/**
 * @param keyOf - what is unique and stays for each entry; the marker names the last one that was given
 * @throws InvalidParameterValueException when the marker is none of ours, or names an entry that is gone
 */
export function markedPage<T>(
  all: readonly T[],
  { Marker, MaxItems = itemsMax }: MarkerInput,
  keyOf: (entry: T) => string,
): MarkedPage<T> {
  const start = Marker === undefined || Marker === '' ? 0 : startAfter(all, Marker, keyOf);
  const items = all.slice(start, start + Math.min(MaxItems, itemsMax));
  const isLast = start + items.length >= all.length;
  return {
    items,
    next: isLast ? undefined : Buffer.from(keyOf(items.at(-1)!)).toString('base64url'),
  };
}

function startAfter<T>(all: readonly T[], marker: string, keyOf: (entry: T) => string): number {
  const key = Buffer.from(marker, 'base64url').toString();
  const index = all.findIndex((entry) => keyOf(entry) === key);
  if (index < 0) throw invalidParameter('The marker is not one of a list that was given');
  return index + 1;
}
