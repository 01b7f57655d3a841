// What an account has beside its APIs, spelled as AWS spells it (API version 2015-07-09). Types only.

import type { EndpointConfiguration } from './rest-api.ts';

export interface ThrottleSettings {
  /** Requests. */
  readonly burstLimit?: number;
  /** Requests per second. */
  readonly rateLimit?: number;
}

export interface QuotaSettings {
  /** Requests per period. */
  readonly limit?: number;
  readonly offset?: number;
  readonly period?: 'DAY' | 'WEEK' | 'MONTH';
}

export interface Account {
  readonly cloudwatchRoleArn?: string;
  readonly features: readonly string[];
}

export interface ApiKey {
  readonly id: string;
  /** The secret that callers send. */
  readonly value: string;
  readonly name?: string;
  readonly customerId?: string;
  readonly description?: string;
  readonly enabled: boolean;
  /** ISO 8601. */
  readonly createdDate: string;
  readonly lastUpdatedDate: string;
  /** `{apiId}/{stage}`; AWS's older way of tying keys to stages. */
  readonly stageKeys: readonly string[];
  /** From before usage plans; kept, in no answer. */
  readonly labels?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ApiStage {
  readonly apiId: string;
  readonly stage: string;
  /** `{path}/{VERB}` -> throttle of that method. */
  readonly throttle?: Readonly<Record<string, ThrottleSettings>>;
}

export interface UsagePlan {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly apiStages: readonly ApiStage[];
  readonly throttle?: ThrottleSettings;
  readonly quota?: QuotaSettings;
  readonly productCode?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A key in a plan. Name and value are read from the ApiKey. */
export interface UsagePlanKey {
  readonly id: string;
  readonly type: 'API_KEY';
}

/** One key's use of one plan on one day (UTC), as far as it was flushed. */
export interface UsageDay {
  readonly keyId: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly used: number;
  /** Of the quota at the end of the day; -1 without one. */
  readonly remaining: number;
  /** `{apiId}/{stage}` -> requests. Absent where only `remaining` was set. */
  readonly stages?: Readonly<Record<string, number>>;
  /** The quota's meter, for a counter file that begins anew. Absent without a quota. */
  readonly quota?: {
    /** `MONTH/0` */
    readonly period: string;
    /** `YYYY-MM-DD`: the first day of the period. */
    readonly start: string;
    /** Below zero where more was left than the limit. */
    readonly spent: number;
  };
}

export interface ClientCertificate {
  readonly clientCertificateId: string;
  readonly description?: string;
  readonly pemEncodedCertificate: string;
  /** PKCS #8; never shown to a client. */
  readonly pemEncodedPrivateKey: string;
  readonly createdDate: string;
  readonly expirationDate: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface VpcLink {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly targetArns: readonly string[];
  /** Of the second version, which has no targets. */
  readonly subnetIds?: readonly string[];
  readonly securityGroupIds?: readonly string[];
  readonly status: 'AVAILABLE' | 'PENDING' | 'DELETING' | 'FAILED';
  readonly statusMessage?: string;
  readonly createdDate: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface MutualTlsAuthentication {
  readonly truststoreUri?: string;
  readonly truststoreVersion?: string;
  readonly truststoreWarnings?: readonly string[];
}

export interface DomainName {
  readonly domainName: string;
  /** Of private domain names only. */
  readonly domainNameId?: string;
  readonly domainNameArn?: string;
  readonly certificateName?: string;
  readonly certificateArn?: string;
  readonly certificateUploadDate?: string;
  readonly regionalDomainName?: string;
  readonly regionalHostedZoneId?: string;
  readonly regionalCertificateName?: string;
  readonly regionalCertificateArn?: string;
  readonly distributionDomainName?: string;
  readonly distributionHostedZoneId?: string;
  readonly endpointConfiguration: EndpointConfiguration;
  readonly domainNameStatus: string;
  readonly domainNameStatusMessage?: string;
  readonly securityPolicy?: string;
  readonly endpointAccessMode?: string;
  readonly mutualTlsAuthentication?: MutualTlsAuthentication;
  readonly ownershipVerificationCertificateArn?: string;
  readonly managementPolicy?: string;
  readonly policy?: string;
  readonly routingMode: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface BasePathMapping {
  /** `(none)` for the empty path. */
  readonly basePath: string;
  readonly restApiId: string;
  /** Absent: the stage is the next segment of the path. */
  readonly stage?: string;
}

export interface DomainNameAccessAssociation {
  readonly domainNameAccessAssociationArn: string;
  readonly domainNameArn: string;
  readonly accessAssociationSourceType: 'VPCE';
  readonly accessAssociationSource: string;
  readonly tags?: Readonly<Record<string, string>>;
}
