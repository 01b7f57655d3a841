// What the service checks of a method, in its order and its words.
// @see observed behaviour, section 2

import type { Method, MethodResponse } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { isMethodParameter, mappingError } from '../openapi/parameter-checks.ts';
import { badRequest } from '../protocol/exceptions.ts';

/** In the order in which the service prints them. */
export const httpMethods: readonly string[] = [
  'GET',
  'PUT',
  'POST',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'ANY',
];

// As given: the service takes `none` and answers `none`.
const authorizationTypes: readonly string[] = ['NONE', 'AWS_IAM', 'CUSTOM', 'COGNITO_USER_POOLS'];

/** Maps with nothing in them are not kept, as they are not shown. */
export const textMap = <V>(
  map: Readonly<Record<string, V>> | undefined,
): Readonly<Record<string, V>> | undefined =>
  map === undefined || Object.keys(map).length === 0 ? undefined : map;

export const needsAuthorizer = ({ authorizationType }: Method): boolean =>
  ['CUSTOM', 'COGNITO_USER_POOLS'].includes(authorizationType.toUpperCase());

/** @throws BadRequestException */
export function checkMethod(apiId: string, method: Method, view: View): void {
  if (!authorizationTypes.includes(method.authorizationType.toUpperCase())) {
    throw badRequest(
      `Invalid authorization type specified. Valid options are ${authorizationTypes.join(',')}`,
    );
  }
  checkRequestParameters(Object.keys(method.requestParameters ?? {}));
  if (needsAuthorizer(method) && view.get('authorizer', apiId, method.authorizerId ?? '') === undefined) {
    throw badRequest(
      'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.',
    );
  }
  const { requestValidatorId } = method;
  if (
    requestValidatorId !== undefined &&
    view.get('requestValidator', apiId, requestValidatorId) === undefined
  ) {
    throw badRequest('Invalid Request Validator identifier specified');
  }
  checkModels(apiId, method.requestModels, view);
}

function checkRequestParameters(parameters: readonly string[]): void {
  const wrong = parameters.find((parameter) => !isMethodParameter(parameter));
  if (wrong !== undefined) throw badRequest(mappingError(`Invalid mapping expression specified: ${wrong}`));
  // The name follows the third dot: `method.request.header.X`.
  const names = new Set(parameters.map((parameter) => parameter.split('.').slice(3).join('.')));
  if (names.size < parameters.length) {
    throw badRequest('Parameter names must be unique across querystring, header and path');
  }
}

/** @throws BadRequestException */
export function checkMethodResponse(apiId: string, response: MethodResponse, view: View): void {
  for (const parameter of Object.keys(response.responseParameters ?? {})) {
    if (/^method\.response\.header\.[a-zA-Z0-9._$-]+$/.test(parameter)) continue;
    throw badRequest(mappingError(`Invalid mapping expression parameter specified: ${parameter}`));
  }
  checkModels(apiId, response.responseModels, view);
}

function checkModels(apiId: string, models: Readonly<Record<string, string>> | undefined, view: View): void {
  for (const name of Object.values(models ?? {})) {
    // Imports make the two default models only when they are referred to, yet they can always be named.
    if (name === 'Empty' || name === 'Error' || view.get('model', apiId, name) !== undefined) continue;
    throw badRequest(`Invalid model identifier specified: ${name}`);
  }
}
