// One data plane, as the supervisor starts it but without one: prints `READY port`, adopts the published state at SIGHUP
// (and prints `ADOPTED ms`), collects all garbage at SIGUSR2 (and prints `LIVE bytes` of what is left), drains at SIGTERM. Its one
// argument is its settings as JSON. Runs what users run: the compiled code in dist/, with Node's compile cache; `make bench`
// builds it. BENCH_SOURCE=1 runs src/ as it is.

import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DataPlaneSettings } from '../../src/config/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
enableCompileCache(`${root}build/compile-cache`);
const isBuilt = process.env.BENCH_SOURCE !== '1' && existsSync(`${root}dist/.built`);
const { startGateway } = (await import(
  isBuilt ? `${root}dist/gateway/gateway.js` : `${root}src/gateway/gateway.ts`
)) as typeof import('../../src/gateway/gateway.ts');

const gateway = await startGateway(JSON.parse(process.argv[2]!) as DataPlaneSettings);
process.stdout.write(`READY ${gateway.port}\n`);

process.on('SIGHUP', () => {
  void gateway.adopt().then(({ tookMs }) => process.stdout.write(`ADOPTED ${tookMs}\n`));
});
process.on('SIGUSR2', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What finalizers let go in the first round is free after the second.
  collect();
  setImmediate(() => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    process.stdout.write(`LIVE ${heapUsed + external}\n`);
  });
});
process.on('SIGTERM', () => {
  void gateway.drain(1_000).then(() => process.exit(0));
});
