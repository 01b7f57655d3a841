// What an authorizer of each type must have, and may not.

import { isIntrospectionUri } from '../../authorizers/index.ts';
import { compileSelectionPattern } from '../../mapping/index.ts';
import type { Authorizer, JwtConfiguration } from '../../resources/index.ts';
import { badRequest } from '../protocol/exceptions.ts';

const resultTtlMax = 3_600;
const functionUri =
  /^arn:[\w-]+:apigateway:[a-z]{2,}(?:-[a-z]+)+-\d+:lambda:path\/+[^/]+\/functions\/.+\/invocations$/;
const userPoolArn = /^arn:[^:]+:cognito-idp:[^:]+:[^:]*:userpool\/.+$/;
const roleArn = /^arn:[^:]+:iam::[^:]+:.+$/;
const headerSource = /^method\.request\.header\.[^\s,]+$/;
const requestSource = /^(?:method\.request\.(?:header|querystring)|stageVariables|context)\.[^\s,]+$/;

/** @throws BadRequestException with the first thing that is wrong */
export function checkAuthorizer(authorizer: Authorizer): void {
  if (authorizer.name.trim() === '') throw badRequest('Authorizer name cannot be blank');
  const ttl = authorizer.authorizerResultTtlInSeconds;
  if (ttl !== undefined && (ttl < 0 || ttl > resultTtlMax))
    throw badRequest(`authorizerResultTtlInSeconds should be between 0 and ${resultTtlMax}`);
  const { authorizerCredentials: credentials } = authorizer;
  if (credentials !== undefined && !roleArn.test(credentials))
    throw badRequest('Invalid ARN specified in the request');
  checkExpression(authorizer.identityValidationExpression);
  if (authorizer.jwtConfiguration !== undefined && authorizer.type !== 'JWT')
    throw badRequest(`jwtConfiguration is not supported for ${authorizer.type} authorizers`);
  checkType[authorizer.type](authorizer);
}

const checkType: Readonly<Record<Authorizer['type'], (authorizer: Authorizer) => void>> = {
  TOKEN: (authorizer) => {
    checkUri(authorizer);
    const { identitySource } = authorizer;
    if (identitySource === undefined)
      throw badRequest('Identity source must be specified for a TOKEN authorizer');
    checkSource(identitySource, headerSource);
  },
  REQUEST: (authorizer) => {
    checkUri(authorizer);
    const sources = identitySourcesOf(authorizer);
    if (isIntrospectionUri(authorizer.authorizerUri!) && sources.length !== 1)
      throw badRequest('Exactly one identity source, the token, must be specified for introspection');
    if (sources.length === 0 && authorizer.authorizerResultTtlInSeconds !== 0)
      throw badRequest('Identity source must be specified for a REQUEST authorizer whose results are cached');
    for (const source of sources) checkSource(source, requestSource);
  },
  COGNITO_USER_POOLS: ({ name, providerARNs = [], identitySource }) => {
    if (providerARNs.length === 0)
      throw badRequest(`Unable to create authorizer '${name}': At least one provider ARN must be specified`);
    if (!providerARNs.every((arn) => userPoolArn.test(arn)))
      throw badRequest('Invalid ARN specified in the request');
    // Without one it is the header Authorization.
    if (identitySource !== undefined) checkSource(identitySource, headerSource);
  },
  JWT: ({ jwtConfiguration, identitySource, ...authorizer }) => {
    const unsupported = [
      'providerARNs',
      'authorizerUri',
      'authorizerCredentials',
      'authorizerResultTtlInSeconds',
    ];
    const given = unsupported.find((member) => authorizer[member as keyof typeof authorizer] !== undefined);
    if (given !== undefined) throw badRequest(`${given} is not supported for JWT authorizers`);
    if (identitySource !== undefined) checkSource(identitySource, headerSource);
    checkJwt(jwtConfiguration);
  },
};

/** The expressions in a list of them. */
export const identitySourcesOf = ({ identitySource = '' }: Authorizer): string[] =>
  identitySource
    .split(',')
    .map((source) => source.trim())
    .filter((source) => source !== '');

function checkUri({ name, authorizerUri }: Authorizer): void {
  if (authorizerUri === undefined)
    throw badRequest(`Unable to create authorizer '${name}': Authorizer Uri must be specified`);
  if (functionUri.test(authorizerUri) || isIntrospectionUri(authorizerUri)) return;
  throw badRequest(
    `Invalid Authorizer URI: ${authorizerUri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
  );
}

function checkSource(source: string, allowed: RegExp): void {
  if (allowed.test(source)) return;
  throw badRequest(
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: ${source}]`,
  );
}

function checkExpression(expression: string | undefined): void {
  if (expression === undefined) return;
  try {
    compileSelectionPattern(expression);
  } catch (error) {
    throw badRequest(`Invalid identity validation expression specified: ${(error as Error).message}`);
  }
}

function checkJwt(jwt: JwtConfiguration | undefined): void {
  const issuers = jwt?.issuers ?? [];
  if (issuers.length === 0) throw badRequest('jwtConfiguration must be specified for JWT authorizers');
  const urls = issuers.map(({ issuer }) => issuer);
  const wrong = urls.find((url) => !url.startsWith('https://') || !URL.canParse(url));
  if (wrong !== undefined) throw badRequest(`Invalid issuer specified: ${wrong}. It must be an https URL`);
  if (new Set(urls).size < urls.length) throw badRequest('Issuers of a JWT authorizer must be unique');
  if (issuers.some(({ audiences }) => audiences.length === 0))
    throw badRequest('Each issuer of a JWT authorizer must have at least one audience');
  if ((jwt?.defaultAlgorithms ?? []).length === 0)
    throw badRequest('At least one default algorithm must be specified for JWT authorizers');
}
