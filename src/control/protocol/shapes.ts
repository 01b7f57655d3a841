// Enumerations and structures of the inputs (API version 2015-07-09). Values stand in the order in which the service
// prints them where that was observed, else in the order of its documentation.

import { securityPolicies } from '../../resources/index.ts';
import {
  boolean,
  double,
  integer,
  list,
  map,
  matching,
  oneOf,
  required,
  string,
  structure,
} from './shape.ts';

export const accessAssociationSourceType = oneOf('VPCE');
export const apiKeySourceType = oneOf('HEADER', 'AUTHORIZER');
export const apiKeysFormat = oneOf('csv');
export const authorizerType = oneOf('TOKEN', 'REQUEST', 'COGNITO_USER_POOLS', 'JWT');
export const cacheClusterSize = oneOf('0.5', '1.6', '6.1', '13.5', '28.4', '58.2', '118', '237');
export const connectionType = oneOf('INTERNET', 'VPC_LINK');
export const contentHandlingStrategy = oneOf('CONVERT_TO_BINARY', 'CONVERT_TO_TEXT');
export const documentationPartType = oneOf(
  'RESPONSE_BODY',
  'RESPONSE',
  'METHOD',
  'MODEL',
  'AUTHORIZER',
  'RESPONSE_HEADER',
  'RESOURCE',
  'PATH_PARAMETER',
  'REQUEST_BODY',
  'QUERY_PARAMETER',
  'API',
  'REQUEST_HEADER',
);
export const documentationPartLocationStatusCode = matching('^([1-5]\\d\\d|\\*|\\s*)$');
export const endpointAccessMode = oneOf('BASIC', 'STRICT');
export const endpointType = oneOf('PRIVATE', 'EDGE', 'REGIONAL');
export const gatewayResponseType = oneOf(
  'REQUEST_TOO_LARGE',
  'RESOURCE_NOT_FOUND',
  'AUTHORIZER_CONFIGURATION_ERROR',
  'MISSING_AUTHENTICATION_TOKEN',
  'BAD_REQUEST_BODY',
  'INVALID_SIGNATURE',
  'INVALID_API_KEY',
  'BAD_REQUEST_PARAMETERS',
  'AUTHORIZER_FAILURE',
  'UNAUTHORIZED',
  'INTEGRATION_TIMEOUT',
  'ACCESS_DENIED',
  'DEFAULT_4XX',
  'DEFAULT_5XX',
  'WAF_FILTERED',
  'QUOTA_EXCEEDED',
  'THROTTLED',
  'API_CONFIGURATION_ERROR',
  'UNSUPPORTED_MEDIA_TYPE',
  'INTEGRATION_FAILURE',
  'EXPIRED_TOKEN',
);
export const integrationType = oneOf('HTTP', 'MOCK', 'AWS_PROXY', 'HTTP_PROXY', 'AWS');
export const ipAddressType = oneOf('ipv4', 'dualstack');
export const jwtClaimFormat = oneOf('SINGLE_STRING');
export const jwtSigningAlgorithm = oneOf('RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512');
export const locationStatusType = oneOf('DOCUMENTED', 'UNDOCUMENTED');
export const op = oneOf('add', 'remove', 'move', 'test', 'replace', 'copy');
export const putMode = oneOf('merge', 'overwrite');
export const quotaPeriodType = oneOf('DAY', 'WEEK', 'MONTH');
export const resourceOwner = oneOf('SELF', 'OTHER_ACCOUNTS');
export const responseTransferMode = oneOf('BUFFERED', 'STREAM');
export const routingMode = oneOf(
  'BASE_PATH_MAPPING_ONLY',
  'ROUTING_RULE_ONLY',
  'ROUTING_RULE_THEN_BASE_PATH_MAPPING',
);
export const securityPolicy = oneOf(...securityPolicies);
export const statusCode = matching('[1-5]\\d\\d');

export const patchOperation = structure({ op, path: string, value: string, from: string });
export const stageKey = structure({ restApiId: string, stageName: string });
export const throttleSettings = structure({ burstLimit: integer, rateLimit: double });
export const quotaSettings = structure({ limit: integer, offset: integer, period: quotaPeriodType });
export const apiStage = structure({ apiId: string, stage: string, throttle: map(throttleSettings) });
export const tlsConfig = structure({ insecureSkipVerification: boolean });
export const mutualTlsAuthenticationInput = structure({ truststoreUri: string, truststoreVersion: string });
export const endpointConfiguration = structure({
  types: list(endpointType),
  ipAddressType,
  vpcEndpointIds: list(string),
});
export const deploymentCanarySettings = structure({
  percentTraffic: double,
  stageVariableOverrides: map(string),
  useStageCache: boolean,
});
export const canarySettings = structure({
  percentTraffic: double,
  deploymentId: string,
  stageVariableOverrides: map(string),
  useStageCache: boolean,
});
export const documentationPartLocation = structure({
  type: required(documentationPartType),
  path: string,
  method: string,
  statusCode: documentationPartLocationStatusCode,
  name: string,
});
const jwtAdditionalClaim = structure({
  claimName: required(string),
  format: required(jwtClaimFormat),
  required: boolean,
  expectedValues: list(string),
});
const jwtIssuerInput = structure({
  issuer: required(string),
  audiences: required(list(string)),
  additionalClaims: list(jwtAdditionalClaim),
});
export const jwtConfigurationInput = structure({
  issuers: required(list(jwtIssuerInput)),
  defaultAlgorithms: required(list(jwtSigningAlgorithm)),
});
