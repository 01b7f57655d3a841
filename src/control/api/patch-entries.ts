// Patches of maps and lists that many resources share: `/requestModels/application~1json`, `/authorizationScopes`.

import { badRequest, notFound } from '../protocol/exceptions.ts';
import { invalidPatchPath, type PatchRow, withEntry, withMember } from '../protocol/patch.ts';

type MembersOfType<T, V> = { [K in keyof T]-?: T[K] extends V | undefined ? K : never }[keyof T] & string;

/** How RestApis, methods and integrations refuse paths and ops: they do not list what they have. */
export const unlistedPaths = {
  unknownPath: invalidPatchPath,
  unsupportedOp: () => badRequest('Invalid patch operation specified. Must be one of: [replace]'),
} as const;

export const noParameter = () => notFound('Invalid parameter name specified');
export const noContentType = () => notFound('Content-Type specified was not found');

/**
 * Entries of a map, by add, replace and remove.
 *
 * @param read - text -> the entry's value; may throw
 * @param missing - what is told when an entry that is not there is to be removed or replaced
 */
export const entries = <T extends object, V, K extends MembersOfType<T, Readonly<Record<string, V>>>>(
  member: K,
  read: (value: string | undefined) => V,
  missing: () => Error,
): PatchRow<T> => ({
  path: `/${member}/{name}`,
  ops: ['add', 'replace', 'remove'],
  apply: (document, { op, value, names }) => {
    const map = document[member] as Readonly<Record<string, V>> | undefined;
    const name = names.name!;
    if (op !== 'add' && !Object.hasOwn(map ?? {}, name)) throw missing();
    const changed = withEntry(map, name, op === 'remove' ? undefined : read(value));
    return withMember(document, member, changed as T[K] | undefined);
  },
});

/** Values of a list, by add and remove; the value stands in the operation. */
export const listed = <T extends object, K extends MembersOfType<T, readonly string[]>>(
  member: K,
): PatchRow<T> => ({
  path: `/${member}`,
  ops: ['add', 'remove'],
  apply: (document, { op, value }) => {
    if (!value) throw badRequest(`Invalid value specified for /${member}`);
    const others = ((document[member] ?? []) as readonly string[]).filter((one) => one !== value);
    const changed = op === 'add' ? [...others, value] : others;
    return withMember(document, member, (changed.length === 0 ? undefined : changed) as T[K] | undefined);
  },
});
