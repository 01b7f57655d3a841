// What WebSocket APIs may be.
// @see WebSocket reference, sections 2 to 6

import { isIntrospectionUri } from '../../authorizers/index.ts';
import type { V2Authorizer, V2Integration, V2Route } from '../../resources/index.ts';
import { integrationTimeoutMaxMs, webSocketTagProblem } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { checkTags } from '../api/tag-rules.ts';
import { integrationProblems } from '../openapi/integration-checks.ts';
import { mappingError } from '../openapi/parameter-checks.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import type { ProtocolRules } from './protocol-rules.ts';

const reservedKeys: ReadonlySet<string> = new Set(['$connect', '$disconnect', '$default']);
const functionUri =
  /^arn:[\w-]+:apigateway:[a-z]{2,}(?:-[a-z]+)+-\d+:lambda:path\/+[^/]+\/functions\/.+\/invocations$/;
const apiKeySelections = ['$request.header.x-api-key', '$context.authorizer.usageIdentifierKey'];

export const webSocketRules: ProtocolRules = {
  endpointScheme: 'wss',
  foreign: {
    api: ['corsConfiguration', 'credentialsArn', 'routeKey', 'target'],
    route: ['authorizationScopes'],
    integration: ['integrationSubtype', 'responseParameters', 'tlsConfig'],
    authorizer: [
      'authorizerPayloadFormatVersion',
      'authorizerResultTtlInSeconds',
      'enableSimpleResponses',
      'jwtConfiguration',
    ],
  },
  routeSettingsDefault: { dataTraceEnabled: false, detailedMetricsEnabled: false, loggingLevel: 'OFF' },

  routeSelectionExpression: (given) => {
    if (given === undefined || given === '')
      throw badRequest('RouteSelectionExpression is required for WEBSOCKET protocol Apis.');
    return given;
  },

  checkApi: ({ routeSelectionExpression, apiKeySelectionExpression }) => {
    if (!/\$\{?request\.body/.test(routeSelectionExpression))
      throw badRequest(
        `Invalid route selection expression specified: ${routeSelectionExpression}. It must select by $request.body.{path}`,
      );
    if (apiKeySelectionExpression !== undefined && !apiKeySelections.includes(apiKeySelectionExpression))
      throw badRequest(
        `Invalid API key selection expression specified: ${apiKeySelectionExpression}. Must be one of [${apiKeySelections.join(', ')}]`,
      );
  },

  checkRouteKey: (routeKey) => {
    const isRight = routeKey !== '' && (!routeKey.startsWith('$') || reservedKeys.has(routeKey));
    if (!isRight) throw badRequest('The provided route key is not formatted properly');
  },

  checkRoute,
  completeIntegration,
  checkIntegration,
  checkAuthorizer,

  checkStageName: (stageName) => {
    // Hyphens are allowed; the service's text has not followed.
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(stageName)) throw badRequest('Stage name only allows a-zA-Z0-9_');
  },

  checkTags: (tags) => {
    checkTags(tags);
    for (const [key, value] of Object.entries(tags ?? {})) {
      const problem = webSocketTagProblem(key, value);
      if (problem !== null) throw badRequest(problem);
    }
  },
};

/** Only $connect is authorized; the service takes the members on other routes too. */
function checkRoute({
  authorizationType,
  requestParameters,
  routeResponseSelectionExpression,
}: V2Route): void {
  if (authorizationType === 'JWT')
    throw badRequest('AuthorizationType JWT cannot be set for WEBSOCKET protocol Apis.');
  for (const name of Object.keys(requestParameters ?? {}))
    if (!/^route\.request\.(querystring|header)\.[a-zA-Z0-9._$-]+$/.test(name))
      throw badRequest(mappingError(`Invalid mapping expression parameter specified: ${name}`));
  if (routeResponseSelectionExpression !== undefined && routeResponseSelectionExpression !== '$default')
    throw badRequest(
      `Invalid route response selection expression specified: ${routeResponseSelectionExpression}. Only $default is supported`,
    );
}

const responseSelections: Readonly<Partial<Record<V2Integration['integrationType'], string>>> = {
  // Functions that answer for themselves have no integration responses, nor have HTTP backends that do.
  AWS: `\${integration.response.body.errorMessage}`,
  HTTP: `\${integration.response.statuscode}`,
  MOCK: `\${integration.response.statuscode}`,
};

function completeIntegration(given: Parameters<ProtocolRules['completeIntegration']>[0]): V2Integration {
  const { integrationResponseSelectionExpression: _, ...integration } = given;
  const { integrationType } = integration;
  const expression = responseSelections[integrationType];
  const isFunction = functionUri.test(integration.integrationUri ?? '');
  return {
    connectionType: 'INTERNET',
    passthroughBehavior: 'WHEN_NO_MATCH',
    payloadFormatVersion: '1.0',
    timeoutInMillis: integrationTimeoutMaxMs,
    ...(isFunction ? { integrationMethod: 'POST' } : {}),
    ...integration,
    ...(expression === undefined ? {} : { integrationResponseSelectionExpression: expression }),
  };
}

function checkIntegration(integration: V2Integration, view: View): void {
  const { integrationType, integrationMethod, integrationUri, connectionType, connectionId } = integration;
  const problem = integrationProblems({
    type: integrationType,
    ...(integrationMethod === undefined ? {} : { httpMethod: integrationMethod }),
    ...(integrationUri === undefined ? {} : { uri: integrationUri }),
    ...(integration.credentialsArn === undefined ? {} : { credentials: integration.credentialsArn }),
    connectionType,
    ...(connectionId === undefined ? {} : { connectionId }),
    passthroughBehavior: integration.passthroughBehavior ?? 'WHEN_NO_MATCH',
    timeoutInMillis: integration.timeoutInMillis,
  })[0];
  if (problem !== undefined) throw badRequest(problem.message);
  if (integration.payloadFormatVersion !== '1.0')
    throw badRequest('Invalid PayloadFormatVersion specified. WEBSOCKET protocol Apis support only 1.0');
  if (connectionType === 'VPC_LINK' && !connectionId?.includes('${')) {
    if (view.get('vpcLink', '', connectionId ?? '') === undefined)
      throw notFound('Invalid Vpc Link identifier specified');
  } else if (connectionType === 'INTERNET' && connectionId !== undefined)
    throw badRequest('ConnectionId can be set only when the ConnectionType is VPC_LINK');
  for (const [target, source] of Object.entries(integration.requestParameters ?? {}))
    checkMapping(target, source, integrationTarget, requestSource);
}

const integrationTarget = /^integration\.request\.(?:header|querystring|path)\.[a-zA-Z0-9._$-]+$/;
const requestSource =
  /^(?:route\.request\.body(?:[.[].+)?|route\.request\.(?:multivalue)?(?:querystring|header)\.[a-zA-Z0-9._$-]+|context\.[\w.-]+|stageVariables\.\w+|'.*')$/s;
const routeTarget = /^(?:route|method)\.response\.(?:header\.[a-zA-Z0-9._$-]+|body)$/;
const responseSource =
  /^(?:integration\.response\.(?:body(?:[.[].+)?|header\.[a-zA-Z0-9._$-]+|multivalueheader\.[a-zA-Z0-9._$-]+)|context\.[\w.-]+|stageVariables\.\w+|'.*')$/s;

/** Of an integration response. @throws BadRequestException */
export function checkResponseParameters(parameters: Readonly<Record<string, string>> | undefined): void {
  for (const [target, source] of Object.entries(parameters ?? {}))
    checkMapping(target, source, routeTarget, responseSource);
}

function checkMapping(target: string, source: string, targets: RegExp, sources: RegExp): void {
  if (!targets.test(target))
    throw badRequest(mappingError(`Invalid mapping expression parameter specified: ${target}`));
  if (!sources.test(source))
    throw badRequest(mappingError(`Invalid mapping expression specified: ${source}`));
}

const identitySource =
  /^(?:route\.request\.(?:querystring|header)\.[a-zA-Z0-9._-]+|stageVariables\.[a-zA-Z0-9._-]+|context\.[a-zA-Z0-9._-]+)$/;

function checkAuthorizer(authorizer: V2Authorizer): void {
  const {
    name,
    authorizerType,
    authorizerUri,
    authorizerCredentialsArn,
    identitySource: sources,
  } = authorizer;
  if (authorizerType !== 'REQUEST')
    throw badRequest(`AuthorizerType ${authorizerType} cannot be set for WEBSOCKET protocol Apis.`);
  if (authorizerUri === undefined)
    throw badRequest(`Unable to create authorizer '${name}': Authorizer Uri must be specified`);
  if (!functionUri.test(authorizerUri) && !isIntrospectionUri(authorizerUri))
    throw badRequest(
      `Invalid Authorizer URI: ${authorizerUri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
    );
  if (authorizerCredentialsArn !== undefined && !/^arn:[^:]+:iam::[^:]+:.+$/.test(authorizerCredentialsArn))
    throw badRequest('Invalid ARN specified in the request');
  const wrong = (sources ?? []).find((source) => !identitySource.test(source));
  if (wrong !== undefined)
    throw badRequest(
      `Invalid request identity source expression: ${wrong}. The sources must be separated by comma, and each source must be either a request parameter, matching 'route.request.querystring|header.[a-zA-Z0-9.\\_-]+', or a stage variable, matching 'stageVariables.[a-zA-Z0-9.\\_-]+', or a context parameter, matching 'context.[a-zA-Z0-9.\\_-]+'`,
    );
}
