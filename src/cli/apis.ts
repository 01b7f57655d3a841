// `sluice apis`: what is in the store and where it is served.

import type { ProcessConfig } from '../config/index.ts';
import { runningStatus } from '../supervisor/index.ts';
import { socketUrls, stageUrls } from './stage-urls.ts';
import { paint, say } from './terminal.ts';
import { withControl } from './with-control.ts';

interface ListedApi {
  readonly id: string;
  readonly name: string;
  readonly protocol: 'REST' | 'WEBSOCKET' | 'HTTP';
  readonly createdDate: string;
  readonly stages: readonly {
    readonly stage: string;
    readonly deploymentId: string | null;
    readonly urls: readonly string[];
  }[];
}

/** @returns the exit code */
export async function apis(config: ProcessConfig, json: boolean): Promise<number> {
  const listed = await list(config);
  if (json) say(JSON.stringify(listed, null, 2));
  else if (listed.length === 0) say(`No API is in the data folder "${config.dataDir}".`);
  else for (const api of listed) show(api);
  return 0;
}

async function list(config: ProcessConfig): Promise<ListedApi[]> {
  const address = (await runningStatus(config.dataDir)) ?? { ...config, tls: config.tls.key !== null };
  const apis = await withControl(config, (control) => control.act('listApis', undefined));
  return apis.map(({ id, name, protocol, createdDate, stages }) => ({
    id,
    name,
    protocol,
    createdDate,
    stages: stages.map(({ stageName, deploymentId }) => ({
      stage: stageName,
      deploymentId,
      urls: address.port === 0 ? [] : urlsOf(protocol)(address, id, stageName),
    })),
  }));
}

const urlsOf = (protocol: ListedApi['protocol']) => (protocol === 'WEBSOCKET' ? socketUrls : stageUrls);

function show({ name, id, protocol, stages }: ListedApi): void {
  say(`${paint('bold', name)} (${id})${protocol === 'REST' ? '' : `, ${protocolWords[protocol]}`}`);
  if (stages.length === 0) say('  no stage');
  for (const { stage, deploymentId, urls } of stages) {
    say(`  ${stage}, ${deploymentId === null ? 'nothing deployed' : `deployment ${deploymentId}`}`);
    for (const url of urls) say(`    ${paint('cyan', url)}`);
  }
}

const protocolWords = { WEBSOCKET: 'a WebSocket API', HTTP: 'an HTTP API' } as const;
