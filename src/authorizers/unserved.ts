// What of an API's protection cannot be run by this release: told when it is configured, and refused on every request.

import type { ApiDefinition, Authorizer, Method } from '../resources/index.ts';

/** The authorizer that a method asks; undefined: it asks none, or one that is not there. */
export const authorizerOf = (
  { authorizerId }: Method,
  { authorizers }: Pick<ApiDefinition, 'authorizers'>,
): Authorizer | undefined => authorizers.find(({ id }) => id === authorizerId);

/** As given when the method was put: AWS accepts `none` too. */
export const authorizationTypeOf = ({ authorizationType }: Method): string => authorizationType.toUpperCase();

/** Whether requests of a method can be authorized: by nobody, a signature, a function, or a token. */
export function isAuthorizationServed(
  method: Method,
  definition: Pick<ApiDefinition, 'authorizers'>,
): boolean {
  const type = authorizationTypeOf(method);
  if (type === 'NONE' || type === 'AWS_IAM') return true;
  const authorizer = authorizerOf(method, definition);
  // An import makes methods of JWT authorizers CUSTOM.
  if (type === 'CUSTOM') return isAskingAuthorizer(authorizer) || isTokenAuthorizer(authorizer);
  return isTokenType(type) && isTokenAuthorizer(authorizer);
}

export const isAskingAuthorizer = (authorizer: Authorizer | undefined): boolean =>
  authorizer?.type === 'TOKEN' || authorizer?.type === 'REQUEST';

export const isTokenType = (authorizationType: string): boolean =>
  authorizationType === 'COGNITO_USER_POOLS' || authorizationType === 'JWT';

export const isTokenAuthorizer = (authorizer: Authorizer | undefined): boolean =>
  authorizer?.type === 'COGNITO_USER_POOLS' || authorizer?.type === 'JWT';
