// Settings of a stage: what AWS refuses in them, in its words, and what this release keeps without running it.

import { type Stage, stageVariablesMax } from '../../resources/index.ts';
import type { Problem, Severity } from '../openapi/index.ts';

/** What a deployment may set on its stage; the rest follows from the deployment. */
export type StageSettings = Partial<
  Omit<Stage, 'stageName' | 'deploymentId' | 'createdDate' | 'lastUpdatedDate'>
>;

const stageNamePattern = /^[A-Za-z0-9_-]{1,128}$/;
// `__proto__` would not come through the published state as it is.
const variableNamePattern = /^(?!__proto__$)\w{1,64}$/;
const variableValuePattern = /^[A-Za-z0-9\-._~:/?#&=,]{1,512}$/;

/** @returns what is wrong with a stage's name, in AWS's words; undefined = nothing */
export function stageNameProblem(stageName: string): string | undefined {
  // Hyphens are allowed; the service's text has not followed.
  return stageNamePattern.test(stageName) ? undefined : 'Stage name only allows a-zA-Z0-9_';
}

/** @returns what is wrong with each of a stage's variables, in AWS's words (the two blanks are its own) */
export function variableProblems(variables: Readonly<Record<string, string>> | undefined): string[] {
  const entries = Object.entries(variables ?? {});
  const problems = entries.flatMap(([name, value]) => {
    if (!variableNamePattern.test(name))
      return `Invalid stage variable name: ${name}.  Please use names with only word characters.`;
    if (typeof value !== 'string' || !variableValuePattern.test(value))
      return `Invalid stage variable value: ${value}.  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.`;
    return [];
  });
  if (entries.length > stageVariablesMax) problems.push(`A stage has at most ${stageVariablesMax} variables`);
  return problems;
}

/** What a share of requests outside of 0 to 100 is told. */
export const percentProblem = 'Percent traffic must be between 0.0 and 100.0';

/** Problems of a stage's name and settings. They have no place in a definition's file. */
export function stageProblems(stageName: string, settings: StageSettings): Problem[] {
  const problems: Problem[] = [];
  const tell = (severity: Severity, message: string, fix?: string) =>
    problems.push({ severity, line: 0, column: 0, path: '', message, ...(fix === undefined ? {} : { fix }) });
  if (stageNameProblem(stageName) !== undefined)
    tell('error', `Invalid stage name "${stageName}": 1 to 128 letters, digits, "_" and "-"`);
  const variables = [settings.variables, settings.canarySettings?.stageVariableOverrides];
  for (const message of variables.flatMap(variableProblems)) tell('error', message);
  for (const what of keptOnly(settings))
    tell('notice', `${what} of the stage "${stageName}" is kept, but this release does not run it`);
  return problems;
}

function keptOnly(settings: StageSettings): string[] {
  const caches = Object.values(settings.methodSettings ?? {}).some(
    (setting) => setting.cachingEnabled === true,
  );
  return [
    ...(settings.cacheClusterEnabled || caches ? ['Caching'] : []),
    ...(settings.tracingEnabled ? ['Tracing'] : []),
  ];
}
