// A short way to write APIs in tests: `api({ 'GET /pets/{id}': { ... } })`.

import type {
  ApiDefinition,
  Authorizer,
  GatewayResponse,
  HttpMethod,
  Integration,
  IntegrationResponse,
  Method,
  MethodResponse,
  Model,
  RequestValidator,
  Resource,
  RestApi,
} from '../../src/resources/index.ts';

export interface MethodSpec extends Partial<Omit<Method, 'methodResponses' | 'methodIntegration'>> {
  readonly integration: Partial<Integration> & { readonly type: Integration['type'] };
  /** `200`, or `200:5\\d\\d` with a selectionPattern -> integration response. Method responses follow from them. */
  readonly responses?: Readonly<Record<string, Partial<IntegrationResponse>>>;
  /** Declared status codes; default: those of `responses`. */
  readonly declares?: readonly string[];
}

export interface ApiSpec {
  readonly id?: string;
  readonly restApi?: Partial<RestApi>;
  readonly models?: Readonly<Record<string, unknown>>;
  readonly validators?: readonly RequestValidator[];
  readonly gatewayResponses?: Readonly<Record<string, Partial<GatewayResponse>>>;
  readonly authorizers?: readonly Authorizer[];
}

export const validators: readonly RequestValidator[] = [
  { id: 'all', name: 'all', validateRequestBody: true, validateRequestParameters: true },
  { id: 'body', name: 'body', validateRequestBody: true, validateRequestParameters: false },
  { id: 'params', name: 'params', validateRequestBody: false, validateRequestParameters: true },
];

/** Builds a whole definition. Keys of `methods` are `VERB /path`. */
export function api(methods: Readonly<Record<string, MethodSpec>>, spec: ApiSpec = {}): ApiDefinition {
  const id = spec.id ?? 'testapi001';
  const byPath = new Map<string, { id: string; methods: Partial<Record<HttpMethod, Method>> }>([
    ['/', { id: 'root000000', methods: {} }],
  ]);
  for (const [key, method] of Object.entries(methods)) {
    const [verb, path] = key.split(' ') as [HttpMethod, string];
    for (const prefix of prefixes(path))
      if (!byPath.has(prefix))
        byPath.set(prefix, { id: `res${String(byPath.size).padStart(7, '0')}`, methods: {} });
    const entry = byPath.get(path)!;
    entry.methods[verb] = methodOf(verb, method, entry.id);
  }
  const resources = [...byPath].map(([path, { id: resourceId, methods: own }]): Resource => {
    if (path === '/') return { id: resourceId, path, resourceMethods: own };
    const slash = path.lastIndexOf('/');
    const parentId = byPath.get(path.slice(0, slash) || '/')!.id;
    return { id: resourceId, parentId, pathPart: path.slice(slash + 1), path, resourceMethods: own };
  });
  const restApi: RestApi = {
    id,
    name: 'test api',
    createdDate: '2026-01-01T00:00:00.000Z',
    apiKeySource: 'HEADER',
    endpointConfiguration: { types: ['REGIONAL'] },
    disableExecuteApiEndpoint: false,
    rootResourceId: 'root000000',
    ...spec.restApi,
  };
  const models = Object.entries(spec.models ?? {}).map(
    ([name, schema], i): Model => ({
      id: `mod${String(i).padStart(3, '0')}`,
      name,
      contentType: 'application/json',
      schema: typeof schema === 'string' ? schema : JSON.stringify(schema),
    }),
  );
  const gatewayResponses = Object.entries(spec.gatewayResponses ?? {}).map(
    ([responseType, response]): GatewayResponse => ({ responseType, defaultResponse: false, ...response }),
  );
  return {
    restApi,
    resources,
    models,
    requestValidators: spec.validators ?? validators,
    authorizers: spec.authorizers ?? [],
    gatewayResponses,
    documentationParts: [],
  };
}

function prefixes(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`);
}

function methodOf(httpMethod: HttpMethod, spec: MethodSpec, resourceId: string): Method {
  const { integration, responses = {}, declares, ...method } = spec;
  const integrationResponses: Record<string, IntegrationResponse> = {};
  const methodResponses: Record<string, MethodResponse> = {};
  for (const [key, response] of Object.entries(responses)) {
    const colon = key.indexOf(':');
    const statusCode = colon < 0 ? key : key.slice(0, colon);
    const pattern = colon < 0 ? {} : { selectionPattern: key.slice(colon + 1) };
    integrationResponses[key] = { statusCode, ...pattern, ...response };
  }
  for (const statusCode of declares ?? Object.values(integrationResponses).map((one) => one.statusCode))
    methodResponses[statusCode] = { statusCode };
  return {
    httpMethod,
    authorizationType: 'NONE',
    apiKeyRequired: false,
    ...method,
    methodResponses,
    methodIntegration: {
      passthroughBehavior: 'WHEN_NO_MATCH',
      timeoutInMillis: 29_000,
      cacheNamespace: resourceId,
      ...(integration.type === 'MOCK' ? {} : { httpMethod: 'POST' }),
      ...integration,
      integrationResponses,
    },
  };
}

/** The usual mock: `{"statusCode": 200}` and a constant body. */
export function mock(body: string, more: Partial<MethodSpec> = {}): MethodSpec {
  return {
    integration: { type: 'MOCK', requestTemplates: { 'application/json': '{"statusCode": 200}' } },
    responses: { 200: { responseTemplates: { 'application/json': body } } },
    ...more,
  };
}
