// What a method takes, as parameters and a body.

import type { Method, Resource } from '../../../resources/index.ts';
import { standardMembers } from './documentation-index.ts';
import type { ModelExport } from './export-models.ts';
import type { ExportContext } from './export-options.ts';

const places: Readonly<Record<string, { readonly in: string; readonly part: string }>> = {
  path: { in: 'path', part: 'PATH_PARAMETER' },
  querystring: { in: 'query', part: 'QUERY_PARAMETER' },
  header: { in: 'header', part: 'REQUEST_HEADER' },
};

/** Declared parameters, and the variables of the path that were not: OpenAPI wants each of them declared. */
export function parametersOf(resource: Resource, method: Method, context: ExportContext): object[] {
  const declared = Object.entries(method.requestParameters ?? {}).flatMap(([key, required]) => {
    const found = /^method\.request\.(path|querystring|header)\.(.+)$/.exec(key);
    return found === null ? [] : [{ location: found[1]!, name: found[2]!, required }];
  });
  for (const name of pathVariables(resource.path)) {
    if (!declared.some((one) => one.location === 'path' && one.name === name))
      declared.push({ location: 'path', name, required: true });
  }
  return declared.map(({ location, name, required }) => {
    const place = places[location]!;
    const isRequired = required || location === 'path';
    const text = context.isSwagger
      ? { required: isRequired, type: 'string' }
      : { ...(isRequired ? { required: true } : {}), schema: { type: 'string' } };
    const where = { path: resource.path, method: method.httpMethod, name };
    const documented = standardMembers(context.documentation.of(place.part, where), 'description');
    return { name, in: place.in, ...documented, ...text };
  });
}

const pathVariables = (path: string): string[] =>
  [...path.matchAll(/\{([^{}]+?)\+?\}/g)].map((found) => found[1]!);

/** The body of an OpenAPI operation. */
export function requestBodyOf(
  resource: Resource,
  method: Method,
  models: ModelExport,
  context: ExportContext,
): object | undefined {
  const bodies = Object.entries(method.requestModels ?? {});
  if (bodies.length === 0) return undefined;
  const content = bodies.map(([type, name]) => [type, mediaOf(models, name)]);
  return {
    ...documentedBody(resource, method, context),
    content: Object.fromEntries(content),
    required: true,
  };
}

/** A media type of OpenAPI with its model; empty when the document cannot hold the model. */
export function mediaOf(models: ModelExport, modelName: string): object {
  const schema = models.schemaFor(modelName);
  return schema === undefined ? {} : { schema };
}

/** The body of a Swagger operation, which has one for all types: that of the first model which a document can hold. */
export function bodyParameterOf(
  resource: Resource,
  method: Method,
  models: ModelExport,
  context: ExportContext,
): object[] {
  for (const name of Object.values(method.requestModels ?? {})) {
    const schema = models.schemaFor(name);
    if (schema === undefined) continue;
    return [{ in: 'body', name, ...documentedBody(resource, method, context), required: true, schema }];
  }
  return [];
}

const documentedBody = ({ path }: Resource, { httpMethod }: Method, context: ExportContext) =>
  standardMembers(context.documentation.of('REQUEST_BODY', { path, method: httpMethod }), 'description');
