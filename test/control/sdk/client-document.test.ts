// The OpenAPI document that client generators are given.

import assert from 'node:assert/strict';
import test from 'node:test';
import { clientDocumentOf } from '../../../src/control/sdk/client-document.ts';
import { clientSchemas } from '../../../src/control/sdk/client-schema.ts';
import { api, mock } from '../../support/api.ts';
import fc from '../../support/properties.ts';

const invokeUrl = 'https://testapi001.execute-api.us-east-1.example.com/test';
const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const modelUrl = (name: string) => `https://apigateway.amazonaws.com/restapis/testapi001/models/${name}`;

const model = (name: string, schema: unknown, contentType = 'application/json') => ({
  id: name,
  name,
  contentType,
  schema: JSON.stringify(schema),
});

test('SDK document: has a method for each verb, its parameters, models and security', () => {
  const definition = api(
    {
      'GET /files/{path+}': mock('', {
        requestParameters: {
          'method.request.querystring.v': true,
          'method.request.header.Authorization': false,
        },
      }),
      'PUT /files/{path+}': mock('', {
        apiKeyRequired: true,
        authorizationType: 'CUSTOM',
        authorizerId: 'auth01',
        requestModels: { 'application/json': 'File', 'text/plain': 'gone' },
      }),
    },
    { models: { File: { type: 'object' } }, restApi: { name: 'Files', version: 'v2' } },
  );
  const identitySource = 'method.request.header.X-Token';
  const authorizers = [{ id: 'auth01', name: 'tokens', type: 'TOKEN' as const, identitySource }];
  const path = { name: 'path', in: 'path', required: true, schema: { type: 'string' } };
  const anyJson = { 'application/json': { schema: {} } };
  const responses = { 200: { description: '200 response', content: anyJson } };
  const document = clientDocumentOf({ definition: { ...definition, authorizers }, invokeUrl, tag: 'Files' });
  assert.deepEqual(document, {
    openapi: '3.0.1',
    info: { title: 'Files', version: 'v2' },
    servers: [{ url: invokeUrl }],
    paths: {
      '/files/{path}': {
        get: {
          operationId: 'filesPathGet',
          tags: ['Files'],
          parameters: [path, { name: 'v', in: 'query', required: true, schema: { type: 'string' } }],
          responses,
        },
        put: {
          operationId: 'filesPathPut',
          tags: ['Files'],
          parameters: [path, { name: 'X-Token', in: 'header', required: false, schema: { type: 'string' } }],
          requestBody: {
            required: false,
            content: { 'application/json': { schema: refTo('File') }, 'text/plain': { schema: {} } },
          },
          responses,
          security: [{ api_key: [], authorizer_auth01: [] }],
        },
      },
    },
    components: {
      schemas: { File: { type: 'object' } },
      securitySchemes: {
        api_key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
        authorizer_auth01: {
          type: 'apiKey',
          name: 'X-Token',
          in: 'header',
          description: 'Token of the authorizer tokens',
        },
      },
    },
  });
});

test('SDK document: models are draft 4 made OpenAPI 3.0', () => {
  const schemas = clientSchemas([
    model('Pet', {
      $schema: 'http://json-schema.org/draft-04/schema#',
      id: 'x',
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: ['string', 'null'], minLength: 1 },
        either: { type: ['string', 'integer'] },
        tag: { $ref: '#/definitions/a~1b' },
        parent: { $ref: '#' },
        owner: { $ref: modelUrl('Owner') },
        list: { type: 'array' },
        pair: { type: 'array', items: [{ type: 'string' }] },
        map: { type: 'object', additionalProperties: { type: 'integer' } },
      },
      additionalProperties: false,
      patternProperties: { '^x': {} },
      definitions: { 'a/b': { enum: ['x'], required: [] } },
    }),
    model('Owner', { allOf: [{ $ref: modelUrl('Pet') }, { exclusiveMinimum: true, minimum: 1 }] }),
    model('PetAb', { type: 'string' }),
    model('Xml', { type: 'string' }, 'application/xml'),
  ]);
  assert.deepEqual(schemas, {
    Pet: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', nullable: true, minLength: 1 },
        either: {},
        tag: refTo('PetAb2'),
        parent: refTo('Pet'),
        owner: refTo('Owner'),
        list: { type: 'array', items: {} },
        pair: { type: 'array', items: {} },
        map: { type: 'object', additionalProperties: { type: 'integer' } },
      },
    },
    PetAb2: { enum: ['x'] },
    Owner: { allOf: [refTo('Pet'), { minimum: 1, exclusiveMinimum: true }] },
    PetAb: { type: 'string' },
    Xml: {},
  });
});

test('SDK document: no reference leads out of it', () => {
  const refs = fc.constantFrom(
    'file:///etc/passwd',
    'http://127.0.0.1/models/A',
    '#/definitions/a',
    '#/definitions/none',
    '#/properties/a',
    '../a.json',
    '#',
    modelUrl('A'),
    modelUrl('None'),
  );
  const schema = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      refs.map(($ref) => ({ $ref })),
      fc.record({ items: tie('any'), type: fc.constant('array') }),
      fc.record({
        properties: fc.dictionary(fc.string(), tie('any')),
        definitions: fc.record({ a: tie('any') }),
      }),
      fc.record({ anyOf: fc.array(tie('any')), additionalProperties: tie('any') }),
      fc.jsonValue(),
    ),
  })).any;
  fc.assert(
    fc.property(schema, schema, (a, b) => {
      const schemas = clientSchemas([model('A', a), model('B', b)]);
      const text = JSON.stringify(schemas);
      for (const [, ref] of text.matchAll(/"\$ref":"([^"]*)"/g)) {
        const name = /^#\/components\/schemas\/(\w+)$/.exec(ref!)?.[1];
        assert.ok(name !== undefined && Object.hasOwn(schemas, name), ref);
      }
    }),
  );
});
