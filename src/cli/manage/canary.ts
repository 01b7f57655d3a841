// `sluice canary set|promote|end`: a part of a stage's traffic to another deployment.

import type { ProcessConfig } from '../../config/index.ts';
import type { Input } from '../../control/protocol/operations.ts';
import { CommandError } from '../command-error.ts';
import { paint, say } from '../terminal.ts';
import { findApi, type Wire } from './find-api.ts';
import { manage } from './manage.ts';

export interface CanaryRequest {
  /** Of the requests, 0 to 100. */
  readonly percent?: number;
  /** A deployment that exists; without it the API as it is now is deployed to the canary. */
  readonly deployment?: string;
  readonly variable?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

type Operations = NonNullable<Input<'UpdateStage'>['patchOperations']>;

/** Begins a canary, or changes the one that there is. @returns the exit code */
export function setCanary(
  config: ProcessConfig,
  apiName: string,
  stageName: string,
  { percent, deployment, variable = {}, json = false }: CanaryRequest,
): Promise<number> {
  return manage(config, 'setting the canary', async (control) => {
    const restApiId = await findApi(control, apiName);
    const before = (await control.call('GetStage', { restApiId, stageName })) as Wire;
    if (before.canarySettings === undefined && deployment === undefined) {
      if (percent === undefined)
        throw new CommandError('a new canary needs its share of the traffic: --percent');
      await control.call('CreateDeployment', {
        restApiId,
        stageName,
        canarySettings: { percentTraffic: percent, stageVariableOverrides: variable, useStageCache: false },
      });
    } else {
      const patchOperations: Operations = [
        ...(deployment === undefined ? [] : [replace('/canarySettings/deploymentId', deployment)]),
        ...(percent === undefined ? [] : [replace('/canarySettings/percentTraffic', String(percent))]),
        ...Object.entries(variable).map(([name, value]) =>
          replace(`/canarySettings/stageVariableOverrides/${name}`, value),
        ),
      ];
      if (patchOperations.length === 0)
        throw new CommandError('nothing to change: give --percent, --deployment or --variable');
      await control.call('UpdateStage', { restApiId, stageName, patchOperations });
    }
    const { canarySettings } = (await control.call('GetStage', { restApiId, stageName })) as Wire;
    if (json) say(JSON.stringify({ apiId: restApiId, stage: stageName, canarySettings }, null, 2));
    else
      say(
        `${canarySettings.percentTraffic} % of stage ${paint('bold', stageName)} of ${restApiId} go to deployment ${canarySettings.deploymentId}.`,
      );
  });
}

const replace = (path: string, value: string) => ({ op: 'replace', path, value }) as const;

/** The canary's deployment and variables become the stage's, and the canary ends: one change, one moment. */
export function promoteCanary(config: ProcessConfig, apiName: string, stageName: string): Promise<number> {
  return manage(config, 'promoting the canary', async (control) => {
    const restApiId = await findApi(control, apiName);
    const { canarySettings } = (await control.call('GetStage', { restApiId, stageName })) as Wire;
    const overrides = Object.keys(canarySettings?.stageVariableOverrides ?? {}).length > 0;
    const patchOperations: Operations = [
      { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
      ...(overrides
        ? [{ op: 'copy', from: '/canarySettings/stageVariableOverrides', path: '/variables' } as const]
        : []),
      { op: 'remove', path: '/canarySettings' },
    ];
    await control.call('UpdateStage', { restApiId, stageName, patchOperations });
    const { deploymentId } = (await control.call('GetStage', { restApiId, stageName })) as Wire;
    say(
      `Stage ${paint('bold', stageName)} of ${restApiId} runs deployment ${deploymentId}; the canary has ended.`,
    );
  });
}

/** All traffic goes to the stage's own deployment again. */
export function endCanary(config: ProcessConfig, apiName: string, stageName: string): Promise<number> {
  return manage(config, 'ending the canary', async (control) => {
    const restApiId = await findApi(control, apiName);
    const patchOperations: Operations = [{ op: 'remove', path: '/canarySettings' }];
    await control.call('UpdateStage', { restApiId, stageName, patchOperations });
    say(`The canary of stage ${paint('bold', stageName)} of ${restApiId} has ended.`);
  });
}
