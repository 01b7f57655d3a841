// `sluice functions remove`.

import { createInterface } from 'node:readline/promises';
import type { ProcessConfig } from '../../config/index.ts';
import { CommandError } from '../command-error.ts';
import { manage } from '../manage/manage.ts';
import { count, paint, say } from '../terminal.ts';
import { withControl } from '../with-control.ts';
import { knownFunction } from './known-function.ts';

/** @returns the exit code: 1 when the person says no */
export async function removeFunction(
  config: ProcessConfig,
  name: string,
  { yes = false, json = false }: { yes?: boolean; json?: boolean },
): Promise<number> {
  const { versions, aliases } = await withControl(config, (control) => knownFunction(control, name));
  const what = `"${name}" with ${count(versions.length, 'version')} and ${aliases.length === 1 ? '1 alias' : `${aliases.length} aliases`}`;
  if (!yes && !(await isSure(what))) {
    say('Nothing was removed.');
    return 1;
  }
  return await manage(config, 'removing', async (control) => {
    await control.act('removeFunction', { functionName: name });
    if (json) say(JSON.stringify({ functionName: name, removed: true }, null, 2));
    else say(`Function ${paint('bold', name)} is removed. APIs that call it answer 500 from now on.`);
  });
}

/** @throws CommandError where nobody can be asked */
async function isSure(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CommandError(`this removes ${what} for good; say so with --yes`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`Remove ${what} for good? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
