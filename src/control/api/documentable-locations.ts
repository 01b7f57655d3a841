// Everything of an API that documentation can be written for.

import type { DocumentationPart, Method } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { methodsOf } from './methods-of-api.ts';

type Location = DocumentationPart['location'];

/** Each of the API's entities as the location that a part of its own would have. */
export function documentableLocations(view: View, apiId: string): Location[] {
  return [
    { type: 'API' },
    ...view.list('authorizer', apiId).map(({ name }) => ({ type: 'AUTHORIZER', name })),
    ...view.list('model', apiId).map(({ name }) => ({ type: 'MODEL', name })),
    ...view.list('resource', apiId).map(({ path }) => ({ type: 'RESOURCE', path })),
    ...methodsOf(view, apiId).flatMap(({ path, verb, method }) =>
      locationsOf({ path, method: verb }, method),
    ),
  ];
}

const parameterTypes: Readonly<Record<string, string>> = {
  path: 'PATH_PARAMETER',
  querystring: 'QUERY_PARAMETER',
  header: 'REQUEST_HEADER',
};

function locationsOf(place: { readonly path: string; readonly method: string }, method: Method): Location[] {
  const parameters = Object.keys(method.requestParameters ?? {}).flatMap((parameter) => {
    // `method.request.{kind}.{name}`
    const [, , kind = '', ...name] = parameter.split('.');
    const type = parameterTypes[kind];
    return type === undefined ? [] : [{ type, ...place, name: name.join('.') }];
  });
  const body = Object.keys(method.requestModels ?? {}).length > 0 ? [{ type: 'REQUEST_BODY', ...place }] : [];
  const responses = Object.values(method.methodResponses ?? {}).flatMap((response): Location[] => {
    const { statusCode, responseParameters = {}, responseModels = {} } = response;
    const headers = Object.keys(responseParameters).map((parameter) => ({
      type: 'RESPONSE_HEADER',
      ...place,
      statusCode,
      // `method.response.header.{name}`
      name: parameter.split('.').slice(3).join('.'),
    }));
    const bodies =
      Object.keys(responseModels).length > 0 ? [{ type: 'RESPONSE_BODY', ...place, statusCode }] : [];
    return [{ type: 'RESPONSE', ...place, statusCode }, ...headers, ...bodies];
  });
  return [{ type: 'METHOD', ...place }, ...parameters, ...body, ...responses];
}
