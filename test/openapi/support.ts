// What several tests of importing need.

import { type ImportOptions, importDefinition, type Problem } from '../../src/control/openapi/index.ts';

/** Ids that count: the same document gets the same ids. */
export function counter(): (length: number) => string {
  let count = 0;
  return (length) => String(++count).padStart(length, 'x');
}

export function importText(text: string, options: ImportOptions = {}) {
  return importDefinition(text, { newId: counter(), createdDate: '2024-01-02T03:04:05.000Z', ...options });
}

/** `line:column severity message`, for tables. */
export const brief = (problem: Problem): string =>
  `${problem.line}:${problem.column} ${problem.severity} ${problem.message}`;

/** What is told of a document, but for the missing paths: most small documents of these tests have none. */
export const problemsTold = (text: string): string[] =>
  importText(text)
    .problems.map(brief)
    .filter((line) => !line.endsWith('Parse issue: attribute paths is missing'));

/** A document around one operation `get /a`; the operation's text begins at line 6, indented by six spaces. */
export const documentWithGet = (operation: string): string => `openapi: 3.0.1
info: { title: t, version: "1" }
paths:
  /a:
    get:
${operation
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
`;
