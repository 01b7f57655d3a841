// Single members of a document, and what becomes of each in the definition.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { ApiDefinition, Method } from '../../src/resources/index.ts';
import { importText } from './support.ts';

interface Document {
  readonly get?: object;
  readonly integration?: object;
  readonly pathItem?: object;
  readonly path?: string;
  readonly root?: object;
}

const mock = { type: 'mock', requestTemplates: { 'application/json': '{"statusCode": 200}' } };

function imported({ get, integration = mock, pathItem, path = '/a/{id}', root }: Document) {
  const operation = {
    responses: { 200: { description: 'ok' } },
    ...get,
    'x-amazon-apigateway-integration': integration,
  };
  const paths = { [path]: { ...pathItem, get: operation } };
  const text = JSON.stringify({ openapi: '3.0.1', info: { title: 't', version: '1' }, paths, ...root });
  const { definition, problems } = importText(text);
  return { definition: definition!, messages: problems.map(({ message }) => message) };
}

const methodOf = ({ resources }: ApiDefinition): Method =>
  resources.find(({ resourceMethods }) => resourceMethods !== undefined)!.resourceMethods!.GET!;
const integrationOf = (document: Document) => methodOf(imported(document).definition).methodIntegration!;

const http = { type: 'http_proxy', httpMethod: 'get', uri: 'https://example.com/' };

test('openapi: tlsConfig keeps both of its members', () => {
  const tlsConfig = { insecureSkipVerification: 'true', serverNameToVerify: 'inner.example.com' };
  assert.deepEqual(integrationOf({ integration: { ...http, tlsConfig } }).tlsConfig, {
    insecureSkipVerification: true,
    serverNameToVerify: 'inner.example.com',
  });
});

test('openapi: a response template that is null is a template without text, a request template that is null is none', () => {
  const { definition, messages } = imported({
    integration: {
      ...mock,
      requestTemplates: { ...mock.requestTemplates, 'text/plain': null },
      responses: { default: { statusCode: 200, responseTemplates: { 'application/json': null } } },
    },
  });
  const { requestTemplates, integrationResponses } = methodOf(definition).methodIntegration!;
  assert.deepEqual(Object.keys(requestTemplates!), ['application/json']);
  assert.deepEqual(integrationResponses!['200']!.responseTemplates, { 'application/json': '' });
  assert.deepEqual(messages, ['The request template "text/plain" is null: there is none']);
});

test('openapi: a mock has neither address nor verb, whatever the document says', () => {
  const { uri, httpMethod } = integrationOf({ integration: { ...http, ...mock } });
  assert.deepEqual([uri, httpMethod], [undefined, undefined]);
});

test('openapi: an integration that is shared by a reference is read, and nothing is told of its place', () => {
  const { definition, messages } = imported({
    integration: { $ref: '#/components/x-amazon-apigateway-integrations/shared' },
    root: { components: { 'x-amazon-apigateway-integrations': { shared: http } } },
  });
  assert.equal(methodOf(definition).methodIntegration!.uri, http.uri);
  assert.deepEqual(messages, []);
});

test('openapi: a path parameter is required, whether or not the document says so; others only if it does', () => {
  const parameters = [
    { name: 'id', in: 'path' },
    { name: 'q', in: 'query' },
    { name: 'h', in: 'header', required: true },
  ];
  assert.deepEqual(methodOf(imported({ get: { parameters } }).definition).requestParameters, {
    'method.request.path.id': true,
    'method.request.querystring.q': false,
    'method.request.header.h': true,
  });
});

test("openapi: an operation's own parameter counts instead of the path item's of the same name and place", () => {
  const shared = [
    { name: 'q', in: 'query', required: true },
    { name: 'r', in: 'query', required: true },
  ];
  const own = [{ name: 'q', in: 'query', required: false }];
  const { definition } = imported({
    get: { parameters: own },
    pathItem: { parameters: shared },
    path: '/a',
  });
  assert.deepEqual(methodOf(definition).requestParameters, {
    'method.request.querystring.q': false,
    'method.request.querystring.r': true,
  });
});

/** A document whose one operation is protected by `authorizer`, in a scheme of its own. */
const guarded = (authorizer: object, scheme: object = {}): Document => ({
  get: { security: [{ door: [] }] },
  root: {
    components: {
      securitySchemes: {
        door: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'custom',
          'x-amazon-apigateway-authorizer': {
            type: 'request',
            authorizerUri:
              'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations',
            ...authorizer,
          },
          ...scheme,
        },
      },
    },
  },
});

test('openapi: the header of a scheme is its identity source, but for the word that stands for several', () => {
  const sourceOf = (document: Document) => imported(document).definition.authorizers[0]!.identitySource;
  assert.equal(sourceOf(guarded({})), 'method.request.header.Authorization');
  assert.equal(sourceOf(guarded({}, { name: 'Unused' })), undefined);
  const several = 'method.request.header.a, context.httpMethod';
  assert.equal(sourceOf(guarded({ identitySource: several }, { name: 'Unused' })), several);
});

test('openapi: an authorizer is called with the role, and filters tokens by the expression, that its document gives', () => {
  const authorizerCredentials = 'arn:aws:iam::111122223333:role/authorizers';
  const given = { type: 'token', authorizerCredentials, identityValidationExpression: 'Bearer .+' };
  const {
    type,
    authorizerCredentials: role,
    identityValidationExpression: expression,
  } = imported(guarded(given)).definition.authorizers[0]!;
  assert.deepEqual([type, role, expression], ['TOKEN', authorizerCredentials, 'Bearer .+']);
});

for (const [seconds, isRight] of [
  [0, true],
  [3600, true],
  [3601, false],
  [-1, false],
  [1.5, false],
] as const) {
  test(`openapi: an authorizer's answers may ${isRight ? '' : 'not '}be kept for ${seconds} seconds`, () => {
    const { messages } = imported(guarded({ authorizerResultTtlInSeconds: seconds }));
    const told = messages.includes('authorizerResultTtlInSeconds should be between 0 and 3600');
    assert.equal(told, !isRight);
  });
}

const keyed = (name: string): object => ({ type: 'apiKey', name, in: 'header' });

test('openapi: an API key is asked for under x-api-key, however that is written, and also beside signatures', () => {
  for (const name of ['x-api-key', 'X-API-Key']) {
    const root = { components: { securitySchemes: { key: keyed(name) } } };
    const security = [{ key: [] }];
    const plain = methodOf(imported({ get: { security }, root }).definition);
    assert.deepEqual([plain.authorizationType, plain.apiKeyRequired], ['NONE', true]);
    const get = { security, 'x-amazon-apigateway-auth': { type: 'aws_iam' } };
    const signed = methodOf(imported({ get, root }).definition);
    assert.deepEqual([signed.authorizationType, signed.apiKeyRequired], ['AWS_IAM', true]);
  }
});

test('openapi: a scheme of signatures is one however its authtype is written', () => {
  for (const authtype of ['awsSigv4', 'AWSSIGV4', 'awssigv4']) {
    const scheme = { ...keyed('Authorization'), 'x-amazon-apigateway-authtype': authtype };
    const { definition, messages } = imported({
      get: { security: [{ sigv4: [] }] },
      root: { components: { securitySchemes: { sigv4: scheme } } },
    });
    assert.deepEqual([methodOf(definition).authorizationType, messages], ['AWS_IAM', []]);
  }
});

test('openapi: a resource policy is kept as JSON text, also where it is written as text', () => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*' }] };
  for (const written of [policy, JSON.stringify(policy)]) {
    const { definition } = imported({ root: { 'x-amazon-apigateway-policy': written } });
    assert.deepEqual(JSON.parse(definition.restApi.policy!), policy);
  }
});

test('openapi: a body of Swagger 2 without `consumes` is of the type application/json', () => {
  const { definition } = importText(
    JSON.stringify({
      swagger: '2.0',
      info: { title: 't', version: '1' },
      definitions: { Pet: { type: 'object' } },
      paths: {
        '/a': {
          get: {
            parameters: [{ name: 'pet', in: 'body', schema: { $ref: '#/definitions/Pet' } }],
            responses: { 200: { description: 'ok', schema: { $ref: '#/definitions/Pet' } } },
            'x-amazon-apigateway-integration': mock,
          },
        },
      },
    }),
  );
  const { requestModels, methodResponses } = methodOf(definition!);
  assert.deepEqual(requestModels, { 'application/json': 'Pet' });
  assert.deepEqual(methodResponses!['200']!.responseModels, { 'application/json': 'Pet' });
});

test('openapi: an extension is told where it may mean something, not within data or as a name', () => {
  const told = { 'x-told': 1 };
  const silent = { 'x-silent': 1 };
  const schema = { type: 'object', properties: silent, example: silent, default: silent, enum: [silent] };
  const { messages } = imported({
    get: {
      ...told,
      requestBody: {
        content: { 'application/json': { schema, example: silent, examples: { one: silent } } },
      },
    },
    root: { components: { schemas: { Pet: { ...schema, ...told } } } },
  });
  assert.deepEqual(messages, ['"x-told" is no extension of API Gateway and has no effect (2 places)']);
});

test('openapi: the endpoint is configured at the root, or at the first server that does so', () => {
  const name = 'x-amazon-apigateway-endpoint-configuration';
  const configured = (vpcEndpointIds: string[]) => ({ disableExecuteApiEndpoint: true, vpcEndpointIds });
  const servers = [
    { url: '/' },
    { url: '/', [name]: configured(['vpce-1']) },
    { url: '/', [name]: configured(['vpce-2']) },
  ];
  const readFrom = (root: object) => {
    const { disableExecuteApiEndpoint, endpointConfiguration } = imported({ root }).definition.restApi;
    return [disableExecuteApiEndpoint, endpointConfiguration.vpcEndpointIds];
  };
  assert.deepEqual(readFrom({}), [false, undefined]);
  assert.deepEqual(readFrom({ servers }), [true, ['vpce-1']]);
  assert.deepEqual(readFrom({ servers, [name]: configured(['vpce-3']) }), [true, ['vpce-3']]);
});

test("openapi: the base path is the first server's variable of that name, else the path of its address", () => {
  const pathsOf = (servers: object[]) => {
    const text = JSON.stringify({
      openapi: '3.0.1',
      info: { title: 't', version: '1' },
      servers,
      paths: { '/e': {} },
    });
    return importText(text, { basepath: 'prepend' }).definition!.resources.at(-1)!.path;
  };
  const variables = { basePath: { default: '/from/variable' }, stage: { default: 'beta' } };
  assert.equal(pathsOf([]), '/e');
  assert.equal(pathsOf([{ url: 'https://example.com/a/b?c#d' }, { url: '/other' }]), '/a/b/e');
  assert.equal(pathsOf([{ url: 'https://example.com/a', variables }]), '/from/variable/e');
  assert.equal(
    pathsOf([{ url: 'https://example.com/{stage}/a', variables: { stage: variables.stage } }]),
    '/beta/a/e',
  );
});
