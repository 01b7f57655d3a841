// Puts the process configuration together: defaults, then the file, then the environment, then flags.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isLoopback } from '../base/loopback.ts';
import { closest } from './closest.ts';
import { ConfigError } from './config-error.ts';
import { type FileContent, parseConfigFile } from './config-file.ts';
import { deepFreeze } from './data-plane-settings.ts';
import type { Environment } from './environment.ts';
import { type NamedSetting, namedSettings, type ProcessConfig } from './process-settings.ts';
import { quoted, SectionReader } from './section-reader.ts';
import { readSections, variablesNamed } from './sections.ts';

/** Read from the current folder when neither a flag nor SLUICE_CONFIG names a file. */
export const defaultFileName = 'sluice.yaml';

export interface ConfigSources {
  /** From `--config`; must exist. */
  readonly file?: string | undefined;
  readonly environment: Environment;
  /** Flag values by setting key: `upstream.idleMs`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** What relative paths of flags and environment start from. */
  readonly folder: string;
}

interface GivenValue {
  readonly raw: unknown;
  readonly where: string;
  readonly folder: string;
}

/**
 * Reads the configuration once.
 * @throws ConfigError with one line for each unknown key, wrong type and value out of range
 */
export function readConfig(sources: ConfigSources): ProcessConfig {
  const problems: string[] = [];
  const given = new Map<string, GivenValue>();
  const file = readFile(sources);
  problems.push(...file.problems);
  for (const { key, raw, where } of file.values) given.set(key, { raw, where, folder: file.folder });
  const reader = new SectionReader(file.folder);
  const sections = readSections(reader, file.sections);
  problems.push(...unknownVariables(sources.environment, variablesNamed(sections)));
  for (const { key, variable, flag } of namedSettings) {
    const fromVariable = sources.environment[variable];
    if (fromVariable !== undefined && !isFromKubernetes(variable, fromVariable))
      given.set(key, { raw: fromVariable, where: variable, folder: sources.folder });
    const fromFlag = sources.flags[key];
    if (fromFlag !== undefined) given.set(key, { raw: fromFlag, where: flag, folder: sources.folder });
  }
  const config: ProcessConfig = { ...build(given, sources.folder, problems), ...sections };
  problems.push(...reader.problems);
  if (problems.length === 0) checkTogether(config, given, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(config);
}

function readFile(sources: ConfigSources): FileContent & { folder: string } {
  const named = sources.file ?? sources.environment.SLUICE_CONFIG;
  const name = named ?? defaultFileName;
  const absolute = path.resolve(sources.folder, name);
  const folder = path.dirname(absolute);
  try {
    return { ...parseConfigFile(readFileSync(absolute, 'utf8'), name), folder };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    const none = { values: [], sections: new Map(), folder };
    if (code === 'ENOENT' && named === undefined) return { ...none, problems: [] };
    const problem = `${name}: cannot read the configuration file (${code}); name a file that this user may read`;
    return { ...none, problems: [problem] };
  }
}

/** @param named - what the file takes from the environment under names of its own */
function unknownVariables(environment: Environment, named: readonly string[]): string[] {
  const known = new Set(['SLUICE_CONFIG', ...namedSettings.map(({ variable }) => variable), ...named]);
  return Object.entries(environment)
    .filter(
      ([name, value]) =>
        name.startsWith('SLUICE_') && !known.has(name) && !isFromKubernetes(name, value ?? ''),
    )
    .map(([name]) => {
      const near = closest(name, [...known]);
      const fix = near === undefined ? 'unset it, or see `sluice start --help`' : `did you mean ${near}?`;
      return `${name}: no setting has this environment variable; ${fix}`;
    });
}

/** Kubernetes describes a Service named `sluice` in variables of these shapes; nobody chose them. */
function isFromKubernetes(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name) || /^(tcp|udp|sctp):\/\//.test(value)
  );
}

type Settings = Omit<ProcessConfig, keyof ReturnType<typeof readSections>>;

function build(given: ReadonlyMap<string, GivenValue>, folder: string, problems: string[]): Settings {
  const config: Record<string, unknown> = {};
  for (const named of namedSettings) {
    const value = given.get(named.key);
    const parsed =
      value === undefined ? defaultOf(named, folder) : named.setting.parse(value.raw, value.folder);
    if (value !== undefined && parsed === undefined)
      problems.push(
        `${value.where}: ${named.key} is ${quoted(value.raw)}; expected ${named.setting.expected}`,
      );
    let group = config;
    for (const name of named.path.slice(0, -1)) {
      group[name] ??= {};
      group = group[name] as Record<string, unknown>;
    }
    group[named.path.at(-1)!] = parsed;
  }
  return config as unknown as Settings;
}

/** A default that is a path is made absolute like any other. */
function defaultOf({ setting }: NamedSetting, folder: string): unknown {
  return setting.default === null ? null : (setting.parse(setting.default, folder) ?? setting.default);
}

function checkTogether(
  config: ProcessConfig,
  given: ReadonlyMap<string, GivenValue>,
  problems: string[],
): void {
  const { key, cert } = config.tls;
  if ((key === null) !== (cert === null)) {
    const [has, lacks] = key === null ? ['cert', 'key'] : ['key', 'cert'];
    problems.push(
      `${given.get(`tls.${has}`)?.where}: tls.${has} is set and tls.${lacks} is not; set both or neither`,
    );
  }
  const ports = [
    ['port', config.port],
    ['admin.port', config.admin.port],
    ['management.port', config.management.port],
  ] as const;
  for (const [index, [later, value]] of ports.entries()) {
    const same = ports.slice(0, index).find(([, other]) => other === value && value !== 0);
    if (same === undefined) continue;
    const where = (given.get(later) ?? given.get(same[0]))?.where;
    problems.push(`${where}: ${same[0]} and ${later} are both ${value}; choose two different ports`);
  }
  const { dev, host } = config.management;
  if (dev && !isLoopback(host)) {
    const where = (given.get('management.host') ?? given.get('management.dev'))?.where;
    problems.push(
      `${where}: management.dev accepts any credentials, so management.host must be a loopback address, not "${host}"`,
    );
  }
}
