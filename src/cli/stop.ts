// `sluice stop`: ends what runs on a data folder, with or without a supervisor.

import type { ProcessConfig } from '../config/index.ts';
import { stopRunning } from '../supervisor/index.ts';
import { count, say, withProgress } from './terminal.ts';

/** @returns the exit code: 0 also when nothing ran, which is what was wanted */
export async function stop(config: ProcessConfig, json: boolean): Promise<number> {
  const report = await withProgress('draining', null, () => stopRunning(config.dataDir, config.drainMs));
  if (json) say(JSON.stringify(report));
  else if (report.supervisor) say('Sluice has ended.');
  else if (report.orphans > 0) say(`Ended: ${count(report.orphans, 'data plane')} without a supervisor.`);
  else say(`No Sluice runs on the data folder "${config.dataDir}".`);
  return 0;
}
