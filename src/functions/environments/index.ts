// Execution environments: real processes that run functions. The pool (host/) sees the contract of
// host/environment.ts only.

import type { Clock } from '../../base/clock.ts';
import type { Environments } from '../host/environment.ts';
import type { PythonFinder } from './find-python.ts';
import type { EnvironmentLimits } from './limits.ts';
import type { FunctionLogs } from './logs/function-logs.ts';

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
  throw new Error(`Environments of ${options.dataDir} are not there yet`);
}
