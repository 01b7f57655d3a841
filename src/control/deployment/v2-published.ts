// APIs of the second version, as data planes are told.

import type { PublishedMapping, PublishedV2Stage, V2Api, V2Stage } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';

export const publishedV2Stages = (view: View): PublishedV2Stage[] =>
  view
    .list('v2Api', '')
    .flatMap((api) => view.list('v2Stage', api.apiId).flatMap((stage) => publishedV2Stage(view, api, stage)));

/** A stage that nothing was deployed to is not served. */
function publishedV2Stage(view: View, { apiId, protocolType }: V2Api, stage: V2Stage): PublishedV2Stage[] {
  const { deploymentId, clientCertificateId } = stage;
  const deployment = deploymentId === undefined ? undefined : view.get('v2Deployment', apiId, deploymentId);
  if (deployment === undefined) return [];
  const certificate =
    clientCertificateId === undefined ? undefined : view.get('clientCertificate', '', clientCertificateId);
  return [
    {
      apiId,
      protocolType,
      stage,
      deploymentHash: deployment.hash,
      ...(certificate === undefined
        ? {}
        : {
            clientCertificate: {
              certificate: certificate.pemEncodedCertificate,
              privateKey: certificate.pemEncodedPrivateKey,
            },
          }),
    },
  ];
}

/** @param parent - the key of a domain name */
export const publishedV2Mappings = (view: View, parent: string): PublishedMapping[] =>
  view
    .list('v2ApiMapping', parent)
    .map(({ apiMappingKey, apiId, stage }) => ({ basePath: apiMappingKey, apiId, stage }));
