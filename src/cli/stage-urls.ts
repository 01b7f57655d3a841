// Where a deployed stage is reached.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { unpack } from 'msgpackr';
import type { PublishedState } from '../resources/index.ts';

export interface ListedStage {
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
}

/** Every published stage, by API and name. */
export async function listStages(dataDir: string): Promise<ListedStage[]> {
  const state = await readFile(path.join(dataDir, 'published.msgpack')).then(
    (bytes) => unpack(bytes) as PublishedState,
    () => null,
  );
  return (state?.stages ?? []).map(({ apiId, stage }) => ({
    apiId,
    apiName: apiId,
    stageName: stage.stageName,
  }));
}

/** The address of a gateway, as far as URLs need it. */
export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly hostSuffix: string;
  readonly region: string;
}

/** The host form (AWS's own) and the path form (for use without DNS), without a slash at the end. */
export function stageUrls(at: GatewayAddress, apiId: string, stageName: string): [string, string] {
  const scheme = at.tls ? 'https' : 'http';
  const port = at.port === (at.tls ? 443 : 80) ? '' : `:${at.port}`;
  return [
    `${scheme}://${apiId}.execute-api.${at.region}.${at.hostSuffix}${port}/${stageName}`,
    `${scheme}://${reachableHost(at.host)}${port}/_aws/execute-api/${apiId}/${stageName}`,
  ];
}

/** Where a listener on all addresses is reached from this machine. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
