// GetExport.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import type { FileAnswer } from '../../../src/control/api/handler.ts';
import type { Input } from '../../../src/control/protocol/operations.ts';
import { refused, type TestControl, testControl } from '../../support/control.ts';

const documents = join(import.meta.dirname, '../../openapi/documents');

/** Imports a document of the collection and deploys it. @returns the API's id */
async function deployed({ call }: TestControl, document: string | object): Promise<string> {
  const body =
    typeof document === 'string'
      ? readFileSync(join(documents, document))
      : Buffer.from(JSON.stringify(document));
  const { id: restApiId } = await call('ImportRestApi', { body });
  await call('CreateDeployment', { restApiId, stageName: 'prod' });
  return restApiId;
}

async function exported(
  { call }: TestControl,
  restApiId: string,
  exportType: string,
  extensions?: string,
  more: Partial<Input<'GetExport'>> = {},
) {
  const parameters = extensions === undefined ? {} : { parameters: { extensions } };
  const input = { restApiId, stageName: 'prod', exportType, ...parameters, ...more };
  const file = (await call('GetExport', input)) as FileAnswer;
  const text = new TextDecoder().decode(file.body);
  return { file, text, document: parse(text) };
}

const pets = {
  openapi: '3.0.1',
  info: { title: 'Pets', version: '1.0.0' },
  paths: {
    '/pets/{id}': {
      post: {
        operationId: 'addPet',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'page', in: 'query', schema: { type: 'string' } },
          { name: 'X-Trace', in: 'header', required: true, schema: { type: 'string' } },
        ],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } },
        responses: {
          200: {
            description: 'as written here, which an import does not keep',
            headers: { ETag: { schema: { type: 'string' } } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
          404: { description: '' },
        },
        'x-amazon-apigateway-integration': {
          type: 'http',
          httpMethod: 'POST',
          uri: 'http://example.com/{id}',
          requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
          responses: {
            default: {
              statusCode: '200',
              responseParameters: { 'method.response.header.ETag': 'integration.response.header.ETag' },
            },
            '404': { statusCode: '404' },
          },
        },
      },
    },
  },
  components: { schemas: { Pet: { type: 'object', properties: { name: { type: 'string' } } } } },
  'x-amazon-apigateway-binary-media-types': ['image/png'],
};
const Pet = pets.components.schemas.Pet;

test('GetExport: oas30 is OpenAPI 3.0.1 of what the stage serves', async (t) => {
  const control = await testControl(t);
  const id = await deployed(control, pets);
  const { file, document } = await exported(control, id, 'oas30');
  assert.equal(file.contentType, 'application/octet-stream');
  assert.equal(file.contentDisposition, 'attachment; filename="oas30_1.0.0.json"');
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } };
  assert.deepEqual(document, {
    openapi: '3.0.1',
    info: { title: 'Pets', version: '1.0.0' },
    servers: [
      {
        url: `https://${id}.execute-api.us-east-1.localhost:8080/{basePath}`,
        variables: { basePath: { default: 'prod' } },
      },
    ],
    paths: {
      '/pets/{id}': {
        post: {
          operationId: 'addPet',
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'page', in: 'query', schema: { type: 'string' } },
            { name: 'X-Trace', in: 'header', required: true, schema: { type: 'string' } },
          ],
          requestBody: { content, required: true },
          responses: {
            200: { description: '200 response', headers: { ETag: { schema: { type: 'string' } } }, content },
            404: { description: '404 response', content: {} },
          },
        },
      },
    },
    components: { schemas: { Pet } },
  });
});

test('GetExport: swagger is Swagger 2.0 of what the stage serves', async (t) => {
  const control = await testControl(t);
  const id = await deployed(control, pets);
  const { file, document } = await exported(control, id, 'swagger', 'integrations');
  assert.equal(file.contentDisposition, 'attachment; filename="swagger_1.0.0.json"');
  assert.deepEqual(document, {
    swagger: '2.0',
    info: { title: 'Pets', version: '1.0.0' },
    host: `${id}.execute-api.us-east-1.localhost:8080`,
    basePath: '/prod',
    schemes: ['https'],
    paths: {
      '/pets/{id}': {
        post: {
          operationId: 'addPet',
          consumes: ['application/json'],
          produces: ['application/json'],
          parameters: [
            { name: 'id', in: 'path', required: true, type: 'string' },
            { name: 'page', in: 'query', required: false, type: 'string' },
            { name: 'X-Trace', in: 'header', required: true, type: 'string' },
            { name: 'Pet', in: 'body', required: true, schema: { $ref: '#/definitions/Pet' } },
          ],
          responses: {
            200: {
              description: '200 response',
              headers: { ETag: { type: 'string' } },
              schema: { $ref: '#/definitions/Pet' },
            },
            404: { description: '404 response' },
          },
          'x-amazon-apigateway-integration': {
            type: 'http',
            httpMethod: 'POST',
            uri: 'http://example.com/{id}',
            responses: {
              default: {
                statusCode: '200',
                responseParameters: { 'method.response.header.ETag': 'integration.response.header.ETag' },
              },
              '404': { statusCode: '404' },
            },
            requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
            passthroughBehavior: 'when_no_match',
          },
        },
      },
    },
    definitions: { Pet },
    'x-amazon-apigateway-binary-media-types': ['image/png'],
  });
});

test('GetExport: the smallest API has empty components, and a time as version when it has none', async (t) => {
  const control = await testControl(t);
  const { id: restApiId, rootResourceId: resourceId } = await control.call('CreateRestApi', {
    name: 'Small',
  });
  await control.call('PutMethod', { restApiId, resourceId, httpMethod: 'GET', authorizationType: 'NONE' });
  await control.call('PutIntegration', { restApiId, resourceId, httpMethod: 'GET', type: 'MOCK' });
  await control.call('CreateDeployment', { restApiId, stageName: 'prod' });
  const { file, document } = await exported(control, restApiId, 'oas30');
  assert.equal(file.contentDisposition, 'attachment; filename="oas30_2024-01-02T03:04:05Z.json"');
  assert.deepEqual(document.info, { title: 'Small', version: '2024-01-02T03:04:05Z' });
  assert.deepEqual(document.components, {});
  assert.deepEqual(document.paths, { '/': { get: { responses: {} } } });
  assert.equal((await exported(control, restApiId, 'swagger')).document.definitions, undefined);
});

test('GetExport: what was changed after the deployment is not in it', async (t) => {
  const control = await testControl(t);
  const restApiId = await deployed(control, pets);
  const body = Buffer.from(JSON.stringify({ ...pets, paths: {}, info: { title: 'Later', version: '2' } }));
  await control.call('PutRestApi', { restApiId, mode: 'overwrite', body });
  const { document } = await exported(control, restApiId, 'oas30');
  assert.equal(document.info.title, 'Pets');
  assert.deepEqual(Object.keys(document.paths), ['/pets/{id}']);
});

test('GetExport: security is in every export, its extensions only when they are asked for', async (t) => {
  const control = await testControl(t);
  const id = await deployed(control, 'bank.yaml');
  const plain = (await exported(control, id, 'swagger')).document;
  assert.deepEqual(plain.securityDefinitions, {
    users: { type: 'apiKey', name: 'X-User', in: 'header' },
    sources: { type: 'apiKey', name: 'Unused', in: 'header' },
    pool: { type: 'apiKey', name: 'Authorization', in: 'header' },
    api_key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
    sigv4: { type: 'apiKey', name: 'Authorization', in: 'header' },
  });
  const securities = Object.entries(plain.paths).flatMap(([path, item]) =>
    Object.entries(item as object).map(([verb, operation]) => [`${verb} ${path}`, operation.security]),
  );
  assert.deepEqual(Object.fromEntries(securities), {
    'get /accounts': [{ users: [] }],
    'post /accounts': [{ pool: ['accounts.write', 'accounts.read'] }, { api_key: [] }],
    'get /accounts/{id}': [{ sources: [] }],
    'delete /accounts/{id}': [{ sigv4: [] }],
    'get /rates': undefined,
    'get /statements': [{ sigv4: [] }],
  });
  const { securityDefinitions } = (await exported(control, id, 'swagger', 'authorizers')).document;
  assert.equal(securityDefinitions.sigv4['x-amazon-apigateway-authtype'], 'awsSigv4');
  assert.equal(securityDefinitions.pool['x-amazon-apigateway-authtype'], 'cognito_user_pools');
  assert.deepEqual(securityDefinitions.users['x-amazon-apigateway-authorizer'], {
    type: 'token',
    authorizerUri:
      'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:users/invocations',
    identityValidationExpression: '^x-[a-z]+',
    authorizerResultTtlInSeconds: 60,
  });
});

test('GetExport: each word of extensions brings its own part; apigateway brings all that an import needs', async (t) => {
  const control = await testControl(t);
  const id = await deployed(control, 'weather.yaml');
  const roots = async (extensions?: string) => {
    const { document } = await exported(control, id, 'oas30', extensions);
    const operation = document.paths['/forecast'].get;
    return [...Object.keys(document), ...Object.keys(operation)].filter((key) => key.startsWith('x-')).sort();
  };
  const x = (...names: string[]) => names.map((name) => `x-amazon-apigateway-${name}`);
  const cases: [string | undefined, string[]][] = [
    [undefined, []],
    ['', []],
    ['unheard-of', []],
    ['integrations', x('integration')],
    ['authorizers', []],
    ['validators', x('request-validator', 'request-validators')],
    ['gatewayresponses', x('gateway-responses')],
    ['integrations, gatewayresponses', x('gateway-responses', 'integration')],
    [
      'apigateway',
      x(
        ...['endpoint-configuration', 'gateway-responses', 'integration', 'request-validator'],
        ...['request-validators', 'security-policy'],
      ),
    ],
  ];
  for (const [extensions, expected] of cases) assert.deepEqual(await roots(extensions), expected, extensions);
  const { document } = await exported(control, id, 'oas30', 'apigateway');
  assert.deepEqual(document.tags, [{ name: 'team', 'x-amazon-apigateway-tag-value': 'sky' }]);
});

test('GetExport: the documentation of the stage stands where OpenAPI has a place for it', async (t) => {
  const control = await testControl(t);
  const id = await deployed(control, 'weather.yaml');
  const before = (await exported(control, id, 'oas30', 'documentation')).document;
  assert.equal(before['x-amazon-apigateway-documentation'], undefined);

  const { store } = control.control.services;
  await store.write((transaction) => {
    const parts = transaction.list('documentationPart', id);
    const version = { version: 'v1', createdDate: '2024-02-03T04:05:06.000Z', parts };
    transaction.put('documentationVersion', id, 'v1', version);
    const stage = transaction.get('stage', id, 'prod')!;
    transaction.put('stage', id, 'prod', { ...stage, documentationVersion: 'v1' });
  });
  const { document } = await exported(control, id, 'oas30', 'documentation');
  assert.deepEqual(document.info, {
    title: 'Weather',
    description: 'Rain or shine',
    contact: { name: 'Sky' },
    version: '2',
  });
  const item = document.paths['/forecast'];
  assert.equal(item.description, 'What comes');
  assert.deepEqual([item.get.summary, item.get.tags], ['Ask the sky', ['forecast']]);
  assert.equal(item.get.parameters[0].description, 'A city');
  assert.equal(item.get.responses['200'].description, 'Said');
  const extension = document['x-amazon-apigateway-documentation'];
  assert.deepEqual([extension.version, extension.createdDate], ['v1', '2024-02-03T04:05:06Z']);
  assert.deepEqual(extension.documentationParts[0], {
    location: { type: 'API' },
    properties: { description: 'Rain or shine', info: { contact: { name: 'Sky' } } },
  });
});

test('GetExport: postman learns how calls are signed that IAM protects', async (t) => {
  const control = await testControl(t);
  const id = await deployed(control, 'bank.yaml');
  const { document } = await exported(control, id, 'oas30', 'postman');
  const meta = document.paths['/accounts/{id}'].delete['x-postman-meta'];
  assert.deepEqual([meta.currentHelper, meta.helperAttributes.region], ['awsSigV4', 'us-east-1']);
  assert.equal(document.paths['/rates'].get['x-postman-meta'], undefined);
});

test('GetExport: YAML is the same document', async (t) => {
  const control = await testControl(t);
  for (const name of ['library.json', 'media.yaml', 'bank.yaml', 'tree.json']) {
    const id = await deployed(control, name);
    for (const exportType of ['oas30', 'swagger']) {
      const json = await exported(control, id, exportType, 'apigateway', { accepts: 'application/json' });
      const yaml = await exported(control, id, exportType, 'apigateway', { accepts: 'application/yaml' });
      assert.deepEqual(yaml.document, JSON.parse(json.text));
      assert.match(yaml.file.contentDisposition, new RegExp(`filename="${exportType}_.*\\.yaml"$`));
      assert.equal(yaml.file.contentType, 'application/octet-stream');
    }
  }
});

test('GetExport: references inside a model lead to its own place in the document', async (t) => {
  const control = await testControl(t);
  const { call } = control;
  const { id: restApiId, rootResourceId: resourceId } = await call('CreateRestApi', { name: 'x' });
  const schema = JSON.stringify({
    $schema: 'http://json-schema.org/draft-04/schema#',
    type: 'object',
    properties: { a: { $ref: '#/definitions/inner' }, b: { $ref: '#' } },
    definitions: { inner: { type: 'string' } },
  });
  await call('CreateModel', { restApiId, name: 'Outer', contentType: 'application/json', schema });
  await call('CreateModel', { restApiId, name: 'Xml', contentType: 'application/xml', schema: '<x/>' });
  await call('PutMethod', {
    ...{ restApiId, resourceId, httpMethod: 'POST', authorizationType: 'NONE' },
    requestModels: { 'application/json': 'Empty', 'application/xml': 'Xml' },
  });
  await call('PutIntegration', { restApiId, resourceId, httpMethod: 'POST', type: 'MOCK' });
  await call('CreateDeployment', { restApiId, stageName: 'prod' });
  const { document } = await exported(control, restApiId, 'oas30');
  assert.deepEqual(document.components.schemas, {
    Empty: { title: 'Empty Schema', type: 'object' },
    Outer: {
      type: 'object',
      properties: {
        a: { $ref: '#/components/schemas/Outer/definitions/inner' },
        b: { $ref: '#/components/schemas/Outer' },
      },
      definitions: { inner: { type: 'string' } },
    },
  });
  assert.deepEqual(document.paths['/'].post.requestBody, {
    content: {
      'application/json': { schema: { $ref: '#/components/schemas/Empty' } },
      'application/xml': {},
    },
    required: true,
  });
});

test('GetExport: a policy is kept with the ARN of its API, and exported without it', async (t) => {
  const control = await testControl(t);
  const id = await deployed(control, 'bank.yaml');
  const policy = JSON.parse(control.control.services.store.view.get('restApi', '', id)!.policy!);
  const arn = `arn:aws:execute-api:us-east-1:111122223333:${id}`;
  const resources = ({ Statement: [allow, deny] }: typeof policy) => [allow.Resource, deny.Resource];
  assert.deepEqual(resources(policy), [[`${arn}/*`], `${arn}/*/DELETE/*`]);
  const { document } = await exported(control, id, 'oas30', 'apigateway');
  assert.deepEqual(resources(document['x-amazon-apigateway-policy']), [
    ['execute-api:/*'],
    'execute-api:/*/DELETE/*',
  ]);
});

test('GetExport: what is not there, and types that nobody exports, are refused', async (t) => {
  const control = await testControl(t);
  const restApiId = await deployed(control, pets);
  await refused(exported(control, 'unknown', 'a'), 'NotFoundException', 'Invalid stage identifier specified');
  await refused(
    exported(control, restApiId, 'swagger', '', { stageName: 'other' }),
    'NotFoundException',
    'Invalid stage identifier specified',
  );
  for (const type of ['a', 'OAS30', 'oas31', ''])
    await refused(
      exported(control, restApiId, type),
      'BadRequestException',
      `No API exporter for type '${type}'`,
    );
});
