// A function host of fakes, as a process that can be killed.

import { serveFunctions } from '../../../src/functions/server/functions-server.ts';
import { FakeFunctions } from '../fake-functions.ts';

await serveFunctions({ socketPath: process.argv[2]!, functions: Promise.resolve(new FakeFunctions()) });
process.stdout.write('ready\n');
