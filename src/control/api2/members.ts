// What updates do to members: what is not given stays, and the empty text takes away.

type TextMap = Readonly<Record<string, string>>;

/** Without members that are undefined or the empty text. */
export function present<T extends object>(
  members: T,
): { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== ''),
  ) as never;
}

/**
 * A document with what an update gives laid over it.
 * @param given - of the members that the wire has; an empty text takes a member away
 */
export const laidOver = <T extends object>(before: T, given: Partial<Record<keyof T, unknown>>): T =>
  present({ ...before, ...definedOf(given) }) as unknown as T;

const definedOf = (given: object): object =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

/** A map with what an update gives laid over it; an entry whose value is the empty text goes. */
export const mergedMap = (before: TextMap | undefined, given: TextMap | undefined): TextMap =>
  Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => value !== ''));

/** A map that an update has changed, as a member: absent where nothing is in it. */
export const mapMember = <K extends string>(name: K, map: TextMap): { readonly [M in K]?: TextMap } =>
  Object.keys(map).length === 0 ? {} : ({ [name]: map } as { readonly [M in K]: TextMap });
