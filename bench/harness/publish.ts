// Puts OpenAPI files into a fresh data folder as a deployment does, with the stage settings that a benchmark wants.

import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pack } from 'msgpackr';
import { hasErrors, importDefinition, problemsText } from '../../src/control/openapi/index.ts';
import type {
  ApiDefinition,
  DeploymentSnapshot,
  PublishedFunction,
  PublishedState,
  Stage,
} from '../../src/resources/index.ts';
import { publishedStatePath, snapshotPath } from '../../src/resources/snapshot-file.ts';

export const stageName = 'bench';

export type UsagePlansOptions = Pick<PublishedState, 'apiKeys' | 'usagePlans'>;

export interface PublishOptions {
  readonly revision: number;
  readonly accountThrottle: PublishedState['accountThrottle'];
  readonly stage: Pick<Stage, 'methodSettings'> & Partial<Stage>;
  readonly functions?: readonly PublishedFunction[];
  readonly usagePlans?: UsagePlansOptions;
}

/** Requests per second and burst that nothing here reaches. */
export const unlimited = { rateRps: 10_000_000, burst: 10_000_000 };

/** API Gateway's defaults for an account. */
export const accountDefault = { rateRps: 10_000, burst: 5_000 };

/** A JSON access log with the usual fields, and metrics by method. The execution log is off, as it is by default. */
export const everythingOn: PublishOptions['stage'] = {
  methodSettings: { '*/*': { metricsEnabled: true } },
  accessLogSettings: {
    destinationArn: 'arn:aws:logs:us-east-1:000000000000:log-group:bench',
    format:
      '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime",' +
      '"httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status",' +
      '"protocol":"$context.protocol","responseLength":"$context.responseLength","latency":"$context.responseLatency"}',
  },
};

/** @throws Error with all problems of the document */
export function readApi(text: string): ApiDefinition {
  const { definition, problems } = importDefinition(text);
  if (definition === undefined || hasErrors(problems)) throw new Error(problemsText(problems, 'bench.yaml'));
  return definition;
}

/** Writes the APIs and, last, the state that names them: whole or not at all, under load too. */
export function publish(dataDir: string, apis: readonly ApiDefinition[], options: PublishOptions): void {
  mkdirSync(path.join(dataDir, 'snapshots'), { recursive: true });
  const createdDate = '2026-01-01T00:00:00.000Z';
  const stages = apis.map((definition) => {
    const deployment = { id: `dep${String(options.revision).padStart(3, '0')}`, createdDate };
    const bytes = pack({ format: 1, deployment, definition } satisfies DeploymentSnapshot);
    const deploymentHash = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(snapshotPath(dataDir, deploymentHash), bytes);
    const stage: Stage = {
      stageName,
      deploymentId: deployment.id,
      tracingEnabled: false,
      cacheClusterEnabled: false,
      createdDate,
      lastUpdatedDate: createdDate,
      ...options.stage,
    };
    return { apiId: definition.restApi.id, stage, deploymentHash };
  });
  const state: PublishedState = {
    format: 1,
    revision: options.revision,
    accountId: '000000000000',
    region: 'us-east-1',
    accountThrottle: options.accountThrottle,
    stages,
    functions: options.functions ?? [],
    ...options.usagePlans,
  };
  const file = publishedStatePath(dataDir);
  writeFileSync(`${file}.new`, pack(state));
  renameSync(`${file}.new`, file);
}
