// A Method as an operation: parameters, body, responses, security and extensions.

import type { Method, Resource } from '../../../resources/index.ts';
import { compact } from '../import-context.ts';
import { standardMembers } from './documentation-index.ts';
import { exportIntegration } from './export-integration.ts';
import type { ModelExport } from './export-models.ts';
import type { ExportContext } from './export-options.ts';
import { bodyParameterOf, parametersOf, requestBodyOf } from './export-request.ts';
import { responsesOf, typesProduced } from './export-responses.ts';
import type { SecurityExport } from './export-security.ts';

/** What operations refer to. */
export interface ExportTables {
  readonly models: ModelExport;
  readonly security: SecurityExport;
  /** Id -> name in the document. */
  readonly validators: ReadonlyMap<string, string>;
}

export function exportOperation(
  resource: Resource,
  method: Method,
  tables: ExportTables,
  context: ExportContext,
): object {
  const { models, security, validators } = tables;
  const { httpMethod, methodIntegration: integration } = method;
  const place = { path: resource.path, method: httpMethod };
  const documented = context.documentation.of('METHOD', place);
  const parameters = parametersOf(resource, method, context);
  const request = context.isSwagger
    ? {
        consumes: nonEmpty(Object.keys(method.requestModels ?? {})),
        produces: nonEmpty(typesProduced(method)),
        parameters: nonEmpty([...parameters, ...bodyParameterOf(resource, method, models, context)]),
      }
    : {
        parameters: nonEmpty(parameters),
        requestBody: requestBodyOf(resource, method, models, context),
      };
  const validator = validators.get(method.requestValidatorId ?? '');
  return compact({
    ...standardMembers(documented, 'tags', 'summary', 'description', 'externalDocs', 'deprecated'),
    operationId: method.operationName,
    ...request,
    responses: responsesOf(resource, method, models, context),
    security: security.requirementsOf(method),
    'x-amazon-apigateway-request-validator': context.has('validators') ? validator : undefined,
    'x-amazon-apigateway-integration':
      context.has('integrations') && integration !== undefined
        ? exportIntegration(integration, resource.id)
        : undefined,
    'x-postman-meta': context.has('postman') ? postmanMeta(method, context) : undefined,
  });
}

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

// Postman's own extension: how it signs calls that IAM protects. The braces are Postman's variables.
function postmanMeta({ authorizationType }: Method, { options }: ExportContext): object | undefined {
  if (authorizationType !== 'AWS_IAM') return undefined;
  const helperAttributes = {
    id: 'awsSigV4',
    accessKey: '{{accessKey}}',
    secretKey: '{{secretKey}}',
    region: options.region,
    service: 'execute-api',
    saveToRequest: true,
  };
  return { currentHelper: 'awsSigV4', helperAttributes };
}
