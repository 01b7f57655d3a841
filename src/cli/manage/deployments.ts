// `sluice deploy`, `stages`, `history`, `rollback`: what a stage runs, ran, and is to run.

import type { ProcessConfig } from '../../config/index.ts';
import type { LocalControl } from '../../control/local/local-control.ts';
import { CommandError } from '../command-error.ts';
import { paint, say } from '../terminal.ts';
import { findApi, type Wire } from './find-api.ts';
import { manage } from './manage.ts';
import { show } from './table.ts';

/** Freezes the API as it is now and points the stage at it. @returns the exit code */
export function deploy(
  config: ProcessConfig,
  apiName: string,
  stageName: string,
  { description, json = false }: { description?: string; json?: boolean },
): Promise<number> {
  return manage(config, 'deploying', async (control) => {
    const restApiId = await findApi(control, apiName);
    const input = { restApiId, stageName, ...(description === undefined ? {} : { description }) };
    const deployment = (await control.call('CreateDeployment', input)) as Wire;
    if (json)
      say(JSON.stringify({ apiId: restApiId, stage: stageName, deploymentId: deployment.id }, null, 2));
    else say(`Stage ${paint('bold', stageName)} of ${restApiId} runs deployment ${deployment.id}.`);
  });
}

export function stages(config: ProcessConfig, apiName: string, json: boolean): Promise<number> {
  return manage(config, 'reading stages', async (control) => {
    const restApiId = await findApi(control, apiName);
    const { item } = (await control.call('GetStages', { restApiId })) as { item: Wire[] };
    const rows = item.map(({ stageName, deploymentId, canarySettings, lastUpdatedDate, description }) => ({
      stage: stageName,
      deployment: deploymentId,
      canary:
        canarySettings === undefined
          ? ''
          : `${canarySettings.percentTraffic} % ${canarySettings.deploymentId ?? ''}`.trim(),
      updated: isoOf(lastUpdatedDate),
      description: description ?? '',
    }));
    show(rows, { json, none: `The API ${restApiId} has no stage: sluice deploy ${restApiId} STAGE` });
  });
}

/** What a stage has pointed at, newest first. */
export function history(
  config: ProcessConfig,
  apiName: string,
  stageName: string,
  json: boolean,
): Promise<number> {
  return manage(config, 'reading the history', async (control) => {
    const apiId = await findApi(control, apiName);
    const entries = await control.act('history', { apiId, stageName });
    const rows = entries
      .map(({ date, deploymentId, event, caller, description }) => ({
        date,
        deployment: deploymentId,
        by: event,
        caller,
        description: description ?? '',
      }))
      .reverse();
    show(rows, { json, none: `The stage ${stageName} has no history.` });
  });
}

/**
 * Points a stage back at a deployment that it had.
 * @param deploymentId - which; without it the one that the stage had before its present one
 */
export function rollback(
  config: ProcessConfig,
  apiName: string,
  stageName: string,
  { to: deploymentId, json = false }: { to?: string; json?: boolean },
): Promise<number> {
  return manage(config, 'rolling back', async (control) => {
    const restApiId = await findApi(control, apiName);
    const target = deploymentId ?? (await deploymentBefore(control, restApiId, stageName));
    const patchOperations = [{ op: 'replace', path: '/deploymentId', value: target }] as const;
    await control.call('UpdateStage', { restApiId, stageName, patchOperations });
    if (json) say(JSON.stringify({ apiId: restApiId, stage: stageName, deploymentId: target }, null, 2));
    else say(`Stage ${paint('bold', stageName)} of ${restApiId} runs deployment ${target} again.`);
  });
}

/** The newest deployment in the history that the stage does not have now and that still exists. */
async function deploymentBefore(
  control: LocalControl,
  restApiId: string,
  stageName: string,
): Promise<string> {
  const { deploymentId: now } = (await control.call('GetStage', { restApiId, stageName })) as Wire;
  const { item } = (await control.call('GetDeployments', { restApiId, limit: 500 })) as { item: Wire[] };
  const kept = new Set(item.map(({ id }) => id));
  const entries = [...(await control.act('history', { apiId: restApiId, stageName }))].reverse();
  const before = entries.find(({ deploymentId: id }) => id !== now && kept.has(id));
  if (before === undefined)
    throw new CommandError(`the stage "${stageName}" has no earlier deployment to go back to`);
  return before.deploymentId;
}

const isoOf = (epochSeconds: number): string => new Date(epochSeconds * 1000).toISOString();
