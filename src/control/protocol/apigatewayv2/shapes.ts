// Types of the inputs of apigatewayv2 (API version 2018-11-29). Lengths are those that the shapes' names tell; a text
// that an update may take away has no shortest length, because the empty text is how that is said.

import { boolean, double, integer, list, map, oneOf, string, structure, within } from '../shape.ts';

export const arn = within({ max: 2048 }, string);
export const authorizationScopes = list(within({ min: 1, max: 64 }, string));
export const authorizationType = oneOf('NONE', 'AWS_IAM', 'CUSTOM', 'JWT');
export const authorizerType = oneOf('REQUEST', 'JWT');
export const apiMappingKey = within({ max: 300 }, string);
export const connectionType = oneOf('INTERNET', 'VPC_LINK');
export const contentType = within({ min: 1, max: 256 }, string);
export const contentHandlingStrategy = oneOf('CONVERT_TO_BINARY', 'CONVERT_TO_TEXT');
export const description = within({ max: 1024 }, string);
export const domainName = within({ min: 1, max: 512 }, string);
export const id = string;
export const integrationMethod = within({ max: 64 }, string);
export const integrationParameters = map(within({ max: 512 }, string));
export const integrationSubtype = within({ min: 1, max: 128 }, string);
export const integrationType = oneOf('AWS', 'HTTP', 'MOCK', 'HTTP_PROXY', 'AWS_PROXY');
export const ipAddressType = oneOf('ipv4', 'dualstack');
export const name = within({ min: 1, max: 128 }, string);
export const operationName = within({ max: 64 }, string);
export const passthroughBehavior = oneOf('WHEN_NO_MATCH', 'NEVER', 'WHEN_NO_TEMPLATES');
export const payloadFormatVersion = within({ min: 1, max: 64 }, string);
export const responseParameters = map(map(within({ max: 512 }, string)));
export const routeModels = map(within({ min: 1, max: 128 }, string));
export const routeParameters = map(structure({ required: boolean }));
export const routingMode = oneOf('API_MAPPING_ONLY', 'ROUTING_RULE_ONLY', 'ROUTING_RULE_THEN_API_MAPPING');
export const schema = within({ max: 32_768 }, string);
export const selectionExpression = within({ max: 128 }, string);
export const selectionKey = within({ max: 128 }, string);
export const stageName = within({ min: 1, max: 128 }, string);
export const stageVariables = map(within({ max: 2048 }, string));
export const tags = map(within({ max: 1600 }, string));
export const target = within({ max: 128 }, string);
export const templates = map(within({ max: 32_768 }, string));
export const timeoutInMillis = within({ min: 50, max: 30_000 }, integer);
export const uri = within({ max: 2048 }, string);
export const version = within({ max: 64 }, string);

export const accessLogSettings = structure({ destinationArn: arn, format: within({ max: 3072 }, string) });
export const cors = structure({
  allowCredentials: boolean,
  allowHeaders: list(string),
  allowMethods: list(within({ min: 1, max: 64 }, string)),
  allowOrigins: list(string),
  exposeHeaders: list(string),
  maxAge: within({ min: -1, max: 86_400 }, integer),
});
export const jwtConfiguration = structure({ audience: list(string), issuer: uri });
export const tlsConfig = structure({ serverNameToVerify: within({ min: 1, max: 512 }, string) });
export const routeSettings = structure({
  dataTraceEnabled: boolean,
  detailedMetricsEnabled: boolean,
  loggingLevel: oneOf('ERROR', 'INFO', 'OFF'),
  throttlingBurstLimit: integer,
  throttlingRateLimit: double,
});
export const routeSettingsMap = map(routeSettings);
export const mutualTlsAuthentication = structure({
  truststoreUri: uri,
  truststoreVersion: within({ max: 64 }, string),
});
export const domainNameConfigurations = list(
  structure({
    apiGatewayDomainName: string,
    certificateArn: arn,
    certificateName: within({ min: 1, max: 128 }, string),
    certificateUploadDate: string,
    domainNameStatus: oneOf(
      'AVAILABLE',
      'UPDATING',
      'PENDING_CERTIFICATE_REIMPORT',
      'PENDING_OWNERSHIP_VERIFICATION',
    ),
    domainNameStatusMessage: string,
    endpointType: oneOf('REGIONAL', 'EDGE'),
    hostedZoneId: string,
    ipAddressType,
    securityPolicy: oneOf('TLS_1_0', 'TLS_1_2'),
    ownershipVerificationCertificateArn: arn,
  }),
);

/** Of CreateApi and UpdateApi. */
export const apiMembers = {
  apiKeySelectionExpression: selectionExpression,
  corsConfiguration: cors,
  credentialsArn: arn,
  description,
  disableSchemaValidation: boolean,
  disableExecuteApiEndpoint: boolean,
  ipAddressType,
  routeKey: selectionKey,
  routeSelectionExpression: selectionExpression,
  target: uri,
  version,
} as const;

export const authorizerMembers = {
  authorizerCredentialsArn: arn,
  authorizerPayloadFormatVersion: within({ max: 64 }, string),
  authorizerResultTtlInSeconds: within({ min: 0, max: 3600 }, integer),
  authorizerUri: uri,
  enableSimpleResponses: boolean,
  identityValidationExpression: within({ max: 1024 }, string),
  jwtConfiguration,
} as const;

export const integrationMembers = {
  connectionId: within({ max: 1024 }, string),
  connectionType,
  contentHandlingStrategy,
  credentialsArn: arn,
  description,
  integrationMethod,
  integrationSubtype,
  integrationUri: uri,
  passthroughBehavior,
  payloadFormatVersion,
  requestParameters: integrationParameters,
  requestTemplates: templates,
  responseParameters,
  templateSelectionExpression: selectionExpression,
  timeoutInMillis,
  tlsConfig,
} as const;

export const integrationResponseMembers = {
  contentHandlingStrategy,
  responseParameters: integrationParameters,
  responseTemplates: templates,
  templateSelectionExpression: selectionExpression,
} as const;

export const routeMembers = {
  apiKeyRequired: boolean,
  authorizationScopes,
  authorizationType,
  authorizerId: id,
  modelSelectionExpression: selectionExpression,
  operationName,
  requestModels: routeModels,
  requestParameters: routeParameters,
  routeResponseSelectionExpression: selectionExpression,
  target,
} as const;

export const routeResponseMembers = {
  modelSelectionExpression: selectionExpression,
  responseModels: routeModels,
  responseParameters: routeParameters,
} as const;

export const stageMembers = {
  accessLogSettings,
  autoDeploy: boolean,
  clientCertificateId: id,
  defaultRouteSettings: routeSettings,
  deploymentId: id,
  description,
  routeSettings: routeSettingsMap,
  stageVariables,
} as const;
