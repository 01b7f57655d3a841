// Stages and deployments, as AWS spells them, and the snapshot that data planes run.

import type { PublishedApiKey, PublishedUsagePlan } from './api-key.ts';
import type { PublishedBackends } from './backends.ts';
import type { PublishedFirewall } from './firewall.ts';
import type { PublishedFunction } from './function.ts';
import type { PublishedIdentity, PublishedRole, SessionKey } from './identity.ts';
import type { ApiDefinition, EndpointType } from './rest-api.ts';
import type { TokenRevocation } from './token-revocation.ts';
import type { PublishedV2Stage } from './v2-api.ts';

/** Settings of one method, or the defaults of a whole stage. */
export interface MethodSetting {
  readonly metricsEnabled: boolean;
  readonly loggingLevel: 'OFF' | 'ERROR' | 'INFO';
  readonly dataTraceEnabled: boolean;
  /** Requests; -1 = no limit at this level. */
  readonly throttlingBurstLimit: number;
  /** Requests per second; -1 = no limit at this level. */
  readonly throttlingRateLimit: number;
  readonly cachingEnabled: boolean;
  readonly cacheTtlInSeconds: number;
  readonly cacheDataEncrypted: boolean;
  readonly requireAuthorizationForCacheControl: boolean;
  readonly unauthorizedCacheControlHeaderStrategy:
    | 'FAIL_WITH_403'
    | 'SUCCEED_WITH_RESPONSE_HEADER'
    | 'SUCCEED_WITHOUT_RESPONSE_HEADER';
}

export interface AccessLogSettings {
  readonly destinationArn: string;
  /** `$context` format string, one line, at most 3 KB. */
  readonly format: string;
}

export interface CanarySettings {
  readonly deploymentId?: string;
  readonly percentTraffic: number;
  readonly stageVariableOverrides?: Readonly<Record<string, string>>;
  readonly useStageCache: boolean;
}

export interface Stage {
  readonly stageName: string;
  readonly deploymentId: string;
  readonly description?: string;
  readonly variables?: Readonly<Record<string, string>>;
  /** `{resource path without its first slash}/{VERB}` or the wildcard `*` + `/*` -> what was set. */
  readonly methodSettings: Readonly<Record<string, Partial<MethodSetting>>>;
  readonly accessLogSettings?: AccessLogSettings;
  readonly tracingEnabled: boolean;
  readonly cacheClusterEnabled: boolean;
  readonly cacheClusterSize?: string;
  readonly clientCertificateId?: string;
  readonly canarySettings?: CanarySettings;
  readonly webAclArn?: string;
  readonly documentationVersion?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Ours, in no answer: how often the answers of its authorizers were flushed. Another number begins with none kept. */
  readonly authorizerFlushes?: number;
  /** ISO 8601. */
  readonly createdDate: string;
  readonly lastUpdatedDate: string;
}

export interface Deployment {
  readonly id: string;
  readonly description?: string;
  /** ISO 8601. */
  readonly createdDate: string;
}

/** What a deployment freezes: written once to a content-addressed file, never changed. */
export interface DeploymentSnapshot {
  readonly format: 1;
  readonly deployment: Deployment;
  readonly definition: ApiDefinition;
}

/** A second deployment that takes a share of a stage's requests, chosen at random for each. */
export interface PublishedCanary {
  readonly deploymentId: string;
  /** Content hash: the name of the DeploymentSnapshot's file. */
  readonly deploymentHash: string;
  /** 0 to 100. */
  readonly percentTraffic: number;
  /** Laid over the stage's variables. */
  readonly stageVariableOverrides: Readonly<Record<string, string>>;
  /** Cache entries are the stage's own; else the canary has its own. */
  readonly useStageCache: boolean;
}

/** What the gateway shows to backends that ask who it is. */
export interface PublishedClientCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. Secret. */
  readonly privateKey: string;
}

/** One stage as the data plane is to serve it: which frozen API, with which settings. */
export interface PublishedStage {
  readonly apiId: string;
  readonly stage: Stage;
  /** Content hash: the name of the DeploymentSnapshot's file. */
  readonly deploymentHash: string;
  readonly canary?: PublishedCanary;
  readonly clientCertificate?: PublishedClientCertificate;
}

/** Where a base path of a custom domain name leads. */
export interface PublishedMapping {
  /** Without slashes at its ends; empty = every path that no other mapping takes. */
  readonly basePath: string;
  readonly apiId: string;
  /** null = the path's next segment names the stage. */
  readonly stage: string | null;
}

/** A custom domain name. What it restricts must be checked, or nothing served under it. */
export interface PublishedDomainName {
  /** Lower case; `*.example.com` stands for one label. */
  readonly domainName: string;
  readonly mappings: readonly PublishedMapping[];
  readonly endpointType: EndpointType;
  /** JSON text of a private one's resource policy. */
  readonly policy?: string;
  /** Clients must show a certificate that this truststore knows. */
  readonly mutualTlsAuthentication?: { readonly truststoreUri: string; readonly truststoreVersion?: string };
  /** Absent: TLS_1_2. */
  readonly securityPolicy?: string;
  /** STRICT: the server name of the TLS handshake must be the host of the request. */
  readonly endpointAccessMode?: string;
}

/** The whole of what the data planes serve: small, rewritten whole at each publish. Holds private keys. */
export interface PublishedState {
  readonly format: 1;
  /** Grows by one at each publish. */
  readonly revision: number;
  readonly accountId: string;
  readonly region: string;
  /** Account-wide throttle. */
  readonly accountThrottle: { readonly rateRps: number; readonly burst: number };
  readonly stages: readonly PublishedStage[];
  /** Absent in what an older release wrote. */
  readonly domainNames?: readonly PublishedDomainName[];
  /** For the function host; data planes call it. Absent in what an older release wrote. */
  readonly functions?: readonly PublishedFunction[];
  /** Absent in what an older release wrote. */
  readonly backends?: PublishedBackends;
  /** WebSocket and HTTP APIs. Absent in what an older release wrote. */
  readonly v2Stages?: readonly PublishedV2Stage[];
  /** Holds secret keys. Absent in what an older release wrote. */
  readonly identities?: readonly PublishedIdentity[];
  /** Absent in what an older release wrote. */
  readonly roles?: readonly PublishedRole[];
  /** Secrets that temporary credentials are sealed with, the newest last. Absent in what an older release wrote. */
  readonly sessionKeys?: readonly SessionKey[];
  /** JSON texts of managed policies by ARN, which sessions may name. Absent in what an older release wrote. */
  readonly managedPolicies?: Readonly<Record<string, string>>;
  /** Absent in what an older release wrote. */
  readonly apiKeys?: readonly PublishedApiKey[];
  /** Absent in what an older release wrote. */
  readonly usagePlans?: readonly PublishedUsagePlan[];
  /** Absent in what an older release wrote. */
  readonly firewall?: PublishedFirewall;
  /** Absent in what an older release wrote. */
  readonly tokenRevocations?: readonly TokenRevocation[];
}
