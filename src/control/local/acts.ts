// Acts of the command line that AWS has no operation for: name -> what is done. Arguments and results are data.

import { readPublishedState } from '../../resources/snapshot-file.ts';
import type { StageHistoryEntry } from '../../store/index.ts';
import { accessActs } from '../access/index.ts';
import type { Caller, Context } from '../api/handler.ts';
import {
  type ImportedV2Definition,
  type ImportV2Definition,
  importV2Definition,
} from '../cloudformation/import-v2-definition.ts';
import type { ControlPlane } from '../control-plane.ts';
import { DeploymentRefusedError, deployDefinition, type StageSettings } from '../deployment/index.ts';
import { definitionOf } from '../lookup.ts';
import {
  hasErrors,
  type ImportOptions,
  importDefinition,
  type Problem,
  sortProblems,
} from '../openapi/index.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import { writeBackup } from './backup.ts';
import { functionActs } from './function-acts.ts';
import { tokenActs } from './token-acts.ts';
import { usageActs } from './usage-acts.ts';
import { wafActs } from './waf-acts.ts';

export interface ImportFile {
  /** The document: OpenAPI 3 or Swagger 2, JSON or YAML. */
  readonly text: string;
  readonly stage: string;
  readonly apiId?: string;
  readonly name?: string;
  readonly description?: string;
  readonly mode?: 'merge' | 'overwrite';
  readonly basepath?: 'ignore' | 'prepend' | 'split';
  /** Laid over what the stage has. `{apiId}` in the access log's destination stands for the API's id. */
  readonly settings: StageSettings;
}

export interface ImportedFile {
  readonly apiId: string;
  readonly name: string;
  readonly deploymentId: string;
  /** Of the published state that has the deployment. */
  readonly revision: number;
  readonly problems: readonly Problem[];
}

export interface ListedApi {
  readonly id: string;
  readonly name: string;
  readonly protocol: 'REST' | 'WEBSOCKET' | 'HTTP';
  readonly createdDate: string;
  readonly stages: readonly {
    readonly stageName: string;
    /** null: nothing was deployed to it yet. */
    readonly deploymentId: string | null;
  }[];
}

type Act = (argument: never, control: ControlPlane, caller: Caller) => unknown;

export const acts = {
  ...accessActs,
  ...functionActs,
  ...tokenActs,
  ...usageActs,
  ...wafActs,

  /**
   * Imports a document and deploys it. The same file imported again means the same API: the one of that id, else the
   * one of that name; so a deployment can be repeated without counting up APIs, where ImportRestApi makes a new one.
   * @throws (rejects) DeploymentRefusedError with every problem
   */
  importFile: async (file: ImportFile, control: ControlPlane, caller: Caller): Promise<ImportedFile> => {
    const { services } = control;
    const context: Context = {
      ...services,
      code: control.code,
      usage: control.usage,
      caller,
      operation: 'ImportRestApi',
    };
    const { definition, sourceMap, problems } = readFile(file, control);
    if (definition === undefined || hasErrors(problems)) throw new DeploymentRefusedError(problems);
    const deployed = await services.store
      .write((transaction) =>
        deployDefinition(transaction, context, {
          definition,
          sourceMap,
          stageName: file.stage,
          ...(file.description === undefined ? {} : { description: file.description }),
          stage: named(file.settings, definition.restApi.id),
        }),
      )
      .catch((error: unknown) => {
        if (!(error instanceof DeploymentRefusedError)) throw error;
        throw new DeploymentRefusedError(sortProblems([...problems, ...error.problems]));
      });
    return {
      apiId: definition.restApi.id,
      name: definition.restApi.name,
      deploymentId: deployed.deploymentId,
      revision: readPublishedState(services.dataDir)?.revision ?? 0,
      problems: sortProblems([...problems, ...deployed.problems]),
    };
  },

  /**
   * Imports a CloudFormation template of an API of the second version. The same template imported again means the same
   * API: the one of that id, else the one of that name.
   */
  importV2Definition: (
    wanted: ImportV2Definition,
    control: ControlPlane,
    caller: Caller,
  ): Promise<ImportedV2Definition> => importV2Definition(wanted, control, caller),

  listApis: (_: undefined, { services }: ControlPlane): ListedApi[] => {
    const { view } = services.store;
    const rest = view.list('restApi', '').map(({ id, name, createdDate }) => ({
      id,
      name,
      protocol: 'REST' as const,
      createdDate,
      stages: view.list('stage', id).map(({ stageName, deploymentId }) => ({ stageName, deploymentId })),
    }));
    const second = view.list('v2Api', '').map(({ apiId: id, name, protocolType: protocol, createdDate }) => ({
      id,
      name,
      protocol,
      createdDate,
      stages: view
        .list('v2Stage', id)
        .map(({ stageName, deploymentId = null }) => ({ stageName, deploymentId })),
    }));
    return [...rest, ...second];
  },

  /** What a stage has pointed at, oldest first. @throws NotFoundException */
  history: (
    { apiId, stageName }: { apiId: string; stageName: string },
    { services }: ControlPlane,
  ): readonly StageHistoryEntry[] => {
    const { view } = services.store;
    if (view.get('stage', apiId, stageName) === undefined)
      throw notFound('Invalid stage identifier specified');
    return view.list('stageHistory', `${apiId}/${stageName}`);
  },

  /** Writes a backup; `file` is absolute. */
  backup: async ({ file }: { file: string }, { services, usage }: ControlPlane): Promise<void> => {
    await usage.flush();
    await writeBackup(services.store, services.dataDir, file);
  },
} as const satisfies Readonly<Record<string, Act>>;

export type Acts = typeof acts;
export type ActName = keyof Acts;

/** Settings with the API's id in the name of the access log, which a command cannot know. */
function named(settings: StageSettings, apiId: string): StageSettings {
  const { accessLogSettings } = settings;
  if (accessLogSettings === undefined) return settings;
  const destinationArn = accessLogSettings.destinationArn.replace('{apiId}', apiId);
  return { ...settings, accessLogSettings: { ...accessLogSettings, destinationArn } };
}

function readFile(file: ImportFile, { services: { store, account } }: ControlPlane) {
  const { apiId, mode, basepath, name } = file;
  const options: ImportOptions = {
    region: account.region,
    accountId: account.accountId,
    ...(mode === undefined ? {} : { mode }),
    ...(basepath === undefined ? {} : { basepath }),
  };
  const read = (id: string | undefined) => {
    const isThere = id !== undefined && store.view.get('restApi', '', id) !== undefined;
    const existing = isThere ? definitionOf(store.view, id, account) : undefined;
    const imported = importDefinition(file.text, {
      ...options,
      ...(id === undefined ? {} : { apiId: id }),
      ...(existing === undefined ? {} : { existing }),
    });
    const { definition } = imported;
    if (name === undefined || definition === undefined) return imported;
    return { ...imported, definition: { ...definition, restApi: { ...definition.restApi, name } } };
  };
  if (apiId !== undefined) return read(apiId);
  const fresh = read(undefined);
  const wanted = fresh.definition?.restApi.name;
  const same = store.view.list('restApi', '').filter((api) => api.name === wanted);
  if (same.length > 1) {
    const ids = same.map(({ id }) => id).join(', ');
    throw badRequest(`${same.length} APIs are named "${wanted}" (${ids}); say which one with --api-id`);
  }
  return same.length === 0 ? fresh : read(same[0]!.id);
}
