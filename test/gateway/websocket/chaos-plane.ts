// A data plane in a process of its own, for chaos.test.ts: says its port, adopts what is published at each line of its input.

import { startGateway } from '../../../src/gateway/gateway.ts';
import { testSettings } from '../../support/gateway.ts';

const gateway = await startGateway(testSettings(process.argv[2]!, { processes: 2 }));
process.stdout.write(`${gateway.port}\n`);
process.stdin.on('data', () => void gateway.adopt().then(() => process.stdout.write('adopted\n')));
process.stdin.once('end', () => void gateway.drain(500).then(() => process.exit(0)));
