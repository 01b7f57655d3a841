// Functions that people name.

import { closest } from '../../config/index.ts';
import type { ListedFunction } from '../../control/local/function-acts.ts';
import type { LocalControl } from '../../control/local/local-control.ts';
import { CommandError } from '../command-error.ts';

/** @throws (rejects) CommandError that says what there is instead */
export async function knownFunction(control: LocalControl, name: string): Promise<ListedFunction> {
  const all = await control.act('listFunctions', undefined);
  const found = all.find(({ functionName }) => functionName === name);
  if (found !== undefined) return found;
  throw noSuchFunction(
    name,
    all.map(({ functionName }) => functionName),
  );
}

/** @param names - those that there are */
export function noSuchFunction(name: string, names: readonly string[]): CommandError {
  const near = closest(name, names);
  const hint =
    near !== undefined
      ? `did you mean "${near}"?`
      : names.length === 0
        ? 'there is none yet: sluice functions add'
        : 'see what there is with "sluice functions list"';
  return new CommandError(`no function has the name "${name}"; ${hint}`);
}
