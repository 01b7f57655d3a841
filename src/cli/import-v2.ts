// `sluice import` of a CloudFormation template: a WebSocket API becomes an API, a deployment and its stages.

import type { ProcessConfig } from '../config/index.ts';
import type { ImportedV2Definition } from '../control/cloudformation/import-v2-definition.ts';
import { DeploymentRefusedError } from '../control/deployment/index.ts';
import { problemsText } from '../control/openapi/index.ts';
import { AwsException } from '../control/protocol/exceptions.ts';
import { type AdoptReport, adoptEverywhere } from '../supervisor/index.ts';
import { CommandError } from './command-error.ts';
import { UsageError } from './config-options.ts';
import type { ImportRequest } from './import.ts';
import { shownName } from './read-text.ts';
import { RefusedFileError } from './refused-file.ts';
import { type StageAddress, socketUrls, stageUrls } from './stage-urls.ts';
import { tellNotAdopted } from './tell-adopted.ts';
import { paint, say, withProgress } from './terminal.ts';
import { withControl } from './with-control.ts';

/** What a template says by itself. */
const ofOpenApi: readonly (readonly [keyof ImportRequest, string])[] = [
  ['stage', '--stage'],
  ['description', '--description'],
  ['mode', '--mode'],
  ['basepath', '--basepath'],
  ['variable', '--variable'],
  ['throttleRate', '--throttle-rate'],
  ['throttleBurst', '--throttle-burst'],
  ['accessLogFormat', '--access-log-format'],
  ['accessLogDestination', '--access-log-destination'],
  ['loggingLevel', '--logging-level'],
  ['dataTrace', '--data-trace'],
  ['metrics', '--metrics'],
];

/**
 * @param addressOf - where stages are reached
 * @returns the exit code
 * @throws (rejects) UsageError for options that templates know themselves; CommandError when it is refused
 */
export async function importTemplate(
  config: ProcessConfig,
  text: string,
  request: Partial<ImportRequest> & Pick<ImportRequest, 'file'>,
  json: boolean,
  addressOf: (config: ProcessConfig, adopted: AdoptReport) => Promise<StageAddress>,
): Promise<number> {
  const given = ofOpenApi.find(([name]) => request[name] !== undefined);
  if (given !== undefined)
    throw new UsageError(`a CloudFormation template says it itself: leave out ${given[1]}`);
  const { file, apiId, name, parameter } = request;
  const imported = await withProgress(`importing ${shownName(file)}`, null, () =>
    withControl(config, (control) =>
      control.act('importV2Definition', {
        text,
        ...(apiId === undefined ? {} : { apiId }),
        ...(name === undefined ? {} : { name }),
        ...(parameter === undefined ? {} : { parameters: parameter }),
      }),
    ),
  ).catch((error: unknown) => {
    if (error instanceof DeploymentRefusedError) throw new RefusedFileError(file, error.problems);
    if (error instanceof AwsException) throw new CommandError(`"${shownName(file)}": ${error.message}`);
    throw error;
  });
  const adopted = await withProgress('handing over', null, () => adoptEverywhere(config.dataDir));
  const urls = urlsOf(await addressOf(config, adopted), imported);
  if (json) {
    const { problems, ...told } = imported;
    say(JSON.stringify({ ...told, urls, ...adopted, problems }, null, 2));
  } else {
    process.stderr.write(problemsText(imported.problems, shownName(file)));
    show(imported, urls);
  }
  return tellNotAdopted(adopted);
}

function urlsOf(
  address: StageAddress,
  { apiId, stages, protocolType }: ImportedV2Definition,
): readonly string[] {
  const urlsOfStage = protocolType === 'WEBSOCKET' ? socketUrls : stageUrls;
  return address.port === 0 ? [] : stages.flatMap((stage) => urlsOfStage(address, apiId, stage));
}

function show(imported: ImportedV2Definition, urls: readonly string[]): void {
  const { name, apiId, stages, deploymentId, outcome, outputs } = imported;
  const kept = outcome === 'unchanged' ? ' (as it was)' : '';
  const deployed = deploymentId === null ? '' : `, deployment ${deploymentId}${kept}`;
  say(
    `${paint('bold', name)} (${apiId})${stages.length === 0 ? '' : `, stage ${stages.join(', ')}`}${deployed}`,
  );
  for (const url of urls) say(`  ${paint('cyan', url)}`);
  for (const [output, value] of Object.entries(outputs)) say(`  ${output} = ${value}`);
}
