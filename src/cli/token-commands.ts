// The commands of revoked tokens: their options and help.

import type { Command } from 'commander';
import { configOf } from './config-options.ts';
import { manage } from './manage/manage.ts';
import { type Add, addControlOptions, type Done, jsonHelp, type Options } from './manage/options.ts';
import type { TokenControl } from './tokens.ts';

type Tokens = typeof import('./tokens.ts');

/** @param add - makes a command with a name and a description */
export function addTokenCommands(add: Add, done: Done): void {
  const tokens = add('tokens', 'tokens that are taken back before their end');
  const command = (name: string, about: string): Command =>
    addControlOptions(tokens.command(name).description(about));
  const run = async (
    options: Options,
    act: (commands: Tokens, control: TokenControl) => Promise<void>,
  ): Promise<void> => {
    const commands = await import('./tokens.ts');
    done(await manage(configOf(options), 'asking the control plane', (control) => act(commands, control)));
  };
  command('revoke', 'refuse tokens of issuers and user pools from now on; say which by one of the first four')
    .option('--jti <id>', 'one token, by its claim "jti"')
    .option('--subject <sub>', 'all of somebody')
    .option('--session <sid>', 'all of one login')
    .option('--client <id>', 'all that a client was given')
    .option('--issuer <url>', 'of this issuer alone')
    .option('--issued-until <time>', '"now" or such as 2026-01-31T12:00:00Z: tokens issued later are good')
    .option('--keep <time>', 'how long this is known: no less than tokens live', '30d')
    .option('--json', jsonHelp)
    .action((options: Options) =>
      run(options, (commands, control) => commands.revokeTokens(control, options)),
    );
  command('revoked', 'what is revoked')
    .option('--json', jsonHelp)
    .action((options: Options) =>
      run(options, (commands, control) => commands.listRevocations(control, options.json === true)),
    );
  command('restore', 'take a revocation back')
    .argument('<id>', 'as "sluice tokens revoked" shows it')
    .action((id: string, options: Options) =>
      run(options, (commands, control) => commands.restoreTokens(control, id)),
    );
}
