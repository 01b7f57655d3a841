// The sections of a configuration file, which have names that people choose: one line each.

import { type FunctionDeclaration, readFunctions } from './functions.ts';
import { type IntrospectionDeclaration, readIntrospection } from './introspection.ts';
import type { Placed } from './placed.ts';
import { type PoolDeclaration, readPools } from './pools.ts';
import { type RoleDeclaration, readRoles } from './roles.ts';
import type { SectionReader } from './section-reader.ts';
import { readServices, type ServiceDeclaration } from './services.ts';
import {
  readTlsDomains,
  readTruststores,
  type TlsDomainSettings,
  type TruststoreFile,
} from './tls-domains.ts';
import { readTokenKeys, type TokenKeyDeclaration } from './token-keys.ts';

/** What they say. Secrets, certificates and code are named here; they are read where they are used. */
export interface ConfigSections {
  readonly pools: readonly PoolDeclaration[];
  readonly services: readonly ServiceDeclaration[];
  readonly roles: readonly RoleDeclaration[];
  readonly functions: readonly FunctionDeclaration[];
  readonly introspection: readonly IntrospectionDeclaration[];
  readonly tokenKeys: readonly TokenKeyDeclaration[];
  readonly domains: readonly TlsDomainSettings[];
  readonly truststores: readonly TruststoreFile[];
}

export type SectionName = keyof ConfigSections;
export const sectionNames: readonly SectionName[] = [
  'pools',
  'services',
  'roles',
  'functions',
  'introspection',
  'tokenKeys',
  'domains',
  'truststores',
];

export const isSectionName = (name: string): name is SectionName =>
  (sectionNames as readonly string[]).includes(name);

/** Problems are left with the reader. */
export function readSections(
  reader: SectionReader,
  sections: ReadonlyMap<SectionName, Placed>,
): ConfigSections {
  const read = <T>(name: SectionName, entries: (section: Placed) => readonly T[]): readonly T[] => {
    const section = sections.get(name);
    return section === undefined ? [] : entries(section);
  };
  return {
    pools: read('pools', (section) => readPools(reader, section)),
    services: read('services', (section) => readServices(reader, section)),
    roles: read('roles', (section) => readRoles(reader, section)),
    functions: read('functions', (section) => readFunctions(reader, section)),
    introspection: read('introspection', (section) => readIntrospection(reader, section)),
    tokenKeys: read('tokenKeys', (section) => readTokenKeys(reader, section)),
    domains: read('domains', (section) => readTlsDomains(reader, section)),
    truststores: read('truststores', (section) => readTruststores(reader, section)),
  };
}

/** Environment variables that the sections take values from. */
export function variablesNamed({ roles, functions, introspection }: ConfigSections): string[] {
  return [
    ...roles.flatMap(({ source }) => (source.kind === 'variables' ? Object.values(source.names) : [])),
    ...introspection.flatMap(({ secret }) => ('variable' in secret ? [secret.variable] : [])),
    ...functions.flatMap(({ environment }) =>
      environment.flatMap(({ from }) => ('variable' in from ? [from.variable] : [])),
    ),
  ].filter((name) => name !== null);
}
