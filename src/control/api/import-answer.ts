// What the imports share: the text of a payload, and how problems are told.

import { type Problem, sortProblems } from '../openapi/index.ts';
import { badRequest } from '../protocol/exceptions.ts';

/** Lines of a refusal. A broken file can have thousands. */
const linesMax = 100;

/** @throws BadRequestException when the bytes are no text */
export function documentText(body: Uint8Array, refusal = 'Invalid OpenAPI input.'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw badRequest(refusal);
  }
}

/** @throws BadRequestException when there are errors, or warnings where these are to fail */
export function refuseProblems(problems: readonly Problem[], failOnWarnings: boolean): void {
  const errors = messagesOf(problems, 'error');
  const warnings = messagesOf(problems, 'warning');
  if (errors.length > 0) {
    const more = warnings.length === 0 ? '' : `\nAdditionally, these warnings were found:${listed(warnings)}`;
    throw badRequest(`Errors found during import:${listed(errors)}${more}`);
  }
  if (failOnWarnings && warnings.length > 0)
    throw badRequest(`Warnings found during import:${listed(warnings)}`);
}

/** The warnings of an answer; undefined when there are none. Notices are for people who check a file. */
export function warningsOf(problems: readonly Problem[]): readonly string[] | undefined {
  const warnings = messagesOf(problems, 'warning');
  return warnings.length === 0 ? undefined : warnings;
}

const messagesOf = (problems: readonly Problem[], severity: Problem['severity']): readonly string[] =>
  sortProblems(problems).flatMap((problem) => (problem.severity === severity ? [problem.message] : []));

const listed = (messages: readonly string[]): string =>
  messages
    .slice(0, linesMax)
    .map((message) => `\n\t${message}`)
    .join('');
