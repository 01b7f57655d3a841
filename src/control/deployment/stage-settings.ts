// Settings of a stage: what AWS refuses in them, and what this release keeps without running it.

import { type Stage, stageVariablesMax } from '../../resources/index.ts';
import type { Problem, Severity } from '../openapi/index.ts';

/** What a deployment may set on its stage; the rest follows from the deployment. */
export type StageSettings = Partial<
  Omit<Stage, 'stageName' | 'deploymentId' | 'createdDate' | 'lastUpdatedDate'>
>;

/** Problems of a stage's name and settings. They have no place in the definition's file. */
export function stageProblems(stageName: string, settings: StageSettings): Problem[] {
  const problems: Problem[] = [];
  const tell = (severity: Severity, message: string, fix?: string) =>
    problems.push({ severity, line: 0, column: 0, path: '', message, ...(fix === undefined ? {} : { fix }) });
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(stageName)) {
    tell('error', `Invalid stage name "${stageName}": 1 to 128 letters, digits, "_" and "-"`);
  }
  const variables = Object.entries(settings.variables ?? {});
  if (variables.length > stageVariablesMax)
    tell('error', `A stage has at most ${stageVariablesMax} variables`);
  for (const [name, value] of variables) {
    if (!/^[A-Za-z0-9_]{1,64}$/.test(name)) {
      tell('error', `Invalid stage variable name "${name}": 1 to 64 letters, digits and "_"`);
    }
    if (!/^[A-Za-z0-9\-._~:/?#&=,]{1,512}$/.test(value)) {
      tell('error', `Invalid value of the stage variable "${name}": 1 to 512 of A-Za-z0-9-._~:/?#&=,`);
    }
  }
  if (settings.webAclArn !== undefined) {
    const message = `The stage "${stageName}" is behind a web ACL, which this release does not evaluate: serving it would leave it open`;
    tell('error', message, 'remove webAclArn if a firewall of your own stands in front');
  }
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
    ...(settings.canarySettings === undefined ? [] : ['The canary']),
    ...(settings.clientCertificateId === undefined ? [] : ['The client certificate']),
  ];
}
