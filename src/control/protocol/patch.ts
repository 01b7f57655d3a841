// PATCH: a list of operations on places of a document, applied in order, all or none.

import { type AwsException, badRequest } from './exceptions.ts';

export type PatchOp = 'add' | 'remove' | 'move' | 'test' | 'replace' | 'copy';

/** As the wire has it; the framework has checked `op`. */
export interface PatchOperation {
  readonly op?: PatchOp;
  readonly path?: string;
  readonly value?: string;
  readonly from?: string;
}

/** One operation that found its row. */
export interface Patch {
  readonly op: PatchOp;
  readonly path: string;
  readonly value: string | undefined;
  readonly from: string | undefined;
  /** What stood for `{name}` in the row's path, unescaped (`~1` -> `/`, `~0` -> `~`). */
  readonly names: Readonly<Record<string, string>>;
}

/** One place that may change. */
export interface PatchRow<T> {
  /** For example `/description` or `/variables/{name}`; a placeholder stands for one whole segment. */
  readonly path: string;
  readonly ops: readonly PatchOp[];
  /** @returns the changed document; the one given stays as it is. @throws AwsException */
  readonly apply: (document: T, patch: Patch) => T;
}

/** All places of one kind of document, and how refusals are worded for it. */
export interface PatchTable<T> {
  readonly rows: readonly PatchRow<T>[];
  /** No row has this path. Default: as `unsupportedOp` */
  readonly unknownPath?: (operation: PatchOperation) => AwsException;
  /**
   * A row has the path, but not the op. Default: `Invalid patch path  '/x' specified for op 'replace'. Must be one of:
   * [...]` with the paths that have the op, or `... Please choose supported operations` when none has it.
   */
  readonly unsupportedOp?: (operation: PatchOperation) => AwsException;
}

/** @throws AwsException for the first operation that is refused; nothing is changed then */
export function patchDocument<T>(
  document: T,
  operations: readonly PatchOperation[] | undefined,
  table: PatchTable<T>,
): T {
  return (operations ?? []).reduce((current, operation) => applyOne(current, operation, table), document);
}

function applyOne<T>(document: T, operation: PatchOperation, table: PatchTable<T>): T {
  const { path, op } = operation;
  const found = path === undefined ? [] : matching(table.rows, path);
  if (path === undefined || op === undefined || found.length === 0) {
    throw table.unknownPath?.(operation) ?? noSuchPlace(operation, table);
  }
  const match = found.find(({ row }) => row.ops.includes(op));
  if (match === undefined) throw table.unsupportedOp?.(operation) ?? noSuchPlace(operation, table);
  const { row, names } = match;
  return row.apply(document, { op, path, value: operation.value, from: operation.from, names });
}

interface Match<T> {
  readonly row: PatchRow<T>;
  readonly names: Readonly<Record<string, string>>;
}

function matching<T>(rows: readonly PatchRow<T>[], path: string): Match<T>[] {
  const given = path.split('/');
  return rows.flatMap((row) => {
    const wanted = row.path.split('/');
    if (wanted.length !== given.length) return [];
    const names: Record<string, string> = Object.create(null);
    for (const [i, segment] of wanted.entries()) {
      const name = /^\{(.+)\}$/.exec(segment)?.[1];
      if (name === undefined ? segment !== given[i] : given[i] === '') return [];
      if (name !== undefined) names[name] = unescapeSegment(given[i]!);
    }
    return [{ row, names }];
  });
}

/** A segment of a JSON Pointer as text. @see RFC 6901, section 4 */
export const unescapeSegment = (segment: string): string =>
  segment.replaceAll('~1', '/').replaceAll('~0', '~');

// Two blanks after "path": the service has them.
function noSuchPlace<T>({ path, op }: PatchOperation, { rows }: PatchTable<T>): AwsException {
  const paths = rows
    .filter(({ ops }) => op !== undefined && ops.includes(op))
    .map((row) => row.path.replaceAll('{', '<').replaceAll('}', '>'));
  const hint =
    paths.length === 0 ? 'Please choose supported operations' : `Must be one of: [${paths.join(', ')}]`;
  return badRequest(`Invalid patch path  '${path}' specified for op '${op}'. ${hint}`);
}

/** The refusal of resources that do not list their paths. */
export const invalidPatchPath = ({ path }: PatchOperation): AwsException =>
  badRequest(`Invalid patch path ${path ?? 'null'}`);

/** A row that replaces one member with the text given. @param read - text -> the member's value; may throw */
export const replaces = <T extends object, K extends keyof T & string>(
  path: string,
  member: K,
  read: (value: string | undefined) => T[K] | undefined,
): PatchRow<T> => ({
  path,
  ops: ['replace'],
  apply: (document, { value }) => withMember(document, member, read(value)),
});

/** The document with one member set, or without it. */
export function withMember<T extends object, K extends keyof T>(
  document: T,
  member: K,
  value: T[K] | undefined,
): T {
  const { [member]: _, ...rest } = document;
  return (value === undefined ? rest : { ...document, [member]: value }) as T;
}

/** A map with one entry set, or without it (undefined when nothing is left). */
export function withEntry<V>(
  map: Readonly<Record<string, V>> | undefined,
  key: string,
  value: V | undefined,
): Readonly<Record<string, V>> | undefined {
  const entries = Object.entries(map ?? {});
  const index = entries.findIndex(([name]) => name === key);
  const at = index < 0 ? entries.length : index;
  entries.splice(at, index < 0 ? 0 : 1, ...(value === undefined ? [] : [[key, value] as [string, V]]));
  // From entries rather than by assignment: a name such as `__proto__` is an ordinary one.
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
