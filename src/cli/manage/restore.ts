// `sluice restore`: a backup takes the place of what a data folder has.

import { rmSync } from 'node:fs';
import path from 'node:path';
import type { ProcessConfig } from '../../config/index.ts';
import { readBackup } from '../../control/local/backup.ts';
import { counterFile } from '../../resources/index.ts';
import { prepareFolder, runningStatus } from '../../supervisor/index.ts';
import { CommandError } from '../command-error.ts';
import { openControlPlane } from '../open-control-plane.ts';
import { paint, say, withProgress } from '../terminal.ts';

/** @returns the exit code */
export async function restore(config: ProcessConfig, file: string): Promise<number> {
  const running = await runningStatus(config.dataDir);
  if (running !== null)
    throw new CommandError(
      `Sluice runs (pid ${running.pid}) on the data folder "${config.dataDir}"; end it first with "sluice stop"`,
    );
  prepareFolder(config.dataDir, 'data folder', '--data-dir');
  const old = await withProgress('restoring', null, () => readBackup(config.dataDir, path.resolve(file)));
  // What was counted since belongs to what was there before: counting begins with what the backup knows.
  rmSync(counterFile(config.dataDir), { force: true });
  const { control, close } = await openControlPlane(config);
  try {
    await control.publish();
    const apis = control.services.store.view.list('restApi', '').length;
    say(`${paint('bold', file)} is restored: ${apis} APIs. "sluice start" serves them.`);
    if (old !== null) say(`What was there before is kept as "${old}".`);
  } finally {
    await close();
  }
  return 0;
}
