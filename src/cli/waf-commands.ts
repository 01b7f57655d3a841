// The commands of web ACLs: their options and help.

import type { Command } from 'commander';
import type { ProcessConfig } from '../config/index.ts';
import { configOf } from './config-options.ts';
import { manage } from './manage/manage.ts';
import { type Add, addControlOptions, type Done, jsonHelp, type Options } from './manage/options.ts';
import type { WafControl } from './waf.ts';

type Waf = typeof import('./waf.ts');

/** @param add - makes a command with a name and a description */
export function addWafCommands(add: Add, done: Done): void {
  const run = async (
    options: Options,
    act: (commands: Waf, control: WafControl, config: ProcessConfig) => Promise<void>,
  ): Promise<void> => {
    const commands = await import('./waf.ts');
    const config = configOf(options);
    done(await manage(config, 'asking the control plane', (control) => act(commands, control, config)));
  };
  const waf = addControlOptions(add('waf', 'web ACLs, and the stages behind them; "aws wafv2" makes them'))
    .option('--json', jsonHelp)
    .action((options: Options) =>
      run(options, (commands, control) => commands.listWebAcls(control, options.json === true)),
    );
  // The options of `waf` itself are theirs too: it takes them wherever they stand.
  const command = (name: string, about: string) => addControlOptions(waf.command(name).description(about));
  command('associate', 'put a stage of a REST API behind a web ACL')
    .argument('<web-acl>', 'its name')
    .argument('<api-id>')
    .argument('<stage>')
    .action((name: string, apiId: string, stageName: string, _: Options, of: Command) =>
      run(of.optsWithGlobals(), (commands, control) =>
        commands.associate(control, { name, apiId, stageName }),
      ),
    );
  command('disassociate', 'take a stage from behind its web ACL')
    .argument('<api-id>')
    .argument('<stage>')
    .action((apiId: string, stageName: string, _: Options, of: Command) =>
      run(of.optsWithGlobals(), (commands, control) =>
        commands.associate(control, { name: null, apiId, stageName }),
      ),
    );
  command('countries', 'take over a table of countries for GeoMatch statements')
    .argument('<file>', 'CSV: first,last,CC or range,CC')
    .action((file: string, _: Options, of: Command) =>
      run(of.optsWithGlobals(), (commands, control, { dataDir }) =>
        commands.takeCountries(control, dataDir, file),
      ),
    );
}
