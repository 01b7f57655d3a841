// What the second version's answers have that documents have not, and the other way round.

import type {
  V2Api,
  V2Deployment,
  V2IntegrationResponse,
  V2RouteResponse,
  V2Stage,
} from '../../resources/index.ts';
import type { StoredV2Deployment } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { rulesOf } from './protocol-rules.ts';

/** Times without a fraction. */
export const wireTime = (iso: string): string => `${iso.slice(0, 19)}Z`;

/** The host of an API: `{apiId}.execute-api.{region}.amazonaws.com` */
const apiHost = (apiId: string, { partition, region }: Account): string =>
  `${apiId}.execute-api.${region}.${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`;

export const presentApi = (api: V2Api, account: Account) => ({
  ...api,
  apiEndpoint: `${rulesOf(api.protocolType).endpointScheme}://${apiHost(api.apiId, account)}`,
  createdDate: wireTime(api.createdDate),
  tags: api.tags ?? {},
});

export const presentRouteResponse = ({ routeId: _, ...response }: V2RouteResponse) => response;
export const presentIntegrationResponse = ({ integrationId: _, ...response }: V2IntegrationResponse) =>
  response;

/** What was frozen can be served: there is no deployment that failed. */
export function presentDeployment(deployment: V2Deployment | StoredV2Deployment) {
  const { hash: _, ...shown } = deployment as StoredV2Deployment;
  return { ...shown, createdDate: wireTime(shown.createdDate), deploymentStatus: 'DEPLOYED' };
}

export const presentStage = (stage: V2Stage) => ({
  ...stage,
  createdDate: wireTime(stage.createdDate),
  lastUpdatedDate: wireTime(stage.lastUpdatedDate),
  tags: stage.tags ?? {},
});
