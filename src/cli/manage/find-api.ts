// People name APIs; operations want ids.

import type { LocalControl } from '../../control/local/local-control.ts';
import { CommandError } from '../command-error.ts';

/** An answer as the wire has it. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes are AWS's, and each command reads a few members of one
export type Wire = Record<string, any>;

/**
 * The id of an API.
 * @param given - its id, or its name when only one has it
 * @throws (rejects) CommandError when there is none, or more than one
 */
export async function findApi(control: LocalControl, given: string): Promise<string> {
  // The commands that ask are those of REST APIs.
  const all = (await control.act('listApis', undefined)).filter(({ protocol }) => protocol === 'REST');
  if (all.some(({ id }) => id === given)) return given;
  const same = all.filter(({ name }) => name === given);
  if (same.length === 1) return same[0]!.id;
  if (same.length === 0)
    throw new CommandError(`no API has the id or the name "${given}"; see what there is with "sluice apis"`);
  const ids = same.map(({ id }) => id).join(', ');
  throw new CommandError(`${same.length} APIs are named "${given}" (${ids}); say which one by its id`);
}
