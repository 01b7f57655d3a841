// The entry of each data-plane process: started by the supervisor, never by hand.

import { startGateway } from './gateway/gateway.ts';
import { runDataPlane } from './supervisor/data-plane-life.ts';

await runDataPlane(process.argv[2], startGateway);
