// SDKs of deployed stages, and the kinds that there are.

import { readSnapshot } from '../../resources/snapshot-file.ts';
import { notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { generateSdk, invokeUrlOf, sdkRequestOf, sdkTypeOf, sdkTypes } from '../sdk/index.ts';
import { acts, FileAnswer, type Handlers, reads } from './handler.ts';
import { stageOf } from './stages.ts';

export const sdks = {
  GetSdkTypes: reads<'GetSdkTypes'>((input) =>
    page(
      sdkTypes,
      input,
      ({ id }) => id,
      (type) => type,
    ),
  ),

  GetSdkType: reads<'GetSdkType'>(({ id }) => sdkTypeOf(id)),

  GetSdk: acts<'GetSdk'>(async (input, context) => {
    const { account, dataDir, dataPlanes, sdkTools = {} } = context;
    const { restApiId, stageName } = input;
    const { view } = context.store;
    const stage = stageOf(view, restApiId, stageName);
    const deployment = view.get('deployment', restApiId, stage.deploymentId);
    if (deployment === undefined) throw notFound('Invalid Deployment identifier specified');
    const request = sdkRequestOf(input.sdkType, input.parameters ?? {});
    const archive = await generateSdk(request, {
      snapshot: readSnapshot(dataDir, deployment.hash),
      hash: deployment.hash,
      stageName,
      region: account.region,
      invokeUrl: invokeUrlOf(dataPlanes.address(), account.region, restApiId, stageName),
      dataDir,
      tools: sdkTools,
    });
    const name = `${request.type}_${context.now().slice(0, 16).replace('T', '_').replace(':', '-')}Z.zip`;
    return new FileAnswer('application/octet-stream', `attachment; filename="${name}"`, archive);
  }),
} satisfies Partial<Handlers>;
