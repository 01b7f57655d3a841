// One command that manages: the control plane for as long as it takes, and refusals in one line.

import type { ProcessConfig } from '../../config/index.ts';
import type { LocalControl } from '../../control/local/local-control.ts';
import { AwsException } from '../../control/protocol/exceptions.ts';
import { CommandError } from '../command-error.ts';
import { withProgress } from '../terminal.ts';
import { withControl } from '../with-control.ts';

/**
 * Runs `act` over the control plane.
 * @returns the exit code
 * @throws (rejects) CommandError with AWS's own text where the control plane refuses
 */
export async function manage(
  config: ProcessConfig,
  what: string,
  act: (control: LocalControl) => Promise<void>,
): Promise<number> {
  try {
    await withProgress(what, null, () => withControl(config, act));
    return 0;
  } catch (error) {
    if (error instanceof AwsException) throw new CommandError(error.message);
    throw error;
  }
}
