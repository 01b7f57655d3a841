// APIs of the second version at rest, spelled as AWS's SDKs spell them on the wire (apigatewayv2, API version
// 2018-11-29): WebSocket APIs, and HTTP APIs on the same shapes. Types only. Times are ISO 8601.

import type { AccessLogSettings } from './stage.ts';

export interface V2Api {
  readonly apiId: string;
  readonly name: string;
  readonly protocolType: 'WEBSOCKET' | 'HTTP';
  readonly routeSelectionExpression: string;
  readonly apiKeySelectionExpression?: string;
  readonly corsConfiguration?: V2Cors;
  readonly description?: string;
  readonly version?: string;
  readonly disableSchemaValidation?: boolean;
  readonly disableExecuteApiEndpoint: boolean;
  readonly ipAddressType?: 'ipv4' | 'dualstack';
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdDate: string;
}

export interface V2Cors {
  readonly allowCredentials?: boolean;
  readonly allowHeaders?: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowOrigins?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAge?: number;
}

export type V2AuthorizationType = 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'JWT';

export interface V2Route {
  readonly routeId: string;
  /** `$connect`, `$disconnect`, `$default`, a key; `GET /pets/{id}` in HTTP APIs. */
  readonly routeKey: string;
  /** `integrations/{integrationId}`; `topics/{topic}` is ours: the message is published, no backend is called. */
  readonly target?: string;
  readonly authorizationType: V2AuthorizationType;
  readonly authorizerId?: string;
  readonly authorizationScopes?: readonly string[];
  readonly apiKeyRequired: boolean;
  readonly modelSelectionExpression?: string;
  readonly operationName?: string;
  /** Model key -> model name. */
  readonly requestModels?: Readonly<Record<string, string>>;
  readonly requestParameters?: Readonly<Record<string, { readonly required?: boolean }>>;
  /** `$default`: the route answers (two-way). */
  readonly routeResponseSelectionExpression?: string;
}

export interface V2RouteResponse {
  readonly routeResponseId: string;
  readonly routeId: string;
  /** `$default` */
  readonly routeResponseKey: string;
  readonly modelSelectionExpression?: string;
  readonly responseModels?: Readonly<Record<string, string>>;
  readonly responseParameters?: Readonly<Record<string, { readonly required?: boolean }>>;
}

export interface V2Integration {
  readonly integrationId: string;
  readonly integrationType: 'AWS' | 'AWS_PROXY' | 'HTTP' | 'HTTP_PROXY' | 'MOCK';
  readonly integrationMethod?: string;
  readonly integrationUri?: string;
  readonly integrationSubtype?: string;
  readonly connectionType: 'INTERNET' | 'VPC_LINK';
  readonly connectionId?: string;
  readonly contentHandlingStrategy?: 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT';
  readonly credentialsArn?: string;
  readonly description?: string;
  readonly integrationResponseSelectionExpression?: string;
  readonly passthroughBehavior?: 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER';
  readonly payloadFormatVersion?: string;
  /** `integration.request.header.x` -> `route.request.body.y` */
  readonly requestParameters?: Readonly<Record<string, string>>;
  /** Template key -> template. */
  readonly requestTemplates?: Readonly<Record<string, string>>;
  readonly responseParameters?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly templateSelectionExpression?: string;
  readonly timeoutInMillis: number;
  readonly tlsConfig?: { readonly serverNameToVerify?: string };
}

export interface V2IntegrationResponse {
  readonly integrationResponseId: string;
  readonly integrationId: string;
  /** `$default`, or a pattern between slashes. */
  readonly integrationResponseKey: string;
  readonly contentHandlingStrategy?: 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT';
  readonly responseParameters?: Readonly<Record<string, string>>;
  readonly responseTemplates?: Readonly<Record<string, string>>;
  readonly templateSelectionExpression?: string;
}

export interface V2Model {
  readonly modelId: string;
  readonly name: string;
  readonly description?: string;
  readonly contentType?: string;
  readonly schema?: string;
}

export interface V2Authorizer {
  readonly authorizerId: string;
  readonly name: string;
  readonly authorizerType: 'REQUEST' | 'JWT';
  readonly authorizerUri?: string;
  readonly authorizerCredentialsArn?: string;
  readonly authorizerPayloadFormatVersion?: string;
  readonly authorizerResultTtlInSeconds?: number;
  readonly enableSimpleResponses?: boolean;
  readonly identitySource?: readonly string[];
  readonly identityValidationExpression?: string;
  readonly jwtConfiguration?: { readonly issuer?: string; readonly audience?: readonly string[] };
}

export interface V2Deployment {
  readonly deploymentId: string;
  readonly description?: string;
  readonly autoDeployed: boolean;
  readonly createdDate: string;
}

export interface V2RouteSettings {
  readonly dataTraceEnabled?: boolean;
  readonly detailedMetricsEnabled?: boolean;
  readonly loggingLevel?: 'ERROR' | 'INFO' | 'OFF';
  /** Messages. */
  readonly throttlingBurstLimit?: number;
  /** Messages per second. */
  readonly throttlingRateLimit?: number;
}

export interface V2Stage {
  readonly stageName: string;
  readonly deploymentId?: string;
  readonly autoDeploy: boolean;
  readonly description?: string;
  readonly accessLogSettings?: Partial<AccessLogSettings>;
  readonly clientCertificateId?: string;
  readonly defaultRouteSettings: V2RouteSettings;
  readonly routeSettings: Readonly<Record<string, V2RouteSettings>>;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly lastDeploymentStatusMessage?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdDate: string;
  readonly lastUpdatedDate: string;
}

export interface V2ApiMapping {
  readonly apiMappingId: string;
  readonly apiId: string;
  /** Empty: every path that no other mapping takes. */
  readonly apiMappingKey: string;
  readonly stage: string;
}

/** One API with everything that a deployment freezes. */
export interface V2Definition {
  readonly api: V2Api;
  readonly routes: readonly V2Route[];
  readonly routeResponses: readonly V2RouteResponse[];
  readonly integrations: readonly V2Integration[];
  readonly integrationResponses: readonly V2IntegrationResponse[];
  readonly models: readonly V2Model[];
  readonly authorizers: readonly V2Authorizer[];
}

/** What a deployment freezes: written once to a content-addressed file, never changed. */
export interface V2Snapshot {
  readonly format: 1;
  readonly deployment: V2Deployment;
  readonly definition: V2Definition;
}

/** One stage as data planes are to serve it. */
export interface PublishedV2Stage {
  readonly apiId: string;
  readonly protocolType: V2Api['protocolType'];
  readonly stage: V2Stage;
  /** Content hash: the name of the V2Snapshot's file. */
  readonly deploymentHash: string;
  readonly clientCertificate?: { readonly certificate: string; readonly privateKey: string };
}
