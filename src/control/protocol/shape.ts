// How an operation's input is declared: members with a type and a place on the wire. The TypeScript type of the input
// follows from the declaration.

/** A type on the wire. `T` is what a handler sees. */
export type Shape<T> = ShapeKind & { readonly [seen]?: T };
declare const seen: unique symbol;

export type ShapeKind =
  | {
      readonly type: 'string';
      /** In the order in which AWS prints it. */
      readonly values?: readonly string[];
      /** As AWS prints it; the whole text must match. */
      readonly pattern?: string;
      /** Characters. */
      readonly range?: Range;
    }
  | { readonly type: 'boolean' }
  | { readonly type: 'integer' | 'long' | 'double'; readonly range?: Range }
  /** Base64 in JSON. */
  | { readonly type: 'blob' }
  | { readonly type: 'list'; readonly member: ShapeKind; readonly range?: Range }
  | {
      readonly type: 'map';
      readonly key?: ShapeKind;
      readonly value: ShapeKind;
      /** Whether entries that are null reach the handler; elsewhere they are as good as not sent. */
      readonly keepsNull?: boolean;
    }
  /** Any JSON value, read by the service itself. */
  | { readonly type: 'json' }
  | { readonly type: 'structure'; readonly members: Members };

/** Both ends belong to it. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Where a member stands in the request. `freeQuery` gathers all query parameters that no other member names. */
export type Place = 'body' | 'payload' | 'label' | 'query' | 'freeQuery' | 'header';

export interface Member<T = unknown, Required extends boolean = boolean> {
  readonly shape: Shape<T>;
  readonly place: Place;
  /** Name on the wire; null where it is the member's own. */
  readonly wireName: string | null;
  readonly isRequired: Required;
}

export type Members = Readonly<Record<string, Member>>;

type TypeOf<M> = M extends Member<infer T> ? T : never;
type RequiredOf<M extends Members> = { [K in keyof M]: M[K]['isRequired'] extends true ? K : never }[keyof M];

/** What a handler is given. Absent members are absent, never undefined. */
export type InputOf<M extends Members> = {
  readonly [K in RequiredOf<M>]: TypeOf<M[K]>;
} & { readonly [K in Exclude<keyof M, RequiredOf<M>>]?: TypeOf<M[K]> };

type Declared = Shape<unknown> | Member;
type MemberOf<D> = D extends Member ? D : D extends Shape<infer T> ? Member<T, false> : never;
export type MembersOf<D extends Readonly<Record<string, Declared>>> = {
  readonly [K in keyof D]: MemberOf<D[K]>;
};

export const string: Shape<string> = { type: 'string' };
export const boolean: Shape<boolean> = { type: 'boolean' };
export const integer: Shape<number> = { type: 'integer' };
export const long: Shape<number> = { type: 'long' };
export const double: Shape<number> = { type: 'double' };

export const blob: Shape<Uint8Array> = { type: 'blob' };
/** What nests in itself, and so cannot be declared: whoever handles it checks it. */
export const json: Shape<unknown> = { type: 'json' };

/** A text, number or list within limits: characters, value, entries. */
export const within = <T>(range: Range, shape: Shape<T>): Shape<T> => ({ ...shape, range }) as Shape<T>;
/** A string that must be one of `values`, which are given in the order in which AWS prints them. */
export const oneOf = <const V extends string>(...values: readonly V[]): Shape<V> => ({
  type: 'string',
  values,
});
/** What `oneOf` was given. */
export const valuesOf = <V extends string>(shape: Shape<V>): readonly V[] =>
  (shape.type === 'string' ? (shape.values ?? []) : []) as readonly V[];
/** A string that must match as a whole; the text is what AWS prints. */
export const matching = (pattern: string): Shape<string> => ({ type: 'string', pattern });
export const list = <T>(member: Shape<T>): Shape<readonly T[]> => ({ type: 'list', member });
export const map = <T>(value: Shape<T>): Shape<Readonly<Record<string, T>>> => ({ type: 'map', value });
export const keyedMap = <T>(key: Shape<string>, value: Shape<T>): Shape<Readonly<Record<string, T>>> => ({
  type: 'map',
  key,
  value,
});
/** A map whose handler must see entries that are null: `{"application/json": null}`. */
export const nullableMap = <T>(value: Shape<T>): Shape<Readonly<Record<string, T | null>>> => ({
  type: 'map',
  value,
  keepsNull: true,
});
export const structure = <const D extends Readonly<Record<string, Declared>>>(
  declared: D,
): Shape<InputOf<MembersOf<D>>> => ({ type: 'structure', members: membersOf(declared) });

const member = <T, R extends boolean>(
  shape: Shape<T>,
  place: Place,
  wireName: string | null,
  isRequired: R,
): Member<T, R> => ({ shape, place, wireName, isRequired });

/** A part of the path: `label('restapi_id')` for `{restapi_id}`. */
export function label(wireName: string): Member<string, true>;
export function label<T>(wireName: string, shape: Shape<T>): Member<T, true>;
export function label(wireName: string, shape: Shape<unknown> = string): Member<unknown, true> {
  return member(shape, 'label', wireName, true);
}
export function query(wireName: string): Member<string, false>;
export function query<T>(wireName: string, shape: Shape<T>): Member<T, false>;
export function query(wireName: string, shape: Shape<unknown> = string): Member<unknown, false> {
  return member(shape, 'query', wireName, false);
}
export function header(wireName: string): Member<string, false>;
export function header<T extends string>(wireName: string, shape: Shape<T>): Member<T, false>;
export function header(wireName: string, shape: Shape<string> = string): Member<string, false> {
  return member(shape, 'header', wireName, false);
}
/** A member of the body under another name. */
export const named = <T>(wireName: string, shape: Shape<T>): Member<T, false> =>
  member(shape, 'body', wireName, false);
/** The body as it is: bytes of a file. */
export const payload: Member<Uint8Array, true> = member(
  { type: 'string' } as Shape<never>,
  'payload',
  null,
  true,
);
/** All query parameters that no other member names. */
export const freeQuery: Member<Readonly<Record<string, string>>, false> = member(
  map(string),
  'freeQuery',
  null,
  false,
);

export function required<T>(declared: Member<T, false>): Member<T, true>;
export function required<T>(declared: Shape<T>): Member<T, true>;
export function required(declared: Declared): Member<unknown, true> {
  return { ...asMember(declared), isRequired: true };
}

const asMember = (declared: Declared): Member =>
  'place' in declared ? declared : member(declared, 'body', null, false);

export function membersOf<D extends Readonly<Record<string, Declared>>>(declared: D): MembersOf<D> {
  const members = Object.entries(declared).map(([name, one]) => [name, asMember(one)]);
  return Object.fromEntries(members) as MembersOf<D>;
}
