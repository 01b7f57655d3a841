// Where a deployed stage is reached.

import type { GatewayAddress } from '../control/api/handler.ts';
import { readPublishedState, readSnapshot, readV2Snapshot } from '../resources/snapshot-file.ts';

export interface ListedStage {
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly isWebSocket: boolean;
}

/**
 * What data planes serve, or would.
 * @param countMax - each one's name costs reading its snapshot
 */
export function publishedStages(dataDir: string, countMax: number): { stages: ListedStage[]; more: number } {
  const published = readPublishedState(dataDir);
  const all = [
    ...(published?.stages ?? []).map(({ apiId, stage, deploymentHash }) => () => ({
      apiId,
      apiName: readSnapshot(dataDir, deploymentHash).definition.restApi.name,
      stageName: stage.stageName,
      isWebSocket: false,
    })),
    ...(published?.v2Stages ?? []).map(({ apiId, stage, deploymentHash, protocolType }) => () => ({
      apiId,
      apiName: readV2Snapshot(dataDir, deploymentHash).definition.api.name,
      stageName: stage.stageName,
      isWebSocket: protocolType === 'WEBSOCKET',
    })),
  ];
  const stages = all.slice(0, countMax).map((read) => read());
  return { stages, more: all.length - stages.length };
}

/** The address of a gateway, as far as URLs need it. */
export interface StageAddress extends GatewayAddress {
  readonly region: string;
}

/** The host form (AWS's own) and the path form (for use without DNS), without a slash at the end. */
export function stageUrls(at: StageAddress, apiId: string, stageName: string): [string, string] {
  const scheme = at.tls ? 'https' : 'http';
  const port = at.port === (at.tls ? 443 : 80) ? '' : `:${at.port}`;
  return [
    `${scheme}://${apiId}.execute-api.${at.region}.${at.hostSuffix}${port}/${stageName}`,
    `${scheme}://${reachableHost(at.host)}${port}/_aws/execute-api/${apiId}/${stageName}`,
  ];
}

/** The same for a WebSocket API. */
export function socketUrls(at: StageAddress, apiId: string, stageName: string): [string, string] {
  const [host, path] = stageUrls(at, apiId, stageName);
  return [host.replace(/^http/, 'ws'), path.replace(/^http/, 'ws')];
}

/** Where a listener on all addresses is reached from this machine. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
