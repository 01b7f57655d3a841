// The child process of the supervisor's tests.

import { runDataPlane } from '../../src/supervisor/index.ts';
import { startToyGateway } from './toy-gateway.ts';

await runDataPlane(process.argv[2], startToyGateway);
