// What the plans of a stage are made of, and nothing else: two sources that are equal make equal plans, so what did
// not change between two published states need not be compiled again.

import type { ClientIdentity } from '../../exchange/upstream.ts';
import type { AccessLogSettings, PublishedStage, PublishedState, Stage } from '../../resources/index.ts';

/** One deployment on one stage: the stage's own, or its canary. */
export interface PlanSource {
  readonly accountId: string;
  readonly region: string;
  readonly accountThrottle: PublishedState['accountThrottle'];
  readonly apiId: string;
  readonly stageName: string;
  /** Content hash of the deployment's snapshot. */
  readonly deploymentHash: string;
  /** null when the stage has no canary; else whether this is it. */
  readonly isCanary: boolean | null;
  /** A canary's overrides laid over the stage's. */
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly methodSettings: Stage['methodSettings'];
  readonly accessLog: AccessLogSettings | null;
  readonly webAclArn: string | null;
  /** Another number makes other plans, which have kept no answers of authorizers. */
  readonly authorizerFlushes: number;
  readonly clientCertificate: ClientIdentity | null;
}

/** The sources of one stage. */
export interface StageSources {
  readonly production: PlanSource;
  readonly canary: PlanSource | null;
}

/** A stage's settings hold for its canary too; only deployment and variables are the canary's own. */
export function sourcesOf(published: PublishedStage, state: PublishedState): StageSources {
  const { stage, canary, clientCertificate } = published;
  const production: PlanSource = {
    accountId: state.accountId,
    region: state.region,
    accountThrottle: state.accountThrottle,
    apiId: published.apiId,
    stageName: stage.stageName,
    deploymentHash: published.deploymentHash,
    isCanary: canary === undefined ? null : false,
    stageVariables: stage.variables ?? {},
    methodSettings: stage.methodSettings,
    accessLog: stage.accessLogSettings ?? null,
    webAclArn: stage.webAclArn ?? null,
    authorizerFlushes: stage.authorizerFlushes ?? 0,
    clientCertificate: clientCertificate ?? null,
  };
  if (canary === undefined) return { production, canary: null };
  const stageVariables = { ...production.stageVariables, ...canary.stageVariableOverrides };
  return {
    production,
    canary: { ...production, deploymentHash: canary.deploymentHash, isCanary: true, stageVariables },
  };
}

/** Equal for sources that make equal plans. Holds secrets: never to be logged. */
export function identityOf(source: PlanSource): string {
  return JSON.stringify(source);
}
