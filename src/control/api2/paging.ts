// Lists in pages: `maxResults` and `nextToken` in, `items` and `nextToken` out. The wire has numbers as texts here.

import { badRequest } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';

export interface ItemsInput {
  readonly maxResults?: string;
  readonly nextToken?: string;
}

export interface Items<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextToken?: string;
}

/**
 * The page of `all` that a client asks for.
 *
 * @param keyOf - what is unique and stays for each entry
 * @throws BadRequestException for a number that is none, and a token that is none of ours
 */
export function itemsOf<T, Shown>(
  all: readonly T[],
  { maxResults, nextToken }: ItemsInput,
  keyOf: (entry: T) => string,
  show: (entry: T) => Shown,
): Items<Shown> {
  if (maxResults !== undefined && !/^\d{1,9}$/.test(maxResults))
    throw badRequest(`Invalid maxResults parameter specified: ${maxResults}`);
  if (nextToken !== undefined && !all.some((entry) => tokenOf(keyOf(entry)) === nextToken))
    throw badRequest('Invalid nextToken parameter specified');
  const { item, position } = page(
    all,
    {
      ...(maxResults === undefined ? {} : { limit: Number(maxResults) }),
      ...(nextToken === undefined ? {} : { position: nextToken }),
    },
    keyOf,
    show,
  );
  return { items: item, ...(position === undefined ? {} : { nextToken: position }) };
}

const tokenOf = (key: string): string => Buffer.from(key).toString('base64url');
