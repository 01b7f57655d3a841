// A text as a document to be read: parsed, of a version that is known, and not too large.

import { newResourceId } from '../../base/ids.ts';
import { Cursor } from './cursor.ts';
import { ImportContext, type ImportOptions } from './import-context.ts';
import { hasErrors, type Problem, sortProblems } from './problem.ts';
import { parseSource } from './source.ts';
import { SourceMap } from './source-map.ts';

/** AWS refuses larger files. */
export const importBytesMax = 6 * 1024 * 1024;
/** Larger files are not even read. */
export const checkBytesMax = 10 * 1024 * 1024;

export interface OpenedDocument {
  /** undefined when the text could not be read; `problems` say why. What readers find they tell the context. */
  readonly context: ImportContext | undefined;
  readonly problems: readonly Problem[];
  readonly sourceMap: SourceMap;
}

/** Opens a document: OpenAPI 3 or Swagger 2.0, as JSON or YAML. */
export function openDocument(text: string, options: ImportOptions): OpenedDocument {
  const sourceMap = new SourceMap(text);
  const refuse = (offset: number, message: string, fix?: string): OpenedDocument => ({
    context: undefined,
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
  if (hasErrors(syntax)) return { context: undefined, problems: sortProblems(syntax), sourceMap };
  const major = majorVersion(root);
  if (major === undefined) {
    const version = root.get('swagger') ?? root.get('openapi');
    const message = 'Invalid OpenAPI input. The document is neither OpenAPI 3 nor Swagger 2.0';
    return refuse(version?.offset ?? 0, message, 'begin it with openapi: 3.0.1 or swagger: "2.0"');
  }
  const context = new ImportContext(root, major, options, sourceMap, options.newId ?? newResourceId);
  context.problems.push(...syntax);
  if (bytes > importBytesMax) {
    const message = `The file has ${bytes} bytes; API Gateway imports at most ${importBytesMax} (6 MB)`;
    context.error(root, message, 'take out examples and descriptions, or split the API');
  }
  return { context, problems: [], sourceMap };
}

function majorVersion(root: Cursor): 2 | 3 | undefined {
  if (/^2(\.0)?$/.test(root.get('swagger')?.word ?? '')) return 2;
  return /^3(\.[01](\.\d+)?)?$/.test(root.get('openapi')?.word ?? '') ? 3 : undefined;
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
