// One operation as a Method.

import { tableOf } from '../../base/table.ts';
import type { HttpMethod, Method, MethodResponse, Resource } from '../../resources/index.ts';
import type { Cursor } from './cursor.ts';
import { compact, type ImportContext, unlessEmpty } from './import-context.ts';
import { isMethodParameter, mappingError } from './parameter-checks.ts';
import { readIntegration } from './read-integration.ts';
import type { ModelTable } from './read-models.ts';
import type { SecurityTable } from './read-security.ts';
import type { ValidatorTable } from './read-validators.ts';
import { element } from './source-map.ts';

export interface Tables {
  readonly models: ModelTable;
  readonly security: SecurityTable;
  readonly validators: ValidatorTable;
}

const locations = tableOf<string>({ query: 'querystring', header: 'header', path: 'path' });

/** Reads an operation with the parameters that its path item shares. */
export function readOperation(
  operation: Cursor,
  pathItem: Cursor,
  resource: Resource,
  verb: HttpMethod,
  tables: Tables,
  context: ImportContext,
): Method {
  context.sourceMap.set(element.method(verb, resource.path), operation);
  const unable = (message: string) =>
    `Unable to put method '${verb}' on resource at path '${resource.path}': ${message}`;
  const parameters = parametersOf(operation, pathItem, context);
  const method: Method = compact({
    httpMethod: verb,
    ...tables.security.securityOf(operation),
    requestValidatorId: tables.validators.idFor(operation),
    operationName: context.text(operation, 'operationId'),
    requestParameters: requestParametersOf(parameters, unable, context),
    requestModels: requestModelsOf(operation, parameters, tables.models, context),
    methodResponses: methodResponsesOf(operation, tables.models, context),
  });
  const integration = readIntegration(operation, { resource, verb, method }, context);
  return integration === undefined ? method : { ...method, methodIntegration: integration };
}

// An operation's own parameter replaces the path item's one of the same name and place.
function parametersOf(operation: Cursor, pathItem: Cursor, context: ImportContext): Cursor[] {
  const found = new Map<string, Cursor>();
  for (const written of [...listOf(pathItem, context), ...listOf(operation, context)]) {
    const parameter = context.resolve(written);
    if (parameter === undefined) continue;
    const name = context.text(parameter, 'name');
    const place = context.text(parameter, 'in');
    if (name === undefined || place === undefined)
      context.error(parameter, 'A parameter needs "name" and "in"');
    else found.set(`${place} ${name}`, parameter);
  }
  return [...found.values()];
}

function listOf(at: Cursor, context: ImportContext): Cursor[] {
  const list = at.get('parameters');
  if (list === undefined || list.value === null) return [];
  if (!list.isList) context.error(list, 'Expected "parameters" to be a list');
  return list.items();
}

function requestParametersOf(
  parameters: readonly Cursor[],
  unable: (message: string) => string,
  context: ImportContext,
) {
  const declared: Record<string, boolean> = {};
  const places = new Map<string, string>();
  for (const parameter of parameters) {
    const name = context.text(parameter, 'name')!;
    const place = context.text(parameter, 'in')!;
    const location = locations[place];
    if (location === undefined) {
      if (place !== 'body') tellUnsupportedPlace(parameter, place, name, context);
      continue;
    }
    const key = `method.request.${location}.${name}`;
    if (!isMethodParameter(key)) {
      const message = mappingError(`Invalid mapping expression parameter specified: ${key}`);
      context.error(parameter.get('name')!, unable(message), 'names are letters, digits and . _ $ -');
      continue;
    }
    const other = places.get(name);
    if (other !== undefined && other !== location) {
      const message = 'Parameter names must be unique across querystring, header and path';
      context.error(parameter.get('name')!, unable(message));
    }
    places.set(name, location);
    declared[key] = location === 'path' || context.boolean(parameter, 'required') === true;
  }
  return unlessEmpty(declared);
}

function tellUnsupportedPlace(parameter: Cursor, place: string, name: string, context: ImportContext): void {
  const why = place === 'cookie' || place === 'formData' ? 'API Gateway does not read' : 'nobody knows';
  context.warning(
    parameter.get('in')!,
    `The parameter "${name}" is left out: ${why} parameters in "${place}"`,
  );
}

function requestModelsOf(
  operation: Cursor,
  parameters: readonly Cursor[],
  models: ModelTable,
  context: ImportContext,
) {
  const found: Record<string, string> = {};
  const add = (type: string, schema: Cursor | undefined) => {
    const name = schema === undefined ? undefined : models.nameFor(schema);
    if (name !== undefined) found[type] = name;
  };
  if (context.major === 2) {
    const body = parameters.find((parameter) => parameter.get('in')?.value === 'body');
    if (body !== undefined)
      for (const type of mediaTypes(operation, 'consumes', context)) add(type, body.get('schema'));
  } else {
    const written = operation.get('requestBody');
    const body = written === undefined ? undefined : context.resolve(written);
    for (const [type, media] of context.map(body, 'content')?.entries() ?? []) add(type, media.get('schema'));
  }
  return unlessEmpty(found);
}

function mediaTypes(operation: Cursor, key: 'consumes' | 'produces', context: ImportContext): string[] {
  const types = context.texts(operation, key) ?? context.texts(context.root, key) ?? [];
  return types.length === 0 ? ['application/json'] : types;
}

function methodResponsesOf(operation: Cursor, models: ModelTable, context: ImportContext) {
  const responses: Record<string, MethodResponse> = {};
  for (const [status, written] of context.map(operation, 'responses')?.entries() ?? []) {
    if (status.startsWith('x-')) continue;
    const response = context.resolve(written);
    if (response === undefined) continue;
    if (!/^[1-5]\d\d$/.test(status)) {
      const message = `The response "${status}" is left out: API Gateway declares responses by status code`;
      context.atKey('warning', written, message, 'name the status codes that the method answers');
      continue;
    }
    responses[status] = compact({
      statusCode: status,
      responseParameters: responseHeadersOf(response, context),
      responseModels: responseModelsOf(operation, response, models, context),
    });
  }
  return unlessEmpty(responses);
}

function responseHeadersOf(response: Cursor, context: ImportContext) {
  const headers: Record<string, boolean> = {};
  for (const [name, written] of context.map(response, 'headers')?.entries() ?? []) {
    const header = context.resolve(written);
    headers[`method.response.header.${name}`] = context.boolean(header, 'required') === true;
  }
  return unlessEmpty(headers);
}

function responseModelsOf(operation: Cursor, response: Cursor, models: ModelTable, context: ImportContext) {
  const found: Record<string, string> = {};
  const add = (type: string, schema: Cursor | undefined) => {
    const name = schema === undefined ? undefined : models.nameFor(schema);
    if (name !== undefined) found[type] = name;
  };
  if (context.major === 2) {
    for (const type of mediaTypes(operation, 'produces', context)) add(type, response.get('schema'));
  } else {
    for (const [type, media] of context.map(response, 'content')?.entries() ?? [])
      add(type, media.get('schema'));
  }
  return unlessEmpty(found);
}
