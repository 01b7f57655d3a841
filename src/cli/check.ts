// `sluice check`: everything that would refuse a file at its deployment, and what would be kept without effect.

import type { ProcessConfig } from '../config/index.ts';
import {
  checkDefinition,
  hasErrors,
  importDefinition,
  type Problem,
  problemsJson,
  problemsText,
  sortProblems,
  unsafeToServe,
} from '../control/openapi/index.ts';
import { checkTools } from './check-tools.ts';
import { readText, shownName } from './read-text.ts';
import { paint, say, withProgress } from './terminal.ts';

/** @returns the exit code: 1 when there are errors; nothing is changed in any case */
export async function check(config: ProcessConfig, file: string, json: boolean): Promise<number> {
  const text = await readText(file);
  const problems = await withProgress(`checking ${shownName(file)}`, null, async () =>
    problemsOf(config, text),
  );
  if (json) process.stdout.write(problemsJson(problems, shownName(file)));
  else {
    process.stdout.write(problemsText(problems, shownName(file)));
    say(summary(problems));
  }
  return hasErrors(problems) ? 1 : 0;
}

function problemsOf(config: ProcessConfig, text: string): Problem[] {
  const { region, accountId } = config;
  const { definition, sourceMap, problems } = importDefinition(text, { region, accountId });
  if (definition === undefined) return [...problems];
  return sortProblems([
    ...problems,
    ...checkDefinition(definition, sourceMap, checkTools),
    ...unsafeToServe(definition, sourceMap),
  ]);
}

function summary(problems: readonly Problem[]): string {
  if (problems.length === 0) return paint('green', 'no problems');
  const count = (severity: Problem['severity'], word: string): string => {
    const found = problems.filter((problem) => problem.severity === severity).length;
    return `${found} ${word}${found === 1 ? '' : 's'}`;
  };
  const text = `${count('error', 'error')}, ${count('warning', 'warning')}, ${count('notice', 'notice')}`;
  return hasErrors(problems) ? paint('red', text) : text;
}
