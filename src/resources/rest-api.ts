// A REST API at rest, spelled as AWS spells it (API version 2015-07-09). Types only; no behaviour lives here.

/** `x-amazon-apigateway-api-key-source`: where a caller's API key is read from. */
export type ApiKeySource = 'HEADER' | 'AUTHORIZER';
export type EndpointType = 'EDGE' | 'REGIONAL' | 'PRIVATE';

export interface EndpointConfiguration {
  readonly types: readonly EndpointType[];
  readonly ipAddressType?: 'ipv4' | 'dualstack';
  readonly vpcEndpointIds?: readonly string[];
}

export interface RestApi {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** ISO 8601. */
  readonly createdDate: string;
  readonly version?: string;
  readonly binaryMediaTypes?: readonly string[];
  /** Bytes from which answers are compressed; absent = never. */
  readonly minimumCompressionSize?: number;
  readonly apiKeySource: ApiKeySource;
  readonly endpointConfiguration: EndpointConfiguration;
  /** The resource policy, as JSON text. */
  readonly policy?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly disableExecuteApiEndpoint: boolean;
  /** TLS settings of the endpoint, as AWS names them; kept, the listener has its own. */
  readonly securityPolicy?: string;
  readonly endpointAccessMode?: string;
  readonly rootResourceId: string;
  readonly warnings?: readonly string[];
}

export type HttpMethod = 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH' | 'OPTIONS' | 'HEAD' | 'ANY';

export interface Resource {
  readonly id: string;
  /** Absent on the root. */
  readonly parentId?: string;
  /** One segment: text, `{name}` or `{name+}`; absent on the root. */
  readonly pathPart?: string;
  /** Full path template, `/` for the root. */
  readonly path: string;
  readonly resourceMethods?: Readonly<Partial<Record<HttpMethod, Method>>>;
}

export type AuthorizationType = 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'COGNITO_USER_POOLS';

export interface Method {
  readonly httpMethod: HttpMethod;
  readonly authorizationType: AuthorizationType;
  readonly authorizerId?: string;
  readonly authorizationScopes?: readonly string[];
  readonly apiKeyRequired: boolean;
  readonly requestValidatorId?: string;
  readonly operationName?: string;
  /** `method.request.{path|querystring|header}.NAME` -> required? */
  readonly requestParameters?: Readonly<Record<string, boolean>>;
  /** Content type -> model name. */
  readonly requestModels?: Readonly<Record<string, string>>;
  /** Status code -> response. */
  readonly methodResponses?: Readonly<Record<string, MethodResponse>>;
  readonly methodIntegration?: Integration;
}

export interface MethodResponse {
  readonly statusCode: string;
  /** `method.response.header.NAME` -> required (documentation only). */
  readonly responseParameters?: Readonly<Record<string, boolean>>;
  readonly responseModels?: Readonly<Record<string, string>>;
}

export type IntegrationTypeName = 'HTTP' | 'HTTP_PROXY' | 'MOCK' | 'AWS' | 'AWS_PROXY';
export type PassthroughBehavior = 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER';
export type ContentHandling = 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT';

export interface Integration {
  readonly type: IntegrationTypeName;
  /** The backend's verb, `ANY` under HTTP_PROXY means the client's; absent on MOCK. */
  readonly httpMethod?: string;
  readonly uri?: string;
  readonly connectionType?: 'INTERNET' | 'VPC_LINK';
  readonly connectionId?: string;
  readonly credentials?: string;
  /** `integration.request.{path|querystring|header}.NAME` -> expression. */
  readonly requestParameters?: Readonly<Record<string, string>>;
  /** Content type -> template. */
  readonly requestTemplates?: Readonly<Record<string, string>>;
  readonly passthroughBehavior: PassthroughBehavior;
  readonly contentHandling?: ContentHandling;
  readonly timeoutInMillis: number;
  readonly cacheNamespace?: string;
  readonly cacheKeyParameters?: readonly string[];
  /** Status code -> response, in the order of declaration. */
  readonly integrationResponses?: Readonly<Record<string, IntegrationResponse>>;
  readonly tlsConfig?: { readonly insecureSkipVerification?: boolean; readonly serverNameToVerify?: string };
  readonly responseTransferMode?: 'BUFFERED' | 'STREAM';
  readonly integrationTarget?: string;
}

export interface IntegrationResponse {
  readonly statusCode: string;
  /** Java regular expression over the whole status (or error message); absent or empty = default. */
  readonly selectionPattern?: string;
  /** `method.response.header.NAME` -> expression. */
  readonly responseParameters?: Readonly<Record<string, string>>;
  readonly responseTemplates?: Readonly<Record<string, string>>;
  readonly contentHandling?: ContentHandling;
}

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** JSON Schema draft 4, as text. */
  readonly schema?: string;
  readonly contentType: string;
}

export interface RequestValidator {
  readonly id: string;
  readonly name?: string;
  readonly validateRequestBody: boolean;
  readonly validateRequestParameters: boolean;
}

/** A Lambda, Cognito or JWT authorizer. Only those of Lambda are run yet. */
export interface Authorizer {
  readonly id: string;
  readonly name: string;
  readonly type: 'TOKEN' | 'REQUEST' | 'COGNITO_USER_POOLS' | 'JWT';
  readonly providerARNs?: readonly string[];
  readonly authType?: string;
  readonly authorizerUri?: string;
  readonly authorizerCredentials?: string;
  readonly identitySource?: string;
  readonly identityValidationExpression?: string;
  readonly authorizerResultTtlInSeconds?: number;
  readonly jwtConfiguration?: JwtConfiguration;
}

export interface JwtConfiguration {
  /** An OpenAPI document's spelling, one issuer and its audience. */
  readonly issuer?: string;
  readonly audience?: readonly string[];
  /** The management API's spelling. */
  readonly issuers?: readonly JwtIssuer[];
  readonly defaultAlgorithms?: readonly string[];
}

export interface JwtIssuer {
  /** `https://...` */
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly additionalClaims?: readonly {
    readonly claimName: string;
    readonly format: 'SINGLE_STRING';
    readonly required?: boolean;
    readonly expectedValues?: readonly string[];
  }[];
}

/** A customised gateway response; types without one use the defaults of `exchange/gateway-response.ts`. */
export interface GatewayResponse {
  readonly responseType: string;
  readonly statusCode?: string;
  readonly responseParameters?: Readonly<Record<string, string>>;
  readonly responseTemplates?: Readonly<Record<string, string>>;
  readonly defaultResponse: boolean;
}

export interface DocumentationPart {
  readonly id: string;
  readonly location: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly properties: string;
}

/** One API with everything that a deployment freezes. */
export interface ApiDefinition {
  readonly restApi: RestApi;
  readonly resources: readonly Resource[];
  readonly models: readonly Model[];
  readonly requestValidators: readonly RequestValidator[];
  readonly authorizers: readonly Authorizer[];
  /** Only customised ones. */
  readonly gatewayResponses: readonly GatewayResponse[];
  readonly documentationParts: readonly DocumentationPart[];
  readonly documentationVersion?: string;
}
