// The mark that every process of an environment carries in its variables: it says which data folder, which host and
// which environment it belongs to, so that nothing survives unnoticed, not even its host's own death.

import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { readProcess } from './process-table.ts';

export const markerVariable = 'SLUICE_ENVIRONMENT';

/** `{data folder}.{host pid}.{host start}` in front of all marks of a host; the environment's number follows. */
export interface HostMark {
  readonly folder: string;
  readonly prefix: string;
}

export function markOfHost(dataDir: string): HostMark {
  const folder = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16);
  return { folder, prefix: `${folder}.${process.pid}.${readProcess(process.pid)?.startTicks ?? '0'}.` };
}

/** Marked by a host of this data folder that lives no more. @param mark - a mark, or the name of a folder made of it */
export function isLeftOver(mark: string, host: HostMark): boolean {
  const [folder, pid, startTicks] = mark.split('.');
  if (folder !== host.folder || pid === undefined || startTicks === undefined) return false;
  return readProcess(Number(pid))?.startTicks !== startTicks;
}
