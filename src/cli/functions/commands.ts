// The commands of functions: their options and help.

import { type Command, InvalidArgumentError } from 'commander';
import { addConfigOptions, configOf, gatherPairs } from '../config-options.ts';
import { type Add, addControlOptions, type Done, jsonHelp, type Options } from '../manage/options.ts';
import { numberBetween } from '../numbers.ts';

/** @param add - makes a command with a name and a description */
export function addFunctionCommands(add: Add, done: Done): void {
  const functions = add('functions', 'Lambda functions that run beside the gateway');
  const command = (name: string, description: string): Command =>
    addControlOptions(functions.command(name).description(description));

  command('add', 'make a function, or bring the one of that name up to date')
    .argument('<name>')
    .requiredOption('--code <path>', 'folder or zip file of the code')
    .option('--runtime <runtime>', 'nodejs24.x, python3.13, provided.al2023 ...; needed once')
    .option('--handler <handler>', 'where the code begins: file.function; needed once')
    .option('--timeout <seconds>', 'longest time of an invocation (default: 3)', wholeBetween(1, 900))
    .option('--memory <MB>', 'of an environment (default: 128)', wholeBetween(128, 10_240))
    .option('--env <name=value>', 'an environment variable; may be repeated; replaces all', gatherPairs)
    .option('--concurrency <n>', 'invocations at once; 0 = none at all', wholeBetween(0, 1e6))
    .option(
      '--environment-concurrency <n>',
      'invocations at once in one environment; above 1, handlers must not keep what belongs to one invocation in the module (default: 1)',
      wholeBetween(1, 1600),
    )
    .option('--description <text>', 'of the function')
    .option('--publish', 'make a version of it as well')
    .option('--no-permission', 'APIs may invoke it only after a permission was added, as at AWS')
    .option('--json', jsonHelp)
    .action(async (name: string, options: Options) => {
      const { addFunction } = await import('./add.ts');
      done(await addFunction(configOf(options), name, options as never));
    });

  command('list', 'functions, their versions and aliases')
    .option('--json', jsonHelp)
    .action(async (options: Options) => {
      const { listFunctions } = await import('./list.ts');
      done(await listFunctions(configOf(options), options.json === true));
    });

  command('show', 'everything about a function')
    .argument('<name>')
    .option('--values', 'show the values of environment variables too')
    .option('--json', jsonHelp)
    .action(async (name: string, options: Options) => {
      const { showFunction } = await import('./show.ts');
      done(await showFunction(configOf(options), name, options));
    });

  addConfigOptions(functions.command('logs').description('what a function has logged, newest last'), [
    'dataDir',
    'logs.dir',
  ])
    .argument('<name>')
    .option('--lines <n>', 'the newest so many', wholeBetween(0, 1e9), 100)
    .option('--request <id>', 'of this invocation alone')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .action(async (name: string, options: Options) => {
      const { functionLogs } = await import('./logs.ts');
      done(await functionLogs(configOf(options), name, options as never));
    });

  command('invoke', 'call a function through the gateway that runs, and print its answer')
    .argument('<name>')
    .option('--payload <json>', 'JSON text, @FILE, or "-" for standard input (default: {})')
    .option('--qualifier <version>', 'a version or an alias')
    .option('--async', 'queue it, and do not wait for its answer')
    .option('--log', 'print what it logged, on standard error')
    .option('--json', jsonHelp)
    .action(async (name: string, options: Options) => {
      const { invokeFunction } = await import('./invoke.ts');
      done(await invokeFunction(configOf(options), name, options));
    });

  command('publish', 'freeze code and settings as a version')
    .argument('<name>')
    .option('--description <text>', 'of the version')
    .option('--json', jsonHelp)
    .action(async (name: string, options: Options) => {
      const { publishFunction } = await import('./versions.ts');
      done(await publishFunction(configOf(options), name, options));
    });

  command('alias', 'point an alias at a version')
    .argument('<name>')
    .argument('<alias>')
    .argument('[version]', 'a number, or $LATEST')
    .option('--also <version=share>', 'a second version with a share of the invocations: 2=0.1', gatherPairs)
    .option('--remove', 'take the alias away')
    .option('--json', jsonHelp)
    .action(async (name: string, alias: string, version: string | undefined, options: Options) => {
      const { setAlias } = await import('./versions.ts');
      done(await setAlias(configOf(options), name, alias, { ...options, version }));
    });

  command('remove', 'remove a function with its versions and aliases')
    .argument('<name>')
    .option('-y, --yes', 'do not ask')
    .option('--json', jsonHelp)
    .action(async (name: string, options: Options) => {
      const { removeFunction } = await import('./remove.ts');
      done(await removeFunction(configOf(options), name, options));
    });
}

/** For commander: a whole number within bounds. */
function wholeBetween(min: number, max: number): (text: string) => number {
  const number = numberBetween(min, max);
  return (text) => {
    const value = number(text);
    if (!Number.isInteger(value))
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    return value;
  };
}
