// The documentation of a document alone, as ImportDocumentationParts reads it.

import type { DocumentationPart } from '../../resources/index.ts';
import type { ImportOptions } from './import-context.ts';
import { openDocument } from './open-document.ts';
import { hasErrors, type Problem, sortProblems } from './problem.ts';
import { readDocumentation } from './read-documentation.ts';

export interface ImportedDocumentation {
  readonly parts: readonly DocumentationPart[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the parts that a document holds. Those that `existing` has at the same place keep their ids.
 *
 * @returns undefined when the text is no document
 */
export function importDocumentation(text: string, options: ImportOptions): ImportedDocumentation | undefined {
  const { context } = openDocument(text, options);
  if (context === undefined) return undefined;
  const { parts } = readDocumentation(context);
  return hasErrors(context.problems) ? undefined : { parts, problems: sortProblems(context.problems) };
}
