// The contract of every store: where APIs, stages and deployments are kept. Drivers are one file each.

import type { ApiDefinition, Deployment, Stage } from '../resources/index.ts';

export interface StoredApi {
  readonly definition: ApiDefinition;
  readonly stages: readonly Stage[];
}

/** A deployment as the store knows it: the snapshot file's hash, and AWS's resource. */
export interface StoredDeployment {
  readonly apiId: string;
  readonly deployment: Deployment;
  readonly hash: string;
}

/**
 * Keeps APIs. Each method is one transaction: when its promise resolves the change is on disk and survives
 * `kill -9`; when it rejects nothing changed.
 */
export interface Store {
  listApis(): Promise<readonly ApiDefinition['restApi'][]>;
  getApi(apiId: string): Promise<StoredApi | undefined>;
  putApi(definition: ApiDefinition): Promise<void>;
  deleteApi(apiId: string): Promise<void>;
  listDeployments(apiId: string): Promise<readonly StoredDeployment[]>;
  /** Records a deployment and points a stage at it (creating the stage), in one transaction. */
  putDeployment(deployment: StoredDeployment, stage: Stage | undefined): Promise<void>;
  putStage(apiId: string, stage: Stage): Promise<void>;
  deleteStage(apiId: string, stageName: string): Promise<void>;
  /** Small named values: region, account id, revision. */
  getSetting(name: string): Promise<string | undefined>;
  putSetting(name: string, value: string): Promise<void>;
  close(): Promise<void>;
}
