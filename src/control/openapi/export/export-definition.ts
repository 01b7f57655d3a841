// A frozen API as an OpenAPI 3 or Swagger 2 document, as GetExport gives it.

import type { ApiDefinition, HttpMethod, Resource, RestApi } from '../../../resources/index.ts';
import { compact } from '../import-context.ts';
import { standardMembers } from './documentation-index.ts';
import { ModelExport } from './export-models.ts';
import { type ExportTables, exportOperation } from './export-operation.ts';
import { ExportContext, type ExportOptions } from './export-options.ts';
import { rootExtensions, rootTags, validatorNames } from './export-root.ts';
import { SecurityExport } from './export-security.ts';

/** In this order, as the service writes them. */
const members: readonly (readonly [HttpMethod, string])[] = [
  ['GET', 'get'],
  ['PUT', 'put'],
  ['POST', 'post'],
  ['DELETE', 'delete'],
  ['OPTIONS', 'options'],
  ['HEAD', 'head'],
  ['PATCH', 'patch'],
  ['ANY', 'x-amazon-apigateway-any-method'],
];

/** The version that a document carries: the API's own, else the time at which the API was made. */
export const exportVersion = ({ version, createdDate }: RestApi): string =>
  version || `${createdDate.slice(0, 19)}Z`;

/**
 * Builds the document. The same definition and options always give the same document, member for member.
 *
 * @see API Gateway Developer Guide, "Export a REST API from API Gateway"
 */
export function exportDefinition(definition: ApiDefinition, options: ExportOptions): Record<string, unknown> {
  const context = new ExportContext(options);
  const tables: ExportTables = {
    models: new ModelExport(definition, context),
    security: new SecurityExport(definition, context),
    validators: validatorNames(definition),
  };
  const { host, stageName } = options;
  const paths = pathsOf(definition, tables, context);
  const documented = standardMembers(context.documentation.of('API'), 'externalDocs');
  const head = { info: infoOf(definition.restApi, context) };
  const tail = { ...documented, ...rootExtensions(definition, tables.validators, context) };
  if (context.isSwagger) {
    return compact({
      swagger: '2.0',
      ...head,
      host,
      basePath: `/${stageName}`,
      tags: rootTags(definition, context),
      schemes: ['https'],
      paths,
      securityDefinitions: tables.security.schemes(),
      definitions: tables.models.schemas(),
      ...tail,
    });
  }
  return compact({
    openapi: '3.0.1',
    ...head,
    servers: [{ url: `https://${host}/{basePath}`, variables: { basePath: { default: stageName } } }],
    tags: rootTags(definition, context),
    paths,
    components: compact({
      schemas: tables.models.schemas(),
      securitySchemes: tables.security.schemes(),
    }),
    ...tail,
  });
}

function infoOf(restApi: RestApi, context: ExportContext): object {
  const written = context.documentation.of('API');
  const info = (written.info ?? {}) as Readonly<Record<string, unknown>>;
  return compact({
    title: restApi.name,
    description: restApi.description || undefined,
    ...standardMembers(written, 'description'),
    ...standardMembers(info, 'description', 'termsOfService', 'contact', 'license'),
    version: exportVersion(restApi),
  });
}

function pathsOf({ resources }: ApiDefinition, tables: ExportTables, context: ExportContext) {
  const withMethods = resources.filter(
    ({ resourceMethods }) => Object.keys(resourceMethods ?? {}).length > 0,
  );
  withMethods.sort((a, b) => (a.path < b.path ? -1 : 1));
  return Object.fromEntries(withMethods.map((one) => [one.path, pathItemOf(one, tables, context)]));
}

function pathItemOf(resource: Resource, tables: ExportTables, context: ExportContext): object {
  const documented = context.isSwagger
    ? {}
    : standardMembers(
        context.documentation.of('RESOURCE', { path: resource.path }),
        'summary',
        'description',
      );
  const operations = members.flatMap(([verb, member]) => {
    const method = resource.resourceMethods?.[verb];
    return method === undefined ? [] : [[member, exportOperation(resource, method, tables, context)]];
  });
  return { ...documented, ...Object.fromEntries(operations) };
}
