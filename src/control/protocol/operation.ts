// How an operation of any service looks on the wire.

import { type Members, type MembersOf, membersOf } from './shape.ts';

export interface Operation<M extends Members = Members> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path template; what follows `?` tells operations of one method and path apart. */
  readonly uri: string;
  readonly status: number;
  readonly members: M;
  /** Its body may be as large as the code of a function: it is read only for a key that is known. */
  readonly isUpload?: true;
}

type Declared = Parameters<typeof membersOf>[0];

export const operation = <const D extends Declared>(
  method: Operation['method'],
  uri: string,
  status: number,
  declared: D,
): Operation<MembersOf<D>> => ({ method, uri, status, members: membersOf(declared) });

/** An operation that carries the code of a function. */
export const upload = <const D extends Declared>(
  ...[method, uri, status, declared]: Parameters<typeof operation<D>>
): Operation<MembersOf<D>> => ({ ...operation<D>(method, uri, status, declared), isUpload: true });
