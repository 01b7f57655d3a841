// The method responses of a method as the responses of an operation.

import type { Method, MethodResponse, Resource } from '../../../resources/index.ts';
import { standardMembers } from './documentation-index.ts';
import type { ModelExport } from './export-models.ts';
import type { ExportContext } from './export-options.ts';
import { mediaOf } from './export-request.ts';

export function responsesOf(
  resource: Resource,
  method: Method,
  models: ModelExport,
  context: ExportContext,
): Record<string, object> {
  const responses = Object.values(method.methodResponses ?? {}).map((response): [string, object] => [
    response.statusCode,
    responseOf(response, resource, method, models, context),
  ]);
  return Object.fromEntries(responses);
}

/** All types of all responses: Swagger says them once for an operation. */
export function typesProduced({ methodResponses }: Method): string[] {
  const types = Object.values(methodResponses ?? {}).flatMap(({ responseModels }) =>
    Object.keys(responseModels ?? {}),
  );
  return [...new Set(types)];
}

function responseOf(
  { statusCode, responseParameters, responseModels }: MethodResponse,
  { path }: Resource,
  { httpMethod }: Method,
  models: ModelExport,
  context: ExportContext,
): object {
  const place = { path, method: httpMethod, statusCode };
  const documented = standardMembers(context.documentation.of('RESPONSE', place), 'description');
  const headers = Object.entries(responseParameters ?? {}).flatMap(([key, required]) => {
    const name = /^method\.response\.header\.(.+)$/.exec(key)?.[1];
    if (name === undefined) return [];
    const where = { ...place, name };
    const text = standardMembers(context.documentation.of('RESPONSE_HEADER', where), 'description');
    return [[name, headerOf(text, required, context)]];
  });
  return {
    description: `${statusCode} response`,
    ...documented,
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
    ...bodyOf(responseModels ?? {}, models, context),
  };
}

const headerOf = (documented: object, required: boolean, { isSwagger }: ExportContext): object =>
  isSwagger
    ? { type: 'string', ...documented }
    : { ...documented, ...(required ? { required: true } : {}), schema: { type: 'string' } };

function bodyOf(
  responseModels: Readonly<Record<string, string>>,
  models: ModelExport,
  { isSwagger }: ExportContext,
): object {
  const bodies = Object.entries(responseModels);
  if (!isSwagger)
    return { content: Object.fromEntries(bodies.map(([type, name]) => [type, mediaOf(models, name)])) };
  const schema = bodies.map(([, name]) => models.schemaFor(name)).find(Boolean);
  return schema === undefined ? {} : { schema };
}
