// The commands of `sluice`, their options and help. Each command is one file, loaded when it is called.

import { Command, CommanderError, Option } from 'commander';
import { ConfigError } from '../config/index.ts';
import { problemsText } from '../control/openapi/problem.ts';
import { StoreError } from '../store/store-error.ts';
import { StartError, version } from '../supervisor/index.ts';
import { CommandError } from './command-error.ts';
import { addConfigOptions, configOf, gatherPairs, UsageError } from './config-options.ts';
import { addFunctionCommands } from './functions/commands.ts';
import { addAuditCommand, addIamCommands } from './iam-commands.ts';
import type { ImportRequest } from './import.ts';
import { addManageCommands } from './manage/commands.ts';
import { numberBetween } from './numbers.ts';
import { RefusedFileError } from './refused-file.ts';
import { complain } from './terminal.ts';
import { addTokenCommands } from './token-commands.ts';
import { addUsageCommands } from './usage-commands.ts';
import { addWafCommands } from './waf-commands.ts';
import type { Wiring } from './wiring.ts';
import { addSocketCommands } from './ws/commands.ts';

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
  if (error instanceof RefusedFileError) {
    process.stderr.write(problemsText(error.problems, error.file));
    complain(`${error.message}; nothing was changed`);
    return exitFailed;
  }
  const isForPeople = error instanceof CommandError || error instanceof StoreError;
  complain(
    isForPeople || !(error instanceof Error)
      ? String((error as Error).message)
      : (error.stack ?? error.message),
  );
  return exitFailed;
}

const addressKeys = ['dataDir', 'host', 'port', 'hostSuffix', 'region'];
const deploymentKeys = [...addressKeys, 'accountId', 'accountThrottle.rateRps', 'accountThrottle.burst'];

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

  addConfigOptions(
    add('start', 'start the gateway in the foreground').option('--dev', 'the same as --management-dev true'),
  ).action(async (options: Options) => {
    const { start } = await import('./start.ts');
    done(await start(wiring, () => configOf(options)));
  });

  addConfigOptions(add('stop', 'end a running gateway, or data planes without one'), ['dataDir', 'drainMs'])
    .option('--json', 'print the result as JSON')
    .action(async (options: Options) => {
      const { stop } = await import('./stop.ts');
      done(await stop(configOf(options), options.json === true));
    });

  addConfigOptions(
    add('import', 'deploy an OpenAPI 3 or Swagger 2 file to a stage, or a CloudFormation template'),
    deploymentKeys,
  )
    .argument('<file>', 'JSON or YAML; "-" reads standard input')
    .option('--stage <name>', 'the stage; made when it is not there (a template names its own)')
    .option('--parameter <name=value>', 'of a CloudFormation template; may be repeated', gatherPairs)
    .option(
      '--api-id <id>',
      'the API to update or make (default: the one with the same name, else a new one)',
    )
    .option('--name <text>', "the API's name (default: the file's title)")
    .option('--description <text>', 'of the deployment')
    .addOption(
      new Option('--mode <mode>', 'what the API has and the file has not').choices(['merge', 'overwrite']),
    )
    .addOption(
      new Option('--basepath <what>', "what becomes of the file's base path").choices([
        'ignore',
        'prepend',
        'split',
      ]),
    )
    .option('--variable <name=value>', 'a stage variable; may be repeated', gatherPairs)
    .option(
      '--throttle-rate <rps>',
      'requests per second for each method of the stage',
      numberBetween(0, 1e9),
    )
    .option('--throttle-burst <n>', 'requests at once for each method of the stage', numberBetween(0, 1e9))
    .option('--access-log-format <format>', 'one line with $context variables')
    .option('--access-log-destination <arn>', 'names the log file (default: the API and the stage)')
    .addOption(new Option('--logging-level <level>', 'execution log').choices(['OFF', 'ERROR', 'INFO']))
    .option('--data-trace', 'bodies and fields in the execution log')
    .option('--metrics', 'metrics of each method')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: Options) => {
      const { importApi } = await import('./import.ts');
      const { json, ...request } = options as Options & Partial<ImportRequest>;
      if (request.apiId !== undefined && !/^[a-z0-9]{1,32}$/.test(request.apiId))
        throw new UsageError(
          `"${request.apiId}" is not an API id: lower-case letters and digits, at most 32`,
        );
      done(await importApi(configOf(options), { ...request, file }, json === true));
    });

  addConfigOptions(add('check', 'tell all problems of a file; nothing is changed'), ['region', 'accountId'])
    .argument('<file>', 'OpenAPI 3 or Swagger 2, JSON or YAML; "-" reads standard input')
    .option('--json', 'print the problems as JSON')
    .action(async (file: string, options: Options) => {
      const { check } = await import('./check.ts');
      done(await check(configOf(options), file, options.json === true));
    });

  add('render', 'render mapping templates offline: cases in, one JSON line out for each')
    .argument(
      '<cases>',
      'a JSON list of {name, template, input, context, stageVariables}; "-" reads standard input',
    )
    .option('--json', 'no difference: the output is JSON')
    .action(async (file: string) => {
      const { render } = await import('./render.ts');
      done(await render(file));
    });

  addConfigOptions(add('apis', 'list APIs, their stages and URLs'), addressKeys)
    .option('--json', 'print the list as JSON')
    .action(async (options: Options) => {
      const { apis } = await import('./apis.ts');
      done(await apis(configOf(options), options.json === true));
    });

  addManageCommands(add, done);
  addFunctionCommands(add, done);
  addSocketCommands(add, done);
  addIamCommands(add, done);
  addTokenCommands(add, done);
  addAuditCommand(add, done);
  addUsageCommands(add, done);
  addWafCommands(add, done);

  addConfigOptions(add('example', 'start the gateway with the pet store example')).action(
    async (options: Options) => {
      const { example } = await import('./example.ts');
      done(await example(wiring, () => configOf(options)));
    },
  );

  addConfigOptions(add('doctor', 'examine this machine'), ['dataDir', 'host', 'port', 'processes'])
    .option('--json', 'print the findings as JSON')
    .action(async (options: Options) => {
      const { doctor } = await import('./doctor.ts');
      done(await doctor(wiring, configOf(options), options.json === true));
    });

  add('bench', 'run the measurements of bench/ (in a checkout)')
    .option('--only <scenario>', 'run this one; may be repeated', (name, before: string[] = []) => [
      ...before,
      name,
    ])
    .option('--quick', 'short measurements, which prove nothing')
    .option('--json', 'print the results as JSON')
    .action(async ({ only, quick, json }: { only?: string[]; quick?: true; json?: true }) => {
      const { bench } = await import('./bench.ts');
      const chosen = (only ?? []).flatMap((name) => ['--only', name]);
      done(await bench([...chosen, ...(quick ? ['--quick'] : []), ...(json ? ['--json'] : [])]));
    });

  return program;
}
