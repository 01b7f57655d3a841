// Settings as command-line options: the same names, checks and defaults as in the file and the environment.

import { type Command, Option } from 'commander';
import {
  defaultFileName,
  environment,
  namedSettings,
  type ProcessConfig,
  readConfig,
} from '../config/index.ts';

const optionOf = new Map(
  namedSettings.map(({ key, flag, setting }) => {
    const shown = setting.default === null ? '' : ` (default: ${String(setting.default)})`;
    return [key, new Option(`${flag} ${setting.placeholder}`, `${setting.means}${shown}`)] as const;
  }),
);

/**
 * Adds `--config` and options for settings.
 * @param keys - which; all when left out
 */
export function addConfigOptions(command: Command, keys: readonly string[] = [...optionOf.keys()]): Command {
  command.option('-c, --config <file>', `configuration file (default: ${defaultFileName}, if it is there)`);
  for (const key of keys) command.addOption(optionOf.get(key)!);
  return command;
}

/** Reads the configuration as this command's options, the environment and the file give it. @throws ConfigError */
export function configOf(options: Readonly<Record<string, unknown>>): ProcessConfig {
  const flags: Record<string, string> = {};
  for (const [key, option] of optionOf) {
    const value = options[option.attributeName()];
    if (typeof value === 'string') flags[key] = value;
  }
  if (options.dev === true) flags['management.dev'] = 'true';
  const file = typeof options.config === 'string' ? options.config : undefined;
  return readConfig({ file, environment, flags, folder: process.cwd() });
}

/** `k=v` options, gathered. Handed to commander, which calls it for each. @throws UsageError */
export function gatherPairs(text: string, before: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals <= 0) throw new UsageError(`"${text}" is not NAME=VALUE`);
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
