// The commands that manage APIs: their options and help.

import { type Command, Option } from 'commander';
import { configOf, gatherPairs } from '../config-options.ts';
import { numberBetween } from '../numbers.ts';
import { type Add, addControlOptions, type Done, jsonHelp, type Options } from './options.ts';

/** @param add - makes a command with a name and a description */
export function addManageCommands(add: Add, done: Done): void {
  const command = (name: string, description: string): Command => addControlOptions(add(name, description));

  command('deploy', 'freeze an API as it is now and point a stage at it')
    .argument('<api>', 'id or name')
    .argument('<stage>', 'made when it is not there')
    .option('--description <text>', 'of the deployment')
    .option('--json', jsonHelp)
    .action(async (api: string, stage: string, options: Options) => {
      const { deploy } = await import('./deployments.ts');
      done(await deploy(configOf(options), api, stage, options));
    });

  command('stages', 'list the stages of an API')
    .argument('<api>', 'id or name')
    .option('--json', jsonHelp)
    .action(async (api: string, options: Options) => {
      const { stages } = await import('./deployments.ts');
      done(await stages(configOf(options), api, options.json === true));
    });

  command('history', 'what a stage has run, newest first')
    .argument('<api>', 'id or name')
    .argument('<stage>')
    .option('--json', jsonHelp)
    .action(async (api: string, stage: string, options: Options) => {
      const { history } = await import('./deployments.ts');
      done(await history(configOf(options), api, stage, options.json === true));
    });

  command('rollback', 'point a stage back at a deployment that it had')
    .argument('<api>', 'id or name')
    .argument('<stage>')
    .option('--to <deployment>', 'which (default: the one before the present one)')
    .option('--json', jsonHelp)
    .action(async (api: string, stage: string, options: Options) => {
      const { rollback } = await import('./deployments.ts');
      done(await rollback(configOf(options), api, stage, options));
    });

  addCanary(add('canary', "a part of a stage's traffic to another deployment"), done);

  command('export', 'the OpenAPI document of a stage')
    .argument('<api>', 'id or name')
    .argument('<stage>')
    .addOption(new Option('--type <type>', 'of document').choices(['oas30', 'swagger']).default('oas30'))
    .addOption(new Option('--format <format>', 'of the file').choices(['json', 'yaml']).default('yaml'))
    .option(
      '--extensions <list>',
      'apigateway, integrations, authorizers, documentation or postman; joined by commas',
    )
    .option('-o, --out <file>', 'where to write it (default: standard output)')
    .action(async (api: string, stage: string, options: Options) => {
      const { exportApi } = await import('./files.ts');
      done(await exportApi(configOf(options), api, stage, options as never));
    });

  command('sdk', 'a client for a stage, as a zip file')
    .argument('<api>', 'id or name')
    .argument('<stage>')
    .addOption(
      new Option('--type <type>', 'of client')
        .choices(['javascript', 'java', 'android', 'objectivec', 'swift', 'ruby'])
        .default('javascript'),
    )
    .option('--parameter <name=value>', 'of the generator; may be repeated', gatherPairs)
    .option('-o, --out <file>', 'where to write it (default: a name of its own)')
    .action(async (api: string, stage: string, options: Options) => {
      const { sdk } = await import('./files.ts');
      done(await sdk(configOf(options), api, stage, options as never));
    });

  command('sdk-generator', 'fetch OpenAPI Generator, which makes the SDKs that are not JavaScript')
    .option('--repository <url>', 'a Maven repository (default: Maven Central)')
    .action(async (options: Options) => {
      const { fetchSdkGenerator } = await import('./sdk-generator.ts');
      done(await fetchSdkGenerator(configOf(options), options.repository as string | undefined));
    });

  const keys = add('keys', 'API keys');
  addControlOptions(keys.command('import').description('import API keys from a CSV file'))
    .argument('<file>', 'columns name, key, description, enabled, usageplanIds; "-" reads standard input')
    .option('--fail-on-warnings', 'import nothing when there is a warning')
    .option('--json', jsonHelp)
    .action(async (file: string, options: Options) => {
      const { importKeys } = await import('./files.ts');
      done(await importKeys(configOf(options), file, options));
    });

  const docs = add('docs', 'documentation');
  addControlOptions(
    docs
      .command('publish')
      .description('freeze the documentation as a version, or show an earlier one again'),
  )
    .argument('<api>', 'id or name')
    .argument('<version>')
    .option('--stage <name>', 'the stage that shows it')
    .option('--description <text>', 'of the version')
    .action(async (api: string, version: string, options: Options) => {
      const { publishDocs } = await import('./files.ts');
      done(await publishDocs(configOf(options), api, version, options));
    });

  command('backup', 'write a copy of everything to one file, while it is in use')
    .argument('<file>', 'must not be there yet')
    .action(async (file: string, options: Options) => {
      const { backup } = await import('./files.ts');
      done(await backup(configOf(options), file));
    });

  command('restore', 'put a backup in the place of what the data folder has')
    .argument('<file>', 'written by "sluice backup"')
    .action(async (file: string, options: Options) => {
      const { restore } = await import('./restore.ts');
      done(await restore(configOf(options), file));
    });
}

function addCanary(canary: Command, done: Done): void {
  const command = (name: string, description: string): Command =>
    addControlOptions(canary.command(name).description(description))
      .argument('<api>', 'id or name')
      .argument('<stage>');

  command('set', 'begin a canary with the API as it is now, or change the one that there is')
    .option('--percent <n>', 'share of the requests', numberBetween(0, 100))
    .option('--deployment <id>', 'a deployment that exists')
    .option('--variable <name=value>', 'a stage variable of the canary; may be repeated', gatherPairs)
    .option('--json', jsonHelp)
    .action(async (api: string, stage: string, options: Options) => {
      const { setCanary } = await import('./canary.ts');
      done(await setCanary(configOf(options), api, stage, options));
    });

  command('promote', 'all traffic to the canary, whose deployment becomes its own').action(
    async (api: string, stage: string, options: Options) => {
      const { promoteCanary } = await import('./canary.ts');
      done(await promoteCanary(configOf(options), api, stage));
    },
  );

  command('end', "all traffic to the stage's own deployment again").action(
    async (api: string, stage: string, options: Options) => {
      const { endCanary } = await import('./canary.ts');
      done(await endCanary(configOf(options), api, stage));
    },
  );
}
