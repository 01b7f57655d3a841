// APIs of all kinds that a gateway can serve, for properties; and requests that find out what they do.

import type { ApiDefinition, Integration, IntegrationResponse } from '../../src/resources/index.ts';
import { api, type MethodSpec, validators } from '../support/api.ts';
import fc from '../support/properties.ts';

const paths = ['/', '/a', '/a/b', '/a/{id}', '/a/{id}/c', '/b/{proxy+}', '/c.d:e'] as const;
const verbs = ['GET', 'POST', 'ANY'] as const;

const modelUrl = 'https://apigateway.amazonaws.com/restapis/testapi001/models/';
const models = {
  Pet: { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object', required: ['name'] },
  Tree: {
    type: 'object',
    required: ['children'],
    properties: {
      children: { type: 'array', items: { $ref: `${modelUrl}Tree` } },
      pet: { $ref: `${modelUrl}Pet` },
    },
  },
  Local: {
    type: 'object',
    properties: { size: { $ref: '#/definitions/size' }, inner: { $ref: '#' } },
    definitions: { size: { type: 'integer', minimum: 0, exclusiveMinimum: true } },
  },
};

const responseTemplate = fc.constantFrom(
  '{"path": "$context.resourcePath", "q": "$input.params(\'q\')"}',
  'id is $input.params().path\n"quoted": \'$stageVariables.none\' \\ é ☃ # ## comment\n',
  "$input.json('$')",
  '',
);
const responseTemplates = fc.option(
  fc.dictionary(fc.constantFrom('application/json', 'text/plain'), responseTemplate, { maxKeys: 2 }),
  { nil: undefined },
);

const response: fc.Arbitrary<Partial<IntegrationResponse>> = fc
  .record({
    responseTemplates,
    header: fc.constantFrom(undefined, '\'constant, with "quotes"\'', 'integration.response.header.x-seen'),
  })
  .map(({ header, responseTemplates: templates }) => ({
    ...(templates === undefined ? {} : { responseTemplates: templates }),
    ...(header === undefined ? {} : { responseParameters: { 'method.response.header.X-Told': header } }),
  }));

const requestTemplate = fc.constantFrom(
  '{"statusCode": 200}',
  '#if($input.params("q") == "4"){"statusCode": 404}#else{"statusCode": 200}#end',
  '## nothing\n{"statusCode": 500, "body": $input.json("$")}',
);

const integration = (backend: string): fc.Arbitrary<Partial<Integration> & Pick<Integration, 'type'>> =>
  fc
    .record({
      type: fc.constantFrom('MOCK' as const, 'HTTP' as const, 'HTTP_PROXY' as const),
      httpMethod: fc.constantFrom('GET', 'POST'),
      uri: fc.constantFrom(`http://${backend}/x`, `http://${backend}/missing?already=here`),
      requestTemplates: fc.option(
        fc.dictionary(fc.constantFrom('application/json', 'text/plain'), requestTemplate, { maxKeys: 2 }),
        { nil: undefined },
      ),
      mapsHeader: fc.boolean(),
      passthroughBehavior: fc.constantFrom(
        'WHEN_NO_MATCH' as const,
        'WHEN_NO_TEMPLATES' as const,
        'NEVER' as const,
      ),
      contentHandling: fc.constantFrom(undefined, 'CONVERT_TO_TEXT' as const, 'CONVERT_TO_BINARY' as const),
      timeoutInMillis: fc.constantFrom(29_000, 5_000),
    })
    .map(({ type, httpMethod, uri, requestTemplates, mapsHeader, contentHandling, ...rest }) => ({
      ...rest,
      type,
      ...(requestTemplates === undefined ? {} : { requestTemplates }),
      ...(contentHandling === undefined ? {} : { contentHandling }),
      ...(type === 'MOCK' ? {} : { httpMethod, uri, connectionType: 'INTERNET' as const }),
      ...(mapsHeader && type !== 'MOCK'
        ? { requestParameters: { 'integration.request.header.X-Sent': 'method.request.querystring.q' } }
        : {}),
    }));

const method = (backend: string): fc.Arbitrary<MethodSpec> =>
  fc
    .record({
      integration: integration(backend),
      ok: response,
      notFound: fc.option(response, { nil: undefined }),
      requiresQ: fc.boolean(),
      h: fc.constantFrom(undefined, true, false),
      requestValidatorId: fc.constantFrom(undefined, ...validators.map(({ id }) => id)),
      model: fc.constantFrom(undefined, 'Pet', 'Tree', 'Local', 'Empty'),
      types: fc.constantFrom(['application/json'], ['application/json', 'text/json']),
    })
    .map(({ ok, notFound, requiresQ, h, requestValidatorId, model, types, ...rest }) => ({
      ...rest,
      responses: { 200: ok, ...(notFound === undefined ? {} : { '404:4\\d\\d': notFound }) },
      requestParameters: {
        'method.request.querystring.q': requiresQ,
        ...(h === undefined ? {} : { 'method.request.header.h': h }),
      },
      ...(requestValidatorId === undefined ? {} : { requestValidatorId }),
      ...(model === undefined
        ? {}
        : { requestModels: Object.fromEntries(types.map((type) => [type, model])) }),
    }));

const gatewayResponse = fc.record(
  {
    statusCode: fc.constantFrom('400', '422'),
    responseParameters: fc.constant({ 'gatewayresponse.header.X-Refused': "'because'" }),
    responseTemplates: fc.constant({ 'application/json': '{"why": $context.error.messageString}' }),
  },
  { requiredKeys: [] },
);

/** @param backend - `host:port` of a server that answers everything */
export const servedApi = (backend: string): fc.Arbitrary<ApiDefinition> =>
  fc
    .record({
      methods: fc.dictionary(
        fc.tuple(fc.constantFrom(...verbs), fc.constantFrom(...paths)).map((pair) => pair.join(' ')),
        method(backend),
        { minKeys: 1, maxKeys: 6 },
      ),
      gatewayResponses: fc.dictionary(
        fc.constantFrom(
          'BAD_REQUEST_BODY',
          'BAD_REQUEST_PARAMETERS',
          'DEFAULT_4XX',
          'MISSING_AUTHENTICATION_TOKEN',
        ),
        gatewayResponse,
        { maxKeys: 3 },
      ),
      restApi: fc.record(
        {
          binaryMediaTypes: fc.constant(['image/png', 'text/plain']),
          minimumCompressionSize: fc.constantFrom(0, 40),
          version: fc.constantFrom('1', '1.10', 'yes'),
          description: fc.constant('some: "text"\nof two lines'),
        },
        { requiredKeys: [] },
      ),
    })
    .map(({ methods, ...spec }) => stored(api(methods, { ...spec, models })));

/** As the management API keeps it: responses under their status codes, and their headers declared by the method. */
function stored(definition: ApiDefinition): ApiDefinition {
  const resources = definition.resources.map((resource) => ({
    ...resource,
    resourceMethods: Object.fromEntries(
      Object.entries(resource.resourceMethods ?? {}).map(([verb, one]) => {
        const responses = Object.values(one.methodIntegration!.integrationResponses!);
        return [
          verb,
          {
            ...one,
            methodResponses: Object.fromEntries(
              responses.map(({ statusCode }) => [
                statusCode,
                { statusCode, responseParameters: { 'method.response.header.X-Told': false } },
              ]),
            ),
            methodIntegration: {
              ...one.methodIntegration!,
              integrationResponses: Object.fromEntries(responses.map((each) => [each.statusCode, each])),
            },
          },
        ];
      }),
    ),
  }));
  return { ...definition, resources };
}

export interface Probe {
  readonly target: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Requests to every path of an API, right and wrong ones, and to one that is not there. */
export function requestsTo({ resources }: ApiDefinition): readonly Probe[] {
  const known = resources.map(({ path }) => path.replace('{id}', '7%20x').replace('{proxy+}', 'deep/er'));
  return [...known, '/nowhere'].flatMap((path): Probe[] => {
    const asJson = { 'content-type': 'application/json', h: '1' };
    return [
      { target: `${path}?q=4`, method: 'GET', headers: { accept: 'text/plain' } },
      { target: path, method: 'POST', headers: asJson, body: '{"name": "x", "children": [], "size": 1}' },
      { target: `${path}?q=1`, method: 'POST', headers: asJson, body: '{"children": [{}], "size": 0}' },
      { target: `${path}?q=1`, method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'text' },
      { target: `${path}?q=2`, method: 'POST', headers: { 'content-type': 'text/json', h: '' }, body: '{}' },
    ];
  });
}
