import assert from 'node:assert/strict';
import test from 'node:test';
import { hasErrors, importDefinition, unsafeToServe } from '../../src/control/openapi/index.ts';

const uri = 'arn:aws:apigateway:us-east-1:introspection:path/main';
const document = JSON.stringify({
  openapi: '3.0.1',
  info: { title: 'opaque', version: '1' },
  paths: {
    '/a': {
      get: {
        security: [{ opaque: ['pets/read'] }],
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': { type: 'mock' },
      },
    },
  },
  components: {
    securitySchemes: {
      opaque: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': {
          type: 'token',
          authorizerUri: uri,
          authorizerResultTtlInSeconds: 60,
        },
      },
    },
  },
});

test('import: an introspection URI stands where a function would, and its method may be served', () => {
  const { definition, problems } = importDefinition(document);
  assert.ok(definition !== undefined && !hasErrors(problems), JSON.stringify(problems));
  const [authorizer] = definition.authorizers;
  assert.deepEqual(
    [authorizer?.type, authorizer?.authorizerUri, authorizer?.identitySource],
    ['TOKEN', uri, 'method.request.header.Authorization'],
  );
  const method = definition.resources.find(({ path }) => path === '/a')!.resourceMethods!.GET!;
  assert.deepEqual(
    [method.authorizationType, method.authorizerId, method.authorizationScopes],
    ['CUSTOM', authorizer?.id, ['pets/read']],
  );
  assert.ok(!hasErrors(unsafeToServe(definition)));
});
