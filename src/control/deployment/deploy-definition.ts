// One act of the command line: an API definition, checked, taken over whole, and deployed to a stage.

import type { ApiDefinition } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { Context } from '../api/handler.ts';
import { checkDefinition, hasErrors, type Problem, SourceMap, unsafeToServe } from '../openapi/index.ts';
import { freeze } from './freeze.ts';
import { putDefinition } from './put-definition.ts';
import { putStage } from './put-stage.ts';
import { type StageSettings, stageProblems } from './stage-settings.ts';

export interface DeployRequest {
  readonly definition: ApiDefinition;
  /** Of the text that the definition came from: gives problems their line and column. */
  readonly sourceMap?: SourceMap;
  readonly stageName: string;
  readonly description?: string;
  /** Laid over what the stage has; a member that is absent stays as it is. */
  readonly stage?: StageSettings;
}

export interface Deployed {
  readonly apiId: string;
  readonly deploymentId: string;
  /** Warnings and notices. */
  readonly problems: readonly Problem[];
}

/** The definition has errors, or this release cannot serve it safely. Nothing was changed. */
export class DeploymentRefusedError extends Error {
  override readonly name = 'DeploymentRefusedError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.find((problem) => problem.severity === 'error')?.message ?? 'The deployment was refused');
    this.problems = problems;
  }
}

/** Deployments of an API that no stage points at: so many of the newest stay. */
const unstagedMax = 10;

/**
 * Replaces an API by `definition` and deploys it to a stage, which is made when it is not there. Stricter than
 * CreateDeployment: who imports a file wants to be told now what would fail later.
 *
 * @throws DeploymentRefusedError with every problem; AwsException for what it cannot foresee
 */
export function deployDefinition(
  transaction: Transaction,
  context: Pick<Context, 'caller' | 'dataDir' | 'newId' | 'now' | 'operation' | 'tools'>,
  request: DeployRequest,
): Deployed {
  const { definition, stageName, description, stage: settings = {} } = request;
  const apiId = definition.restApi.id;
  const old = transaction.get('stage', apiId, stageName);
  const problems = problemsOf(request, { ...old, ...settings }, context);
  if (hasErrors(problems)) throw new DeploymentRefusedError(problems);
  putDefinition(transaction, definition, context.now());
  const { id: deploymentId } = freeze(transaction, context, definition, description || undefined, (id) =>
    putStage(transaction, context, apiId, { ...old, ...settings, stageName, deploymentId: id }),
  );
  removeUnstaged(transaction, apiId);
  return { apiId, deploymentId, problems };
}

function problemsOf(
  { definition, sourceMap = new SourceMap(''), stageName }: DeployRequest,
  settings: StageSettings,
  { tools }: Pick<Context, 'tools'>,
): readonly Problem[] {
  return [
    ...stageProblems(stageName, settings),
    ...checkDefinition(definition, sourceMap, tools),
    ...unsafeToServe(definition, sourceMap),
  ];
}

function removeUnstaged(transaction: Transaction, apiId: string): void {
  const staged = new Set(
    transaction
      .list('stage', apiId)
      .flatMap(({ deploymentId, canarySettings }) => [deploymentId, canarySettings?.deploymentId]),
  );
  const unstaged = transaction.list('deployment', apiId).filter(({ id }) => !staged.has(id));
  for (const { id } of unstaged.slice(0, -unstagedMax)) transaction.remove('deployment', apiId, id);
}
