// Lists of IAM in pages: `Marker` and `MaxItems` in, `IsTruncated` and `Marker` out. In order of name.

import { AwsException } from '../protocol/exceptions.ts';

const itemsDefault = 100;

export interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export interface IamPage<T> {
  readonly items: readonly T[];
  readonly end: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/**
 * @param keyOf - unique for each entry; the marker holds the last one that was given, and what comes after it follows,
 * also when that one is gone
 * @throws ValidationError 400 when the marker is none of ours
 */
export function iamPage<T>(
  all: readonly T[],
  { Marker, MaxItems = itemsDefault }: PageInput,
  keyOf: (entry: T) => string,
): IamPage<T> {
  const sorted = all.map((entry) => ({ entry, key: keyOf(entry) })).sort((a, b) => compare(a.key, b.key));
  const after = Marker === undefined ? null : keyIn(Marker);
  const start = after === null ? 0 : sorted.findIndex(({ key }) => compare(key, after) > 0);
  const items = start < 0 ? [] : sorted.slice(start, start + MaxItems);
  const last = items.at(-1);
  const isLast = last === undefined || last === sorted.at(-1);
  return {
    items: items.map(({ entry }) => entry),
    end: isLast
      ? { IsTruncated: false }
      : { IsTruncated: true, Marker: Buffer.from(`after:${last.key}`).toString('base64') },
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function keyIn(marker: string): string {
  const text = Buffer.from(marker, 'base64').toString();
  if (!text.startsWith('after:')) throw new AwsException('ValidationException', 400, 'Invalid Marker.');
  return text.slice('after:'.length);
}
