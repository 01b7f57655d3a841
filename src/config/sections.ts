// The sections of a configuration file, which have names that people choose: one line each.

import { type FunctionDeclaration, readFunctions } from './functions.ts';
import type { Placed } from './placed.ts';
import { type PoolDeclaration, readPools } from './pools.ts';
import { type RoleDeclaration, readRoles } from './roles.ts';
import type { SectionReader } from './section-reader.ts';
import { readServices, type ServiceDeclaration } from './services.ts';

/** What they say. Secrets, certificates and code are named here; they are read where they are used. */
export interface ConfigSections {
  readonly pools: readonly PoolDeclaration[];
  readonly services: readonly ServiceDeclaration[];
  readonly roles: readonly RoleDeclaration[];
  readonly functions: readonly FunctionDeclaration[];
}

export type SectionName = keyof ConfigSections;
export const sectionNames: readonly SectionName[] = ['pools', 'services', 'roles', 'functions'];

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
  };
}

/** Environment variables that the sections take values from. */
export function variablesNamed({ roles, functions }: ConfigSections): string[] {
  return [
    ...roles.flatMap(({ source }) => (source.kind === 'variables' ? Object.values(source.names) : [])),
    ...functions.flatMap(({ environment }) =>
      environment.flatMap(({ from }) => ('variable' in from ? [from.variable] : [])),
    ),
  ].filter((name) => name !== null);
}
