// Puts a WebSocket API into a fresh data folder as a deployment does.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pack } from 'msgpackr';
import type {
  PublishedIdentity,
  PublishedState,
  V2Definition,
  V2Snapshot,
} from '../../src/resources/index.ts';
import { publishedStatePath, snapshotPath } from '../../src/resources/snapshot-file.ts';
import { stageName, unlimited } from './publish.ts';

const createdDate = '2026-01-01T00:00:00.000Z';
export const socketApiId = 'wsbench001';

/** May manage connections and topics. */
export const manager: PublishedIdentity = {
  accessKeyId: 'AKIABENCHXXXXXXXXXXX',
  secretAccessKey: 'the secret of a benchmark',
  arn: 'arn:aws:iam::000000000000:user/bench',
  userId: 'AIDABENCH',
  userName: 'bench',
  policies: [
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:ManageConnections","Resource":"*"}]}',
  ],
};

/** Routes whose targets are topics. @param targets - route key -> target */
export function topicApi(targets: Readonly<Record<string, string>>): V2Definition {
  return {
    api: {
      apiId: socketApiId,
      name: 'bench',
      protocolType: 'WEBSOCKET',
      routeSelectionExpression: '$request.body.action',
      disableExecuteApiEndpoint: false,
      createdDate,
    },
    routes: Object.entries(targets).map(([routeKey, target], i) => ({
      routeId: `route${i}`,
      routeKey,
      target,
      authorizationType: 'NONE',
      apiKeyRequired: false,
    })),
    routeResponses: [],
    integrations: [],
    integrationResponses: [],
    models: [],
    authorizers: [],
  };
}

/** With limits that nothing here reaches. */
export function publishSockets(dataDir: string, definition: V2Definition): void {
  mkdirSync(path.join(dataDir, 'snapshots'), { recursive: true });
  mkdirSync(path.join(dataDir, 'run'), { recursive: true });
  const deployment = { deploymentId: 'dep001', autoDeployed: false, createdDate };
  const bytes = pack({ format: 1, deployment, definition } satisfies V2Snapshot);
  const deploymentHash = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(snapshotPath(dataDir, deploymentHash), bytes);
  const state: PublishedState = {
    format: 1,
    revision: 1,
    accountId: '000000000000',
    region: 'us-east-1',
    accountThrottle: unlimited,
    stages: [],
    identities: [manager],
    v2Stages: [
      {
        apiId: definition.api.apiId,
        protocolType: 'WEBSOCKET',
        deploymentHash,
        stage: {
          stageName,
          deploymentId: 'dep001',
          autoDeploy: false,
          defaultRouteSettings: {},
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
}
