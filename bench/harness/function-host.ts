// A function host without a supervisor. Prints `READY 0` when it serves. Argument: its folders, as JSON.

import { type FunctionHostFolders, startFunctionHost } from '../../src/functions/server/index.ts';

const folders = JSON.parse(process.argv[2]!) as FunctionHostFolders;
const host = await startFunctionHost({
  ...folders,
  searchPath: process.env.PATH ?? '',
  takeOver: async () => {},
  log: (line) => void process.stderr.write(`${line}\n`),
});
process.stdout.write('READY 0\n');
process.on('SIGTERM', () => void host.drain(1_000).then(() => process.exit(0)));
