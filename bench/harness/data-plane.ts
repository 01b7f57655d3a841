// One data plane, as the supervisor starts it but without one: prints `READY port`, adopts the published state at SIGHUP
// (and prints `ADOPTED ms`), drains at SIGTERM. Its one argument is its settings as JSON.

import type { DataPlaneSettings } from '../../src/config/index.ts';
import { startGateway } from '../../src/gateway/gateway.ts';

const gateway = await startGateway(JSON.parse(process.argv[2]!) as DataPlaneSettings);
process.stdout.write(`READY ${gateway.port}\n`);

process.on('SIGHUP', () => {
  void gateway.adopt().then(({ tookMs }) => process.stdout.write(`ADOPTED ${tookMs}\n`));
});
process.on('SIGTERM', () => {
  void gateway.drain(1_000).then(() => process.exit(0));
});
