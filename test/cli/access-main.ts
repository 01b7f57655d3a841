// The commands of users and of the audit log alone, as the command line calls them: several lines in one process, given
// as JSON; what each has printed comes out as JSON.

import { Command } from 'commander';
import { addAuditCommand, addIamCommands } from '../../src/cli/iam-commands.ts';

export interface Printed {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

async function runLine(args: readonly string[]): Promise<Printed> {
  const printed = { exit: 0, out: '', err: '' };
  const program = new Command('sluice').exitOverride();
  const add = (name: string, description: string): Command => program.command(name).description(description);
  const done = (exitCode: number): void => {
    printed.exit = exitCode;
  };
  addIamCommands(add, done);
  addAuditCommand(add, done);
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
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    printed.err += `error: ${(error as Error).message}\n`;
    printed.exit = 1;
  } finally {
    process.stdout.write = out;
    process.stderr.write = err;
  }
  return printed;
}

const results: Printed[] = [];
for (const args of JSON.parse(process.argv[2]!) as string[][]) results.push(await runLine(args));
process.stdout.write(JSON.stringify(results));
