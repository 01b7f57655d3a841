// A data plane in a process of its own: says its port when it serves, drains at the end of its input.

import { startGateway } from '../../../src/gateway/gateway.ts';
import { testSettings } from '../../support/gateway.ts';

const gateway = await startGateway(testSettings(process.argv[2]!));
process.stdout.write(`${gateway.port}\n`);
process.stdin.resume();
process.stdin.once('end', () => void gateway.drain(500).then(() => process.exit(0)));
