// An OpenAPI 3 or Swagger 2 document (JSON or YAML) as an API definition, as ImportRestApi and PutRestApi read it.

import { randomInt } from 'node:crypto';
import type { ApiDefinition } from '../../resources/index.ts';
import { Cursor } from './cursor.ts';
import { compact, ImportContext, type ImportOptions } from './import-context.ts';
import { mergeDefinition } from './merge-definition.ts';
import { hasErrors, type Problem, sortProblems } from './problem.ts';
import { readGatewayResponses, readRestApi } from './read-api.ts';
import { readDocumentation } from './read-documentation.ts';
import { tellUnreadExtensions } from './read-extensions.ts';
import { ModelTable } from './read-models.ts';
import { readPaths } from './read-paths.ts';
import { SecurityTable } from './read-security.ts';
import { ValidatorTable } from './read-validators.ts';
import { parseSource } from './source.ts';
import { SourceMap } from './source-map.ts';

/** AWS refuses larger files. */
export const importBytesMax = 6 * 1024 * 1024;
/** Larger files are not even read. */
export const checkBytesMax = 10 * 1024 * 1024;

export interface Imported {
  /** undefined when the text could not be read; with errors among `problems` it must not be used to serve. */
  readonly definition: ApiDefinition | undefined;
  readonly problems: readonly Problem[];
  /** Places of the definition's parts in the text. */
  readonly sourceMap: SourceMap;
}

/**
 * Reads a document. It never throws for what the document holds: everything is told as a problem with its place.
 *
 * @param text - OpenAPI 3.0 (3.1 where it means the same) or Swagger 2.0, as JSON or YAML
 * @see API Gateway Developer Guide, "Develop REST APIs using OpenAPI"
 */
export function importDefinition(text: string, options: ImportOptions = {}): Imported {
  const sourceMap = new SourceMap(text);
  const refuse = (offset: number, message: string, fix?: string): Imported => ({
    definition: undefined,
    problems: [sourceMap.problemAt('error', offset, '', message, fix)],
    sourceMap,
  });
  const bytes = Buffer.byteLength(text);
  if (bytes > checkBytesMax)
    return refuse(
      0,
      `Invalid OpenAPI input. The file has ${bytes} bytes; at most ${importBytesMax} can be imported`,
    );
  const source = parseSource(text, expandVariables(options));
  const root = Cursor.atRoot(source);
  const syntax = source.problems.map((problem) =>
    sourceMap.problemAt(problem.severity, problem.offset, '', `Invalid OpenAPI input. ${problem.message}`),
  );
  if (hasErrors(syntax)) return { definition: undefined, problems: sortProblems(syntax), sourceMap };
  const major = majorVersion(root);
  if (major === undefined) {
    const version = root.get('swagger') ?? root.get('openapi');
    const message = 'Invalid OpenAPI input. The document is neither OpenAPI 3 nor Swagger 2.0';
    return refuse(version?.offset ?? 0, message, 'begin it with openapi: 3.0.1 or swagger: "2.0"');
  }
  const context = new ImportContext(root, major, options, sourceMap, options.newId ?? randomId);
  context.problems.push(...syntax);
  if (bytes > importBytesMax) {
    const message = `The file has ${bytes} bytes; API Gateway imports at most ${importBytesMax} (6 MB)`;
    context.error(root, message, 'take out examples and descriptions, or split the API');
  }
  const definition = readDefinition(context);
  return { definition, problems: sortProblems(context.problems), sourceMap };
}

function readDefinition(context: ImportContext): ApiDefinition {
  const restApi = readRestApi(context);
  const tables = {
    models: new ModelTable(context),
    security: new SecurityTable(context),
    validators: new ValidatorTable(context),
  };
  const resources = readPaths(tables, context);
  const documentation = readDocumentation(context);
  const imported: ApiDefinition = compact({
    restApi: { ...restApi, rootResourceId: resources.find((resource) => resource.path === '/')!.id },
    resources,
    models: tables.models.models,
    requestValidators: tables.validators.validators,
    authorizers: tables.security.authorizers,
    gatewayResponses: readGatewayResponses(context),
    documentationParts: documentation.parts,
    documentationVersion: documentation.version,
  });
  tellUnreadExtensions(context);
  const { existing, mode } = context.options;
  return existing !== undefined && mode === 'merge' ? mergeDefinition(existing, imported) : imported;
}

function majorVersion(root: Cursor): 2 | 3 | undefined {
  if (/^2(\.0)?$/.test(String(root.get('swagger')?.value))) return 2;
  return /^3(\.[01](\.\d+)?)?$/.test(String(root.get('openapi')?.value)) ? 3 : undefined;
}

// `${AWS::Region}` and its like are replaced when a document is read, as AWS does.
function expandVariables(options: ImportOptions): (text: string) => string {
  const values: Readonly<Record<string, string>> = {
    AccountId: options.accountId ?? '000000000000',
    Region: options.region ?? 'us-east-1',
    Partition: options.partition ?? 'aws',
  };
  return (text) =>
    text.includes('${AWS::')
      ? text.replace(/\$\{AWS::(AccountId|Region|Partition)\}/g, (_, name: string) => values[name]!)
      : text;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** An id as AWS makes them: lower-case letters and digits. */
export function randomId(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
