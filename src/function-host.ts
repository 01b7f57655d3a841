// The entry of the function host's process: started by the supervisor, never by hand.

import { environment } from './config/environment.ts';
import { startFunctionHost, sweepEnvironments } from './functions/server/index.ts';
import { runFunctionHost } from './supervisor/function-host-life.ts';

const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

await runFunctionHost(process.argv[2], {
  start: ({ dataDir, logsDir, limits }, takeOver) =>
    startFunctionHost({ dataDir, logsDir, limits, takeOver, log, searchPath: environment.PATH ?? '' }),
  sweep: sweepEnvironments,
});
