// `sluice functions list`.

import type { ProcessConfig } from '../../config/index.ts';
import type { ListedFunction } from '../../control/local/function-acts.ts';
import { manage } from '../manage/manage.ts';
import { show } from '../manage/table.ts';
import { say } from '../terminal.ts';
import { sizeOf } from './size-of.ts';

/** @returns the exit code */
export function listFunctions(config: ProcessConfig, json: boolean): Promise<number> {
  return manage(config, 'reading functions', async (control) => {
    const listed = await control.act('listFunctions', undefined);
    if (json) say(JSON.stringify(listed, null, 2));
    else show(listed.map(rowOf), { json, none: 'There is no function yet: sluice functions add' });
  });
}

function rowOf(one: ListedFunction) {
  const { functionName, runtime, handler, timeout, memorySize, codeSize, lastModified } = one;
  return {
    function: functionName,
    runtime,
    handler: handler ?? '',
    versions: one.versions.length === 0 ? '' : one.versions.length,
    aliases: one.aliases.map(aliasText).join(' '),
    memory: `${memorySize} MB`,
    timeout: `${timeout} s`,
    concurrency: one.reservedConcurrentExecutions ?? '',
    'per environment': one.environmentConcurrency,
    code: sizeOf(codeSize),
    changed: lastModified,
  };
}

/** `prod=1`, `beta=1+2:10%`. */
export function aliasText(alias: ListedFunction['aliases'][number]): string {
  const also = Object.entries(alias.additionalVersionWeights ?? {}).map(
    ([version, share]) => `+${version}:${Math.round(share * 1000) / 10}%`,
  );
  return `${alias.name}=${alias.functionVersion}${also.join('')}`;
}
