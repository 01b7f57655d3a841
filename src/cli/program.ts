// The commands of `sluice`, their options and help. Each command is one file, loaded when it is called.

import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ConfigError } from '../config/index.ts';
import { StartError, version } from '../supervisor/index.ts';
import { addConfigOptions, configOf, UsageError } from './config-options.ts';
import { complain } from './terminal.ts';
import type { Wiring } from './wiring.ts';

/** The command did what it could and the answer is no. */
const exitFailed = 1;
/** The command line itself is wrong. */
const exitUsage = 2;

/**
 * Runs one command line.
 * @param argv - without the interpreter and the script
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], wiring: Wiring): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(wiring, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage; // commander has said why
  if (error instanceof UsageError) {
    complain(error.message);
    return exitUsage;
  }
  if (error instanceof ConfigError) {
    error.problems.forEach(complain);
    return exitFailed;
  }
  if (error instanceof StartError) {
    complain(`a data plane did not start: ${error.message}`);
    return exitFailed;
  }
  const code = error instanceof Error && 'code' in error;
  complain(code || !(error instanceof Error) ? String(error) : (error.stack ?? error.message));
  return exitFailed;
}

type Options = Readonly<Record<string, unknown>>;

function buildProgram(wiring: Wiring, done: (exitCode: number) => void): Command {
  const program = new Command('sluice')
    .description("Amazon API Gateway's job on your own hardware.")
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ outputError: (text) => complain(text.replace(/^error: /, '').trimEnd()) })
    .showSuggestionAfterError()
    .exitOverride();

  const add = (name: string, description: string): Command => {
    const command = program.command(name).description(description);
    return command.version(version, '-V, --version', 'show the version');
  };

  addConfigOptions(add('start', 'start the gateway in the foreground')).action(async (options: Options) => {
    const { start } = await import('./start.ts');
    done(await start(wiring, () => configOf(options)));
  });

  addConfigOptions(add('stop', 'end a running gateway, or data planes without one'), ['dataDir', 'drainMs'])
    .option('--json', 'print the result as JSON')
    .action(async (options: Options) => {
      const { stop } = await import('./stop.ts');
      done(await stop(configOf(options), options.json === true));
    });

  return program;
}

/** For commander: a number within bounds. */
export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max)
      throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
    return value;
  };
}
