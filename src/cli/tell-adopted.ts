// What a command says of those who did not take over what it has published.

import type { AdoptReport } from '../supervisor/index.ts';
import { complain } from './terminal.ts';

/** @returns the exit code: 0 when whoever runs serves the new state */
export function tellNotAdopted({ failed, functionsProblem }: AdoptReport): 0 | 1 {
  for (const { pid, reason } of failed) complain(`data plane ${pid} still serves what it had: ${reason}`);
  if (functionsProblem !== undefined) complain(`functions are called as before: ${functionsProblem}`);
  return failed.length === 0 && functionsProblem === undefined ? 0 : 1;
}
