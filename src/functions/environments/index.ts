// Execution environments: real processes that run functions. The pool (host/) sees the contract of
// host/environment.ts only.

import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Environments } from '../host/environment.ts';
import type { PythonFinder } from './find-python.ts';
import type { EnvironmentLimits } from './limits.ts';
import type { FunctionLogs } from './logs/function-logs.ts';
import { isLeftOver, markOfHost } from './process/marker.ts';
import { Reaper, reapMarked } from './process/reap.ts';
import { probeSandbox } from './process/sandbox.ts';
import { sweepCaches, TempFolders } from './process/temp-folders.ts';
import { Watch } from './process/watch.ts';
import { ProcessEnvironment } from './process-environment.ts';

export { createPythonFinder, type PythonFinder } from './find-python.ts';
export { defaultLimits, type EnvironmentLimits } from './limits.ts';
export { createFunctionLogs, type FunctionLogs, type FunctionLogsOptions } from './logs/function-logs.ts';

export interface EnvironmentsOptions {
  /** Code is read from `functions/code` in it; folders of environments are made in `functions/tmp`. */
  readonly dataDir: string;
  /** Executes the functions of Node.js runtimes: `process.execPath`. */
  readonly nodePath: string;
  readonly python: PythonFinder;
  readonly clock: Clock;
  readonly logs: FunctionLogs;
  /** `defaultLimits` with changes. */
  readonly limits: EnvironmentLimits;
}

/** Makes the environments of one function host. */
export function createEnvironments(options: EnvironmentsOptions): Environments {
  mkdirSync(options.dataDir, { recursive: true });
  const dataDir = realpathSync(options.dataDir);
  const host = markOfHost(dataDir);
  const functionsDir = join(dataDir, 'functions');
  mkdirSync(functionsDir, { recursive: true, mode: 0o700 });
  // Ends Node.js's search for the type of a module: a data folder inside a project is not part of that project.
  writeFileSync(join(functionsDir, 'package.json'), '{}\n');
  const tools = {
    ...options,
    dataDir,
    // Asked once, while nobody waits yet.
    sandbox: probeSandbox(),
    tempFolders: new TempFolders(join(functionsDir, 'tmp')),
    reaper: new Reaper(),
    watch: new Watch(options.limits),
  };
  let count = 0;
  return {
    start: (spec) => new ProcessEnvironment(spec, `${host.prefix}${count++}`, tools),
    sweep: async () => {
      await reapMarked((mark) => isLeftOver(mark, host));
      await tools.tempFolders.sweep((mark) => isLeftOver(mark, host));
      await sweepCaches(join(functionsDir, 'cache'), join(functionsDir, 'code'));
    },
  };
}
