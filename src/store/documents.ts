// What is kept: kinds of documents. A document lies under a parent (the empty text for the account's own) and has an
// id that is unique there. Documents are never changed, only replaced.

import type {
  AccessKey,
  Account,
  ApiKey,
  Authorizer,
  BasePathMapping,
  ClientCertificate,
  Deployment,
  DocumentationPart,
  DomainName,
  DomainNameAccessAssociation,
  FunctionAlias,
  FunctionConfiguration,
  FunctionEventInvokeConfig,
  FunctionPolicy,
  GatewayResponse,
  IamGroup,
  IamPolicy,
  IamRole,
  IamUser,
  IpSet,
  LambdaFunction,
  Model,
  RegexPatternSet,
  RequestValidator,
  Resource,
  RestApi,
  RuleGroup,
  SessionKey,
  Stage,
  TokenRevocation,
  UsageDay,
  UsagePlan,
  UsagePlanKey,
  V2Api,
  V2ApiMapping,
  V2Authorizer,
  V2Deployment,
  V2Integration,
  V2IntegrationResponse,
  V2Model,
  V2Route,
  V2RouteResponse,
  V2Stage,
  VpcLink,
  WebAcl,
} from '../resources/index.ts';

/** A deployment, and the hash that names its snapshot's file. */
export interface StoredDeployment extends Deployment {
  readonly hash: string;
}

export interface StoredV2Deployment extends V2Deployment {
  readonly hash: string;
}

/** A version of the documentation with the parts that it froze. */
export interface StoredDocumentationVersion {
  readonly version: string;
  readonly description?: string;
  /** ISO 8601. */
  readonly createdDate: string;
  readonly parts: readonly DocumentationPart[];
}

/** One change of the deployment that a stage points at. */
export interface StageHistoryEntry {
  /** From 1, for each stage; its id has nine digits. */
  readonly number: number;
  /** ISO 8601. */
  readonly date: string;
  readonly deploymentId: string;
  /** What made it so: `CreateDeployment`, `UpdateStage` ... */
  readonly event: string;
  /** ARN of the caller. */
  readonly caller: string;
  readonly description?: string;
}

export interface Setting {
  readonly value: string;
}

/** Kind -> what its documents hold. Beside each: its parent, and what its id is. */
export interface DocumentKinds {
  /** '' / api id */
  readonly restApi: RestApi;
  /** api id / resource id; methods lie inside */
  readonly resource: Resource;
  /** api id / name */
  readonly model: Model;
  /** api id / id */
  readonly requestValidator: RequestValidator;
  /** api id / id */
  readonly authorizer: Authorizer;
  /** api id / response type; only customised ones */
  readonly gatewayResponse: GatewayResponse;
  /** api id / id */
  readonly documentationPart: DocumentationPart;
  /** api id / version */
  readonly documentationVersion: StoredDocumentationVersion;
  /** api id / id */
  readonly deployment: StoredDeployment;
  /** api id / stage name */
  readonly stage: Stage;
  /** `{api id}/{stage name}` / sequence number, nine digits */
  readonly stageHistory: StageHistoryEntry;
  /** '' / id */
  readonly apiKey: ApiKey;
  /** '' / id */
  readonly usagePlan: UsagePlan;
  /** usage plan id / API key id */
  readonly usagePlanKey: UsagePlanKey;
  /** `{usage plan id}/{date}` / API key id */
  readonly usageDay: UsageDay;
  /** '' / id */
  readonly clientCertificate: ClientCertificate;
  /** '' / id */
  readonly vpcLink: VpcLink;
  /** '' / domain name, or `{domain name}+{domain name id}` of a private one */
  readonly domainName: DomainName;
  /** id of the domain name / base path */
  readonly basePathMapping: BasePathMapping;
  /** '' / ARN */
  readonly domainNameAccessAssociation: DomainNameAccessAssociation;
  /** '' / `account` */
  readonly account: Account;
  /** '' / user name */
  readonly iamUser: IamUser;
  /** '' / access key id */
  readonly accessKey: AccessKey;
  /** '' / group name */
  readonly iamGroup: IamGroup;
  /** '' / role name */
  readonly iamRole: IamRole;
  /** '' / ARN */
  readonly iamPolicy: IamPolicy;
  /** '' / id */
  readonly sessionKey: SessionKey;
  /** '' / name; the function's `$LATEST` */
  readonly lambdaFunction: LambdaFunction;
  /** function name / version number */
  readonly functionVersion: FunctionConfiguration;
  /** function name / alias */
  readonly functionAlias: FunctionAlias;
  /** function name / qualifier, '' of the unqualified function */
  readonly functionPolicy: FunctionPolicy;
  /** function name / qualifier, `$LATEST` of the unqualified function */
  readonly functionEventInvokeConfig: FunctionEventInvokeConfig;
  /** '' / api id; ids are shared with `restApi` */
  readonly v2Api: V2Api;
  /** api id / id */
  readonly v2Route: V2Route;
  /** api id / `{route id}/{id}` */
  readonly v2RouteResponse: V2RouteResponse;
  /** api id / id */
  readonly v2Integration: V2Integration;
  /** api id / `{integration id}/{id}` */
  readonly v2IntegrationResponse: V2IntegrationResponse;
  /** api id / id */
  readonly v2Model: V2Model;
  /** api id / id */
  readonly v2Authorizer: V2Authorizer;
  /** api id / id */
  readonly v2Deployment: StoredV2Deployment;
  /** api id / stage name */
  readonly v2Stage: V2Stage;
  /** id of the domain name / id */
  readonly v2ApiMapping: V2ApiMapping;
  /** '' / id */
  readonly webAcl: WebAcl;
  /** '' / id */
  readonly ruleGroup: RuleGroup;
  /** '' / id */
  readonly ipSet: IpSet;
  /** '' / id */
  readonly regexPatternSet: RegexPatternSet;
  /** '' / id */
  readonly tokenRevocation: TokenRevocation;
  /** '' / name: small values of our own */
  readonly setting: Setting;
}

export type Kind = keyof DocumentKinds;
