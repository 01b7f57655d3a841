// `functions:` of a configuration file: functions that are there as soon as the gateway runs.

import type { Placed } from './placed.ts';
import type { NameRule, SectionReader } from './section-reader.ts';
import { file, integer, optionalInteger, type Setting, text, yesNo } from './setting.ts';

/** A function as the file says it; its code is read when it is applied. */
export interface FunctionDeclaration {
  readonly name: string;
  /** `functions.greeting`, for problems. */
  readonly key: string;
  readonly where: string;
  readonly runtime: string;
  /** null = none is named; only for runtimes of one's own. */
  readonly handler: string | null;
  /** Absolute: a folder or a zip file. */
  readonly code: string;
  readonly timeout: number;
  readonly memory: number;
  /** null = as many as the host allows. */
  readonly reservedConcurrency: number | null;
  /** Invocations at once in one environment. */
  readonly environmentConcurrency: number;
  readonly environment: readonly FunctionVariable[];
  readonly aliases: readonly { readonly name: string; readonly version: string; readonly where: string }[];
  /** Whether every API of this gateway may invoke it; else only who gets a permission. */
  readonly allowApis: boolean;
}

export interface FunctionVariable {
  readonly name: string;
  readonly where: string;
  readonly from: { readonly text: string } | { readonly variable: string };
}

const functionName: NameRule = {
  pattern: /^[A-Za-z0-9_-]{1,64}$/,
  expected: '1 to 64 letters, digits, hyphens and underscores',
};
const aliasName: NameRule = {
  pattern: /^(?![0-9]+$)[A-Za-z0-9_-]{1,128}$/,
  expected: 'letters, digits, hyphens and underscores, and not digits alone',
};
const variableName: NameRule = {
  pattern: /^[A-Za-z][A-Za-z0-9_]+$/,
  expected: 'two characters or more: a letter, then letters, digits and underscores',
};

export const functionFields = {
  runtime: text({
    default: '',
    means: 'What runs the code.',
    reason: 'the code is written for one',
    expected: 'a runtime: nodejs24.x, python3.13, provided.al2023 ...',
    pattern: /^(nodejs[0-9]{1,2}\.x|python3\.[0-9]{1,2}|provided(\.al2(023)?)?)$/,
  }),
  handler: text({
    default: null,
    means: 'Where the code begins: file.function.',
    reason: 'runtimes of your own (provided) begin with their bootstrap file',
    expected: 'file.function, such as app.handler',
    pattern: /^\S{1,128}$/,
  }),
  code: file({
    default: '',
    means: 'Folder or zip file of the code.',
    reason: 'a function is its code',
  }),
  timeout: integer({
    default: 3,
    unit: 'seconds',
    min: 1,
    max: 900,
    means: 'Longest time that an invocation may take.',
    reason: "Lambda's own",
  }),
  memory: integer({
    default: 128,
    unit: 'MB',
    min: 128,
    max: 10_240,
    means: 'Memory that an environment may use.',
    reason: "Lambda's own",
  }),
  reservedConcurrency: optionalInteger({
    unit: 'invocations',
    min: 0,
    max: 1_000_000,
    means: 'Invocations at once; 0 = none at all.',
    reason: 'as many as the host allows',
  }),
  environmentConcurrency: integer({
    default: 1,
    unit: 'invocations',
    min: 1,
    max: 1600,
    means: 'Invocations at once in one environment.',
    reason: 'above 1 they share its module state, and code must be written for that',
  }),
  allowApis: yesNo({
    default: true,
    means: 'Whether every API of this gateway may invoke the function.',
    reason: 'whoever writes this file owns both; false asks for a permission, as AWS does',
  }),
} as const;

const variableFields = {
  variable: text({
    default: '',
    means: 'Environment variable of the gateway that has the value.',
    reason: 'a secret need not lie in the file',
    expected: 'the name of an environment variable',
    pattern: /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
    isSecret: true,
  }),
} as const;

/** Lambda's own: all names and values together. */
const environmentBytesMax = 4_096;

export function readFunctions(reader: SectionReader, section: Placed): FunctionDeclaration[] {
  return reader.named(section, 'functions', functionName).flatMap(({ name, value }) => {
    const members = reader.members(value, [...Object.keys(functionFields), 'environment', 'aliases']);
    if (members === null) return [];
    const fields = reader.fields(value, members, functionFields, ['runtime', 'code']);
    if (fields.handler === null && fields.runtime !== '' && !fields.runtime.startsWith('provided'))
      reader.tell(value, `${value.key} has no "handler"; expected ${functionFields.handler.expected}`);
    return [
      {
        name,
        key: value.key,
        where: value.where,
        ...fields,
        environment: readEnvironment(reader, members.get('environment')),
        aliases: readAliases(reader, members.get('aliases')),
      },
    ];
  });
}

function readEnvironment(reader: SectionReader, given: Placed | undefined): FunctionVariable[] {
  if (given === undefined) return [];
  const variables = reader
    .named(given, 'environment variables', variableName)
    .flatMap(({ name, where, value }): FunctionVariable[] => {
      const { raw } = value;
      if (typeof raw === 'string') return [{ name, where, from: { text: raw } }];
      if (typeof raw === 'number' || typeof raw === 'boolean') {
        // YAML has read 007 as 7, and 1e3 as 1000: what was meant is not known any more.
        reader.tell(value, `${value.key} is not text; put it in quotes`);
        return [];
      }
      const members = reader.members(value, Object.keys(variableFields));
      if (members === null) return [];
      const { variable } = reader.fields(value, members, variableFields, ['variable']);
      return [{ name, where, from: { variable } }];
    });
  const bytes = variables.reduce(
    (sum, { name, from }) => sum + Buffer.byteLength(name + ('text' in from ? from.text : '')),
    0,
  );
  if (bytes > environmentBytesMax)
    reader.tell(given, `${given.key} has ${bytes} bytes; expected at most ${environmentBytesMax} in all`);
  return variables;
}

function readAliases(reader: SectionReader, given: Placed | undefined): FunctionDeclaration['aliases'] {
  if (given === undefined) return [];
  return reader.named(given, 'aliases', aliasName).map(({ name, value }) => ({
    name,
    version: reader.value(aliasVersion, value),
    where: value.where,
  }));
}

const aliasVersion: Setting<string> = {
  default: '$LATEST',
  means: 'The version that the alias stands for.',
  reason: 'the code as it is now',
  expected: 'a version: 1, 2 ... or $LATEST',
  placeholder: '<version>',
  parse: (raw) => {
    const version = typeof raw === 'number' ? String(raw) : raw;
    return typeof version === 'string' && /^(\$LATEST|[1-9][0-9]{0,8})$/.test(version) ? version : undefined;
  },
};
