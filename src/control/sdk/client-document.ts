// The OpenAPI 3.0 document that client generators are given. It says less than an export, and other things: every verb
// of ANY, the names of methods, no greedy path parameters, no references out of the document.

import type { ApiDefinition, Authorizer, Method } from '../../resources/index.ts';
import { type ClientMethod, type ClientParameter, clientMethodsOf } from './client-methods.ts';
import { anyValue, clientSchemas, type Schemas, schemaRef } from './client-schema.ts';

type Json = Record<string, unknown>;

export interface ClientDocument {
  readonly definition: ApiDefinition;
  readonly invokeUrl: string;
  /** Clients group methods by it: the name of the class that has them. */
  readonly tag: string;
}

export function clientDocumentOf({ definition, invokeUrl, tag }: ClientDocument): Json {
  const { restApi, models, authorizers } = definition;
  const schemas = clientSchemas(models);
  const paths: Record<string, Json> = {};
  const methods = clientMethodsOf(definition);
  for (const method of methods) {
    const path = method.path.replaceAll('+}', '}');
    paths[path] ??= {};
    paths[path][method.verb.toLowerCase()] = operationOf(method, tag, schemas);
  }
  return {
    openapi: '3.0.1',
    info: {
      title: restApi.name,
      version: restApi.version ?? '1.0.0',
      ...(restApi.description === undefined ? {} : { description: restApi.description }),
    },
    servers: [{ url: invokeUrl }],
    paths,
    components: { schemas, securitySchemes: securitySchemesOf(authorizers, methods) },
  };
}

function operationOf({ name, verb, parameters, method }: ClientMethod, tag: string, schemas: Schemas): Json {
  const body = requestBodyOf(verb, method, schemas);
  const security = securityOf(method);
  return {
    operationId: name,
    tags: [tag],
    // Authorization and x-api-key are for the security schemes: generators refuse them as parameters.
    parameters: parameters.filter(({ name: one }) => !isSecurityHeader(one)).map(parameterOf),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: responsesOf(method, schemas),
    ...(security === undefined ? {} : { security: [security] }),
  };
}

const isSecurityHeader = (name: string): boolean => /^(authorization|x-api-key)$/i.test(name);

const parameterOf = ({ name, place, isRequired }: ClientParameter): Json => ({
  name,
  in: place,
  required: isRequired,
  schema: { type: 'string' },
});

/** A method without models takes any JSON where its verb has a body. */
function requestBodyOf(verb: string, { requestModels = {} }: Method, schemas: Schemas): Json | undefined {
  if (!['PATCH', 'POST', 'PUT'].includes(verb)) return undefined;
  return { required: false, content: contentOf(requestModels, schemas) };
}

function contentOf(models: Readonly<Record<string, string>>, schemas: Schemas): Json {
  const known = Object.entries(models).filter(([type]) => type.includes('/'));
  if (known.length === 0) return { 'application/json': { schema: anyValue } };
  const content = known.map(([type, name]) => [
    type,
    { schema: Object.hasOwn(schemas, name) ? schemaRef(name) : anyValue },
  ]);
  return Object.fromEntries(content);
}

function responsesOf({ methodResponses = {} }: Method, schemas: Schemas): Json {
  const declared = Object.values(methodResponses).map(({ statusCode, responseModels = {} }) => [
    statusCode,
    { description: `${statusCode} response`, content: contentOf(responseModels, schemas) },
  ]);
  if (declared.length > 0) return Object.fromEntries(declared);
  return { 200: { description: '200 response', content: contentOf({}, schemas) } };
}

const signature = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  description: 'Signature Version 4, service execute-api',
};

/** Those that a method asks for: clients have a setting for each. */
function securitySchemesOf(authorizers: readonly Authorizer[], methods: readonly ClientMethod[]): Json {
  const used = new Set(methods.flatMap(({ method }) => Object.keys(securityOf(method) ?? {})));
  const schemes: [string, Json][] = [
    ['api_key', { type: 'apiKey', name: 'x-api-key', in: 'header' }],
    ['sigv4', signature],
    ...authorizers.map((one): [string, Json] => [schemeName(one.id), schemeOf(one)]),
  ];
  return Object.fromEntries(schemes.filter(([name]) => used.has(name)));
}

function schemeOf({ name, identitySource = '' }: Authorizer): Json {
  const source = /^\s*method\.request\.(header|querystring)\.([^,]+)/.exec(identitySource);
  return {
    type: 'apiKey',
    name: source?.[2]?.trim() ?? 'Authorization',
    in: source?.[1] === 'querystring' ? 'query' : 'header',
    description: `Token of the authorizer ${name}`,
  };
}

const schemeName = (authorizerId: string): string => `authorizer_${authorizerId}`;

/** All of these together; undefined where a method asks for none. */
function securityOf({ apiKeyRequired, authorizationType, authorizerId }: Method): Json | undefined {
  const security: Json = {};
  if (apiKeyRequired) security.api_key = [];
  if (authorizationType === 'AWS_IAM') security.sigv4 = [];
  else if (authorizationType !== 'NONE' && authorizerId !== undefined)
    security[schemeName(authorizerId)] = [];
  return Object.keys(security).length === 0 ? undefined : security;
}
