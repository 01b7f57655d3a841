// An exported document as a file.

import { stringify } from 'yaml';

export type ExportSyntax = 'json' | 'yaml';

/** What the header `Accept` asks for: JSON, unless it names YAML. */
export const syntaxOf = (accept: string | undefined): ExportSyntax =>
  /\byaml\b/i.test(accept ?? '') ? 'yaml' : 'json';

/**
 * The text of a document. YAML has all texts in quotes, as the service writes them, so that no reader takes one for a
 * number, a date or a truth; and no aliases, which not every tool follows.
 */
export function writeExport(document: Record<string, unknown>, syntax: ExportSyntax): string {
  if (syntax === 'json') return JSON.stringify(document, null, 2);
  return stringify(document, {
    aliasDuplicateObjects: false,
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
  });
}
