// The real command line over toy data planes.

import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/program.ts';
import { portProblem } from '../../src/gateway/listener/port.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  dataPlaneEntry: fileURLToPath(new URL('./toy-data-plane.ts', import.meta.url)),
  functionHostEntry: fileURLToPath(new URL('./toy-function-host.ts', import.meta.url)),
  buildId: () => process.env.TOY_BUILD ?? 'toy',
  portProblem,
  inspectMachine: async () => ({
    glibc: null,
    uws: { ok: true, text: 'a toy' },
    counters: { ok: true, text: 'a toy' },
    injection: { ok: true, text: 'a toy' },
  }),
  meters: async () => () => null,
});
