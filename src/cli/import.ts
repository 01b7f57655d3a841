// `sluice import`: an OpenAPI file becomes an API, a deployment and a stage, and the next request sees it. Templates of
// CloudFormation are handed on: see import-v2.ts.

import type { ProcessConfig } from '../config/index.ts';
import { isV2Template } from '../control/cloudformation/template.ts';
import { DeploymentRefusedError, type StageSettings } from '../control/deployment/index.ts';
import type { ImportedFile, ImportFile } from '../control/local/acts.ts';
import { problemsText } from '../control/openapi/index.ts';
import { AwsException } from '../control/protocol/exceptions.ts';
import type { MethodSetting } from '../resources/index.ts';
import { type AdoptReport, adoptEverywhere, runningStatus } from '../supervisor/index.ts';
import { CommandError } from './command-error.ts';
import { UsageError } from './config-options.ts';
import { importTemplate } from './import-v2.ts';
import { readText, shownName } from './read-text.ts';
import { RefusedFileError } from './refused-file.ts';
import { type StageAddress, stageUrls } from './stage-urls.ts';
import { tellNotAdopted } from './tell-adopted.ts';
import { count, note, paint, say, withProgress } from './terminal.ts';
import { withControl } from './with-control.ts';

/** What the options of the command say; the settings of the stage are made of those that `ImportFile` has not. */
export interface ImportRequest extends Omit<ImportFile, 'text' | 'settings'> {
  readonly file: string;
  readonly variable?: Readonly<Record<string, string>>;
  readonly throttleRate?: number;
  readonly throttleBurst?: number;
  readonly accessLogFormat?: string;
  readonly accessLogDestination?: string;
  readonly loggingLevel?: MethodSetting['loggingLevel'];
  readonly dataTrace?: boolean;
  readonly metrics?: boolean;
  /** Of a CloudFormation template. */
  readonly parameter?: Readonly<Record<string, string>>;
}

/** @returns the exit code */
export async function importApi(
  config: ProcessConfig,
  given: Partial<ImportRequest> & Pick<ImportRequest, 'file'>,
  json: boolean,
): Promise<number> {
  const text = await readText(given.file);
  if (isV2Template(text)) return await importTemplate(config, text, given, json, addressOf);
  const request = openApiRequest(given);
  const deployed = await withProgress(`importing ${shownName(request.file)}`, null, () =>
    deployText(config, text, request),
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
  return tellNotAdopted(adopted);
}

/** Reads, checks, deploys and publishes. @throws CommandError, RefusedFileError, StoreError; nothing has changed then */
export async function deployFile(config: ProcessConfig, request: ImportRequest): Promise<ImportedFile> {
  return await deployText(config, await readText(request.file), request);
}

async function deployText(
  config: ProcessConfig,
  text: string,
  request: ImportRequest,
): Promise<ImportedFile> {
  const { stage, apiId, name, description, mode, basepath } = request;
  const argument: ImportFile = {
    text,
    stage,
    apiId,
    name,
    description,
    mode,
    basepath,
    settings: stageSettings(config, request),
  };
  return await withControl(config, (control) => control.act('importFile', argument)).catch(
    (error: unknown) => {
      if (error instanceof DeploymentRefusedError) throw new RefusedFileError(request.file, error.problems);
      if (error instanceof AwsException) throw new CommandError(error.message);
      throw error;
    },
  );
}

/** @throws UsageError */
function openApiRequest(given: Partial<ImportRequest> & Pick<ImportRequest, 'file'>): ImportRequest {
  const { stage, parameter } = given;
  if (stage === undefined) throw new UsageError("required option '--stage <name>' not specified");
  if (parameter !== undefined)
    throw new UsageError('--parameter is for CloudFormation templates; OpenAPI files have none');
  return { ...given, stage };
}

function stageSettings(config: ProcessConfig, request: ImportRequest): StageSettings {
  const { variable, accessLogFormat, accessLogDestination, stage } = request;
  const { throttleRate, throttleBurst, loggingLevel, dataTrace, metrics } = request;
  const logGroup = `arn:aws:logs:${config.region}:${config.accountId}:log-group:{apiId}-${stage}`;
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
async function addressOf(config: ProcessConfig, { adopted }: AdoptReport): Promise<StageAddress> {
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
