// `sluice import`: an OpenAPI file becomes an API, a deployment and a stage, and the next request sees it.

import type { ProcessConfig } from '../config/index.ts';
import {
  type Deployed,
  DeploymentRefusedError,
  deployApi,
  type StageSettings,
} from '../control/deployment/index.ts';
import {
  hasErrors,
  type Imported,
  type ImportOptions,
  importDefinition,
  problemsText,
  sortProblems,
} from '../control/openapi/index.ts';
import type { ApiDefinition, MethodSetting } from '../resources/index.ts';
import type { Store } from '../store/index.ts';
import { type AdoptReport, adoptEverywhere, prepareFolder, runningStatus } from '../supervisor/index.ts';
import { checkTools } from './check-tools.ts';
import { CommandError } from './command-error.ts';
import { readText, shownName } from './read-text.ts';
import { type GatewayAddress, stageUrls } from './stage-urls.ts';
import { complain, count, note, paint, say, withProgress } from './terminal.ts';
import { accountOf, withStore } from './with-store.ts';

export interface ImportRequest {
  readonly file: string;
  readonly stage: string;
  readonly apiId?: string;
  readonly name?: string;
  readonly description?: string;
  readonly mode?: 'merge' | 'overwrite';
  readonly basepath?: 'ignore' | 'prepend' | 'split';
  readonly variable?: Readonly<Record<string, string>>;
  readonly throttleRate?: number;
  readonly throttleBurst?: number;
  readonly accessLogFormat?: string;
  readonly accessLogDestination?: string;
  readonly loggingLevel?: MethodSetting['loggingLevel'];
  readonly dataTrace?: boolean;
  readonly metrics?: boolean;
}

/** @returns the exit code */
export async function importApi(
  config: ProcessConfig,
  request: ImportRequest,
  json: boolean,
): Promise<number> {
  const deployed = await withProgress(`importing ${shownName(request.file)}`, null, () =>
    deployFile(config, request),
  );
  const adopted = await withProgress('handing over', null, () => adoptEverywhere(config.dataDir));
  const address = await addressOf(config, adopted);
  const urls = stageUrls(address, deployed.apiId, request.stage);
  if (json) {
    const { problems, ...ids } = deployed;
    say(
      JSON.stringify(
        { ...ids, name: deployed.name, stage: request.stage, urls, ...adopted, problems },
        null,
        2,
      ),
    );
  } else {
    process.stderr.write(problemsText(deployed.problems, shownName(request.file)));
    say(`${paint('bold', deployed.name)} (${deployed.apiId}) is deployed to stage ${request.stage}`);
    if (address.port !== 0) for (const url of urls) say(`  ${paint('cyan', url)}`);
    if (adopted.adopted.length > 0) say(`Served now by ${count(adopted.adopted.length, 'data plane')}.`);
    else note(`No gateway runs on the data folder "${config.dataDir}"; "sluice start" will serve it.`);
  }
  for (const { pid, reason } of adopted.failed)
    complain(`data plane ${pid} still serves what it had: ${reason}`);
  return adopted.failed.length === 0 ? 0 : 1;
}

/** Reads, checks and publishes. @throws CommandError, RefusedFileError, StoreError; nothing has changed then */
export async function deployFile(
  config: ProcessConfig,
  request: ImportRequest,
): Promise<Deployed & { name: string }> {
  const text = await readText(request.file);
  prepareFolder(config.dataDir, 'data folder', '--data-dir');
  return await withStore(config.dataDir, async (store) => {
    const { definition, sourceMap, problems } = await importInto(store, text, config, request);
    if (definition === undefined || hasErrors(problems)) throw new RefusedFileError(request.file, problems);
    const deployment = deployApi(store, config.dataDir, {
      definition,
      sourceMap,
      stageName: request.stage,
      ...(request.description === undefined ? {} : { description: request.description }),
      stage: stageSettings(config, definition, request),
      account: accountOf(config),
      tools: checkTools,
    });
    const deployed = await deployment.catch((error: unknown) => {
      if (!(error instanceof DeploymentRefusedError)) throw error;
      throw new RefusedFileError(request.file, sortProblems([...problems, ...error.problems]));
    });
    return {
      ...deployed,
      name: definition.restApi.name,
      problems: sortProblems([...problems, ...deployed.problems]),
    };
  });
}

/** The file has errors; nothing was changed. */
export class RefusedFileError extends Error {
  override readonly name = 'RefusedFileError';
  readonly file: string;
  readonly problems: Imported['problems'];

  constructor(file: string, problems: Imported['problems']) {
    super(`"${shownName(file)}" has errors`);
    this.file = shownName(file);
    this.problems = problems;
  }
}

/**
 * The same file imported again means the same API: the one of that id, else the one of that name. So a deployment can
 * be repeated without counting up APIs, where ImportRestApi makes a new one each time.
 */
async function importInto(
  store: Store,
  text: string,
  config: ProcessConfig,
  request: ImportRequest,
): Promise<Imported> {
  const { apiId, mode, basepath, name } = request;
  const options: ImportOptions = {
    region: config.region,
    accountId: config.accountId,
    ...(mode === undefined ? {} : { mode }),
    ...(basepath === undefined ? {} : { basepath }),
  };
  if (apiId !== undefined) {
    const existing = (await store.getApi(apiId))?.definition;
    return named(importDefinition(text, { ...options, apiId, ...(existing ? { existing } : {}) }), name);
  }
  const fresh = named(importDefinition(text, options), name);
  const wanted = fresh.definition?.restApi.name;
  const same = (await store.listApis()).filter((api) => api.name === wanted);
  if (same.length === 0) return fresh;
  if (same.length > 1) {
    const ids = same.map((api) => api.id).join(', ');
    throw new CommandError(`${same.length} APIs are named "${wanted}" (${ids}); say which one with --api-id`);
  }
  const existing = (await store.getApi(same[0]!.id))?.definition;
  return named(importDefinition(text, { ...options, ...(existing ? { existing } : {}) }), name);
}

function named(imported: Imported, name: string | undefined): Imported {
  const { definition } = imported;
  if (name === undefined || definition === undefined) return imported;
  return { ...imported, definition: { ...definition, restApi: { ...definition.restApi, name } } };
}

function stageSettings(
  config: ProcessConfig,
  { restApi }: ApiDefinition,
  request: ImportRequest,
): StageSettings {
  const { variable, accessLogFormat, accessLogDestination, stage } = request;
  const { throttleRate, throttleBurst, loggingLevel, dataTrace, metrics } = request;
  const logGroup = `arn:aws:logs:${config.region}:${config.accountId}:log-group:${restApi.id}-${stage}`;
  const all: Partial<MethodSetting> = {
    ...(throttleRate === undefined ? {} : { throttlingRateLimit: throttleRate }),
    ...(throttleBurst === undefined ? {} : { throttlingBurstLimit: throttleBurst }),
    ...(loggingLevel === undefined ? {} : { loggingLevel }),
    ...(dataTrace === undefined ? {} : { dataTraceEnabled: dataTrace }),
    ...(metrics === undefined ? {} : { metricsEnabled: metrics }),
  };
  return {
    ...(variable === undefined ? {} : { variables: variable }),
    ...(Object.keys(all).length === 0 ? {} : { methodSettings: { '*/*': all } }),
    ...(accessLogFormat === undefined
      ? {}
      : { accessLogSettings: { destinationArn: accessLogDestination ?? logGroup, format: accessLogFormat } }),
  };
}

/** Where the stage is reached: as the running gateway says, else as the configuration says. */
async function addressOf(config: ProcessConfig, { adopted }: AdoptReport): Promise<GatewayAddress> {
  const { host, hostSuffix, region } = config;
  const configured = {
    host,
    hostSuffix,
    region,
    port: adopted[0]?.port ?? config.port,
    tls: config.tls.key !== null,
  };
  return (await runningStatus(config.dataDir)) ?? configured;
}
