// The commands of usage plans' counts: their options and help.

import { Option } from 'commander';
import { configOf, UsageError } from './config-options.ts';
import { type Add, addControlOptions, type Done, jsonHelp, type Options } from './manage/options.ts';

/** @param add - makes a command with a name and a description */
export function addUsageCommands(add: Add, done: Done): void {
  const usage = addControlOptions(
    add('usage', 'what the API keys of usage plans have used, and what is left'),
  )
    .option('--plan <plan>', 'of this plan alone: id or name')
    .option('--json', jsonHelp)
    .action(async (options: Options) => {
      const { showUsage } = await import('./usage.ts');
      done(await showUsage(configOf(options), options));
    });
  addControlOptions(
    usage.command('export').description('requests by day, plan, key and stage, for bills: whole days, UTC'),
  )
    .option('--month <month>', 'such as 2026-01')
    .option('--from <date>', 'first day: 2026-01-31')
    .option('--to <date>', 'last day (default: the first)')
    .addOption(new Option('--format <format>', 'of the lines').choices(['csv', 'jsonl']).default('csv'))
    .option('--partial', 'also days that are not over; their numbers will change')
    .option('-o, --out <file>', 'where to write it (default: standard output)')
    .action(async (_: Options, command: { optsWithGlobals(): Options }) => {
      const options = command.optsWithGlobals();
      const { exportUsage, daysOf } = await import('./usage.ts');
      const days = daysOf(options);
      if (days === null)
        throw new UsageError('say which days: --month 2026-01, or --from 2026-01-01 and --to 2026-01-31');
      done(await exportUsage(configOf(options), days, options));
    });
}
