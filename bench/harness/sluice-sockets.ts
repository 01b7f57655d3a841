// One data plane with one WebSocket API of mocks on the stage `bench`.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from 'msgpackr';
import { dataPlaneFlags } from '../../src/config/index.ts';
import type { PublishedState, V2Definition } from '../../src/resources/index.ts';
import { publishedStatePath, snapshotPath } from '../../src/resources/snapshot-file.ts';
import { type Child, startChild } from './child.ts';
import { unlimited } from './publish.ts';
import { sluiceSettings } from './sluice.ts';

export interface SluiceSockets {
  readonly child: Child;
  readonly pid: number;
  readonly port: number;
  readonly path: string;
}

const entry = fileURLToPath(new URL('./data-plane.ts', import.meta.url));
const createdDate = '2026-01-01T00:00:00.000Z';
const apiId = 'benchws001';
const stageName = 'bench';

/** Routes by `$request.body.action`; each key answers the same text. */
function mocks(keys: readonly string[], answer: string): V2Definition {
  return {
    api: {
      apiId,
      name: 'bench',
      protocolType: 'WEBSOCKET',
      routeSelectionExpression: '$request.body.action',
      disableExecuteApiEndpoint: false,
      createdDate,
    },
    routes: keys.map((routeKey) => ({
      routeId: `r-${routeKey}`,
      routeKey,
      authorizationType: 'NONE',
      apiKeyRequired: false,
      target: 'integrations/mock',
    })),
    routeResponses: keys.map((key) => ({
      routeResponseId: `rr-${key}`,
      routeId: `r-${key}`,
      routeResponseKey: '$default',
    })),
    integrations: [
      {
        integrationId: 'mock',
        integrationType: 'MOCK',
        connectionType: 'INTERNET',
        timeoutInMillis: 29_000,
        requestTemplates: { $default: '{"statusCode":200}' },
        templateSelectionExpression: '\\$default',
      },
    ],
    integrationResponses: [
      {
        integrationResponseId: 'ir',
        integrationId: 'mock',
        integrationResponseKey: '$default',
        responseTemplates: { $default: answer },
        templateSelectionExpression: '\\$default',
      },
    ],
    models: [],
    authorizers: [],
  };
}

export async function startSluiceSockets(
  folder: string,
  core: number | null,
  keys: readonly string[],
  answer: string,
): Promise<SluiceSockets> {
  const dataDir = path.join(folder, 'data');
  mkdirSync(path.join(dataDir, 'snapshots'), { recursive: true });
  mkdirSync(path.join(dataDir, 'run'), { recursive: true });
  const deployment = { deploymentId: 'dep001', autoDeployed: false, createdDate };
  const bytes = pack({ format: 1, deployment, definition: mocks(keys, answer) });
  const deploymentHash = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(snapshotPath(dataDir, deploymentHash), bytes);
  const state: PublishedState = {
    format: 1,
    revision: 1,
    accountId: '000000000000',
    region: 'us-east-1',
    accountThrottle: unlimited,
    stages: [],
    v2Stages: [
      {
        apiId,
        protocolType: 'WEBSOCKET',
        deploymentHash,
        stage: {
          stageName,
          deploymentId: 'dep001',
          autoDeploy: false,
          defaultRouteSettings: { detailedMetricsEnabled: true },
          routeSettings: {},
          stageVariables: {},
          tags: { 'sluice:connect-rate': '1000000', 'sluice:connect-burst': '1000000' },
          createdDate,
          lastUpdatedDate: createdDate,
        },
      },
    ],
  };
  writeFileSync(publishedStatePath(dataDir), pack(state));
  const settings = sluiceSettings(dataDir, { folder, upstreamPort: 0, core });
  const child = await startChild(
    process.execPath,
    ['--expose-gc', ...dataPlaneFlags, entry, JSON.stringify(settings)],
    { ready: /READY (\d+)/, core },
  );
  const port = Number(child.ready[1]);
  return { child, pid: child.pid, port, path: `/_aws/execute-api/${apiId}/${stageName}` };
}
