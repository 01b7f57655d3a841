// The command line, several lines in one process, given as JSON; what each has printed comes out as JSON.

import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/program.ts';

export interface Printed {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

const wiring: Parameters<typeof runCli>[1] = {
  dataPlaneEntry: fileURLToPath(new URL('../supervisor/toy-data-plane.ts', import.meta.url)),
  functionHostEntry: fileURLToPath(new URL('../supervisor/toy-function-host.ts', import.meta.url)),
  buildId: () => 'toy',
  portProblem: async () => null,
  inspectMachine: async () => ({
    glibc: null,
    uws: { ok: true, text: 'a toy' },
    counters: { ok: true, text: 'a toy' },
    injection: { ok: true, text: 'a toy' },
  }),
  meters: async () => () => null,
};

async function runLine(args: readonly string[]): Promise<Printed> {
  const printed = { exit: 0, out: '', err: '' };
  const [out, err] = [process.stdout.write, process.stderr.write];
  process.stdout.write = (text) => {
    printed.out += text;
    return true;
  };
  process.stderr.write = (text) => {
    printed.err += text;
    return true;
  };
  try {
    printed.exit = await runCli(args, wiring);
  } finally {
    process.stdout.write = out;
    process.stderr.write = err;
  }
  return printed;
}

const results: Printed[] = [];
for (const args of JSON.parse(process.argv[2]!) as string[][]) results.push(await runLine(args));
process.stdout.write(JSON.stringify(results));
