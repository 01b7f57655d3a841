// One act: an API definition, checked, frozen, recorded, and published to the data planes.

import type { ApiDefinition, Deployment, Stage } from '../../resources/index.ts';
import type { Store } from '../../store/index.ts';
import {
  type CheckTools,
  checkDefinition,
  hasErrors,
  type Problem,
  randomId,
  SourceMap,
  unsafeToServe,
} from '../openapi/index.ts';
import { inTurn } from './in-turn.ts';
import { type AccountSettings, accountDefaults, publishNow } from './publish.ts';
import { writeSnapshot } from './snapshots.ts';
import { type StageSettings, stageProblems } from './stage-settings.ts';

export interface DeployRequest {
  readonly definition: ApiDefinition;
  /** Of the text that the definition came from: gives problems their line and column. */
  readonly sourceMap?: SourceMap;
  readonly stageName: string;
  readonly description?: string;
  /** Laid over what the stage has; a member that is absent stays as it is. */
  readonly stage?: StageSettings;
  readonly account?: AccountSettings;
  /** The compilers of templates and patterns that the data plane will use. */
  readonly tools: CheckTools;
  /** ISO 8601; default: now. */
  readonly now?: string;
  readonly newId?: (length: number) => string;
}

export interface Deployed {
  readonly apiId: string;
  readonly deploymentId: string;
  /** Of the published state that has the deployment. */
  readonly revision: number;
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

/**
 * Deploys an API to a stage, which is made when it is not there.
 *
 * The order makes every point safe to stop at: the snapshot is there before the store points at it, and the
 * published state follows the store (`publish` at the next start finishes what was interrupted).
 *
 * @throws DeploymentRefusedError with every problem; the store and the published state are as before
 */
export function deployApi(store: Store, dataDir: string, request: DeployRequest): Promise<Deployed> {
  return inTurn(store, () => deployNow(store, dataDir, request));
}

async function deployNow(store: Store, dataDir: string, request: DeployRequest): Promise<Deployed> {
  const { definition, stageName, now = new Date().toISOString(), newId = randomId } = request;
  const apiId = definition.restApi.id;
  const old = (await store.getApi(apiId))?.stages.find((stage) => stage.stageName === stageName);
  const problems = problemsOf(request, { ...old, ...request.stage });
  if (hasErrors(problems)) throw new DeploymentRefusedError(problems);

  const { description } = request;
  const deployment: Deployment = { id: newId(6), ...(description ? { description } : {}), createdDate: now };
  const hash = writeSnapshot(dataDir, { format: 1, deployment, definition });
  await store.putApi(definition);
  await store.putDeployment({ apiId, deployment, hash }, stageOf(old, request, deployment.id, now));
  const revision = await publishNow(store, dataDir, request.account ?? accountDefaults);
  return { apiId, deploymentId: deployment.id, revision, problems };
}

function problemsOf(request: DeployRequest, settings: StageSettings): readonly Problem[] {
  const { definition, sourceMap = new SourceMap(''), stageName, tools } = request;
  return [
    ...stageProblems(stageName, settings),
    ...checkDefinition(definition, sourceMap, tools),
    ...unsafeToServe(definition, sourceMap),
  ];
}

function stageOf(old: Stage | undefined, request: DeployRequest, deploymentId: string, now: string): Stage {
  return {
    stageName: request.stageName,
    methodSettings: {},
    tracingEnabled: false,
    cacheClusterEnabled: false,
    createdDate: now,
    ...old,
    ...request.stage,
    deploymentId,
    lastUpdatedDate: now,
  };
}
