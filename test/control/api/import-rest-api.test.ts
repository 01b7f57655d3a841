// ImportRestApi and PutRestApi.

import assert from 'node:assert/strict';
import test from 'node:test';
import { refused, testControl } from '../../support/control.ts';

const bytes = (document: unknown): Uint8Array =>
  Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
const mock = { 'x-amazon-apigateway-integration': { type: 'mock' } };
const document = (paths: object = { '/pets': { get: mock } }, more: object = {}) => ({
  openapi: '3.0.1',
  info: { title: 'Pets', version: '1.0.0', description: 'All of them' },
  paths,
  ...more,
});

test('ImportRestApi: a document becomes an API with resources, methods and models', async (t) => {
  const { call } = await testControl(t);
  const schemas = { Pet: { type: 'object', properties: { name: { type: 'string' } } } };
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } };
  const api = await call('ImportRestApi', {
    body: bytes(
      document(
        { '/pets/{id}': { put: { ...mock, requestBody: { content }, responses: { 200: { content } } } } },
        { components: { schemas } },
      ),
    ),
  });
  const { id, rootResourceId, ...rest } = api;
  assert.deepEqual(rest, {
    name: 'Pets',
    description: 'All of them',
    createdDate: 1704164645,
    version: '1.0.0',
    apiKeySource: 'HEADER',
    endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
    disableExecuteApiEndpoint: false,
  });
  assert.deepEqual((await call('GetRestApi', { restApiId: id })).name, 'Pets');
  const { item: resources } = await call('GetResources', { restApiId: id, embed: ['methods'] });
  assert.deepEqual(
    resources.map((one: { path: string; id: string }) => one.path),
    ['/', '/pets', '/pets/{id}'],
  );
  assert.equal(resources[0].id, rootResourceId);
  const { methodIntegration, methodResponses, ...method } = resources[2].resourceMethods.PUT;
  assert.deepEqual(method, {
    httpMethod: 'PUT',
    authorizationType: 'NONE',
    apiKeyRequired: false,
    requestModels: { 'application/json': 'Pet' },
  });
  assert.deepEqual(methodResponses, {
    200: { statusCode: '200', responseModels: { 'application/json': 'Pet' } },
  });
  assert.equal(methodIntegration.type, 'MOCK');
  const { item: models } = await call('GetModels', { restApiId: id });
  assert.deepEqual(
    models.map(({ name }: { name: string }) => name),
    ['Pet'],
  );
});

test('ImportRestApi: the model Empty is made only when something refers to it', async (t) => {
  const { call } = await testControl(t);
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Empty' } } };
  const operation = { ...mock, responses: { 200: { content } } };
  const { id } = await call('ImportRestApi', { body: bytes(document({ '/': { get: operation } })) });
  const { item } = await call('GetModels', { restApiId: id });
  assert.deepEqual(
    item.map(({ name, schema }: { name: string; schema: string }) => [name, JSON.parse(schema)]),
    [['Empty', { title: 'Empty Schema', type: 'object' }]],
  );
});

test('ImportRestApi: what cannot be read is refused as "Invalid OpenAPI input."', async (t) => {
  const { call } = await testControl(t);
  const texts = [
    '',
    '{',
    '[]',
    'null',
    '"text"',
    'a: [',
    '{"info": {"title": "x"}}',
    '{"swagger": "1.2"}',
    '\t- x',
  ];
  const bodies = [...texts.map(bytes), Uint8Array.of(0x7b, 0xff, 0x7d)];
  for (const body of bodies)
    await refused(call('ImportRestApi', { body }), 'BadRequestException', 'Invalid OpenAPI input.');
  assert.deepEqual((await call('GetRestApis', {})).item, []);
});

test('ImportRestApi: errors and warnings of a document are told in one refusal, and nothing is made', async (t) => {
  const { call } = await testControl(t);
  const body = bytes(
    document({
      '/{a}': { get: mock },
      '/{b}': { get: mock },
      '/c': { trace: {} },
    }),
  );
  await refused(
    call('ImportRestApi', { body }),
    'BadRequestException',
    'Errors found during import:\n\tUnable to create resource at path \'/{b}\': A sibling ({a}) of this resource already has a variable path part -- only one is allowed\nAdditionally, these warnings were found:\n\t"trace" is left out: API Gateway has no TRACE methods',
  );
  assert.deepEqual((await call('GetRestApis', {})).item, []);
});

test('ImportRestApi: warnings are answered, or refuse when they are to fail', async (t) => {
  const { call } = await testControl(t);
  const integration = {
    type: 'http',
    httpMethod: 'GET',
    uri: 'http://example.com',
    requestParameters: { 'integration.request.header.nothing': true },
  };
  const body = bytes(document({ '/test': { get: { 'x-amazon-apigateway-integration': integration } } }));
  const warning =
    "Invalid format for 'requestParameters'. Expected type string for property 'integration.request.header.nothing' of resource '/test' and method 'GET' but got 'true'";
  assert.deepEqual((await call('ImportRestApi', { body })).warnings, [warning]);
  await refused(
    call('ImportRestApi', { body, failOnWarnings: true }),
    'BadRequestException',
    `Warnings found during import:\n\t${warning}`,
  );
  await refused(
    call('ImportRestApi', { body: bytes({ openapi: '3.0.1', info: { title: 't' } }), failOnWarnings: true }),
    'BadRequestException',
    'Warnings found during import:\n\tParse issue: attribute paths is missing',
  );
});

test('ImportRestApi: its parameters choose base path, endpoint type and documentation', async (t) => {
  const { call, control } = await testControl(t);
  const documentation = {
    'x-amazon-apigateway-documentation': {
      version: '1',
      documentationParts: [{ location: { type: 'API' }, properties: { description: 'd' } }],
    },
  };
  const body = bytes(
    document(undefined, { servers: [{ url: 'https://example.com/base-url/part' }], ...documentation }),
  );
  const pathsWith = async (parameters: Record<string, string>) => {
    const { id } = await call('ImportRestApi', { body, parameters });
    const { item } = await call('GetResources', { restApiId: id });
    return item.map(({ path }: { path: string }) => path);
  };
  assert.deepEqual(await pathsWith({}), ['/', '/pets']);
  assert.deepEqual(await pathsWith({ basepath: 'ignore' }), ['/', '/pets']);
  assert.deepEqual(await pathsWith({ basepath: 'prepend' }), [
    '/',
    '/base-url',
    '/base-url/part',
    '/base-url/part/pets',
  ]);
  assert.deepEqual(await pathsWith({ basepath: 'split' }), ['/', '/part', '/part/pets']);
  await refused(
    call('ImportRestApi', { body, parameters: { basepath: 'other' } }),
    'BadRequestException',
    'Invalid basepath specified. Valid options are ignore,prepend,split',
  );

  const regional = await call('ImportRestApi', {
    body,
    parameters: { endpointConfigurationTypes: 'REGIONAL' },
  });
  assert.deepEqual(regional.endpointConfiguration, { types: ['REGIONAL'], ipAddressType: 'ipv4' });
  const closed = await call('ImportRestApi', { body, parameters: { endpointConfigurationTypes: 'PRIVATE' } });
  assert.deepEqual(closed.endpointConfiguration, { types: ['PRIVATE'], ipAddressType: 'dualstack' });
  await refused(
    call('ImportRestApi', { body, parameters: { endpointConfigurationTypes: 'REGIONAL,EDGE' } }),
    'BadRequestException',
    /Cannot create an api with multiple Endpoint Types\./,
  );

  const partsWith = async (parameters: Record<string, string>) => {
    const { id } = await call('ImportRestApi', { body, parameters });
    return control.services.store.view.list('documentationPart', id).length;
  };
  assert.equal(await partsWith({}), 1);
  assert.equal(await partsWith({ ignore: 'documentation' }), 0);
});

test('ImportRestApi: a tag of the document fixes the id of the API and of references between its models', async (t) => {
  const { call } = await testControl(t);
  const tags = [{ name: '_custom_id_', 'x-amazon-apigateway-tag-value': 'my-pets' }];
  const schemas = { Pet: { type: 'object', properties: { friend: { $ref: '#/components/schemas/Pet' } } } };
  const body = bytes(document(undefined, { tags, components: { schemas } }));
  const api = await call('ImportRestApi', { body });
  assert.equal(api.id, 'my-pets');
  assert.deepEqual(api.tags, { _custom_id_: 'my-pets' });
  const { schema } = await call('GetModel', { restApiId: 'my-pets', modelName: 'Pet' });
  assert.match(schema, /restapis\/my-pets\/models\/Pet/);
  await refused(call('ImportRestApi', { body }), 'ConflictException', /my-pets/);
});

test('PutRestApi: overwrite keeps the ids of what stays, drops the rest, and leaves stages as they are', async (t) => {
  const { call } = await testControl(t);
  const before = await call('ImportRestApi', {
    body: bytes(document({ '/pets': { get: mock }, '/old/thing': { get: mock } })),
  });
  const restApiId = before.id;
  await call('CreateDeployment', { restApiId, stageName: 'prod' });
  const stage = await call('GetStage', { restApiId, stageName: 'prod' });
  const pathsAndIds = async () =>
    new Map<string, string>(
      (await call('GetResources', { restApiId })).item.map((one: { path: string; id: string }) => [
        one.path,
        one.id,
      ]),
    );
  const old = await pathsAndIds();

  const answer = await call('PutRestApi', {
    restApiId,
    mode: 'overwrite',
    body: bytes({
      ...document({ '/pets': { put: mock }, '/new': { get: mock } }),
      info: { title: 'Pets 2', version: '2.0' },
    }),
  });
  const { description: _, ...kept } = before;
  assert.deepEqual(answer, { ...kept, name: 'Pets 2', version: '2.0', tags: {} });
  const now = await pathsAndIds();
  assert.deepEqual([...now.keys()], ['/', '/new', '/pets']);
  assert.deepEqual([now.get('/'), now.get('/pets')], [old.get('/'), old.get('/pets')]);
  assert.deepEqual(await call('GetStage', { restApiId, stageName: 'prod' }), stage);
});

test('PutRestApi: merge, which is the default, keeps what the document lacks', async (t) => {
  const { call } = await testControl(t);
  const { id: restApiId } = await call('ImportRestApi', {
    body: bytes(
      document(undefined, {
        'x-amazon-apigateway-api-key-source': 'AUTHORIZER',
        'x-amazon-apigateway-binary-media-types': ['image/png'],
        'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true },
      }),
    ),
    parameters: { endpointConfigurationTypes: 'REGIONAL' },
  });
  const body = bytes({
    ...document({ '/pets': { put: mock } }, { 'x-amazon-apigateway-binary-media-types': ['image/gif'] }),
    info: { title: 'Merged', version: '3' },
  });
  const {
    createdDate: _,
    rootResourceId: __,
    id: ___,
    ...answer
  } = await call('PutRestApi', { restApiId, body });
  assert.deepEqual(answer, {
    name: 'Merged',
    description: 'All of them',
    version: '3',
    binaryMediaTypes: ['image/png', 'image/gif'],
    apiKeySource: 'AUTHORIZER',
    endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' },
    disableExecuteApiEndpoint: true,
    tags: {},
  });
  const { item } = await call('GetResources', { restApiId });
  assert.deepEqual(Object.keys(item[1].resourceMethods).sort(), ['GET', 'PUT']);
});

test('PutRestApi: tags of the API stay, and those of the document come to them', async (t) => {
  const { call } = await testControl(t);
  const { id: restApiId } = await call('CreateRestApi', { name: 'x', tags: { team: 'a', old: 'b' } });
  const tags = [{ name: 'team', 'x-amazon-apigateway-tag-value': 'c' }, { name: 'only described' }];
  const answer = await call('PutRestApi', {
    restApiId,
    mode: 'overwrite',
    body: bytes(document(undefined, { tags })),
  });
  assert.deepEqual(answer.tags, { team: 'c', old: 'b' });
});

test('PutRestApi: an API that is not there, and a document that is refused, change nothing', async (t) => {
  const { call, control } = await testControl(t);
  const body = bytes(document());
  await refused(
    call('PutRestApi', { restApiId: 'none', body }),
    'NotFoundException',
    /^Invalid API identifier specified \d{12}:none$/,
  );
  const { id: restApiId } = await call('ImportRestApi', { body });
  const everything = () =>
    JSON.stringify(
      ['restApi', 'resource', 'model'].map((kind) =>
        control.services.store.view.list(kind as 'model', kind === 'restApi' ? '' : restApiId),
      ),
    );
  const before = everything();
  const broken = [document({ '/ok': { get: mock }, nope: {} }), { swagger: '2.0', info: {}, paths: {} }, 'x'];
  for (const wrong of broken)
    for (const mode of ['merge', 'overwrite'] as const)
      await refused(call('PutRestApi', { restApiId, mode, body: bytes(wrong) }), 'BadRequestException', /./);
  assert.equal(everything(), before);
});

test('PutRestApi: root security protects every method that names none', async (t) => {
  const { call, control } = await testControl(t);
  const authorizer = {
    type: 'apiKey',
    name: 'X-User',
    in: 'header',
    'x-amazon-apigateway-authorizer': {
      type: 'token',
      authorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/x',
    },
  };
  const body = bytes(
    document(
      { '/a': { get: mock }, '/b': { get: { ...mock, security: [] } } },
      { security: [{ users: [] }], components: { securitySchemes: { users: authorizer } } },
    ),
  );
  const { id: restApiId } = await call('ImportRestApi', { body });
  const authorizers = control.services.store.view.list('authorizer', restApiId);
  assert.deepEqual(authorizers, [
    {
      id: authorizers[0]!.id,
      name: 'users',
      type: 'TOKEN',
      authType: 'custom',
      authorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/x',
      identitySource: 'method.request.header.X-User',
      authorizerResultTtlInSeconds: 300,
    },
  ]);
  const methods = control.services.store.view
    .list('resource', restApiId)
    .flatMap(({ path, resourceMethods }) =>
      Object.values(resourceMethods ?? {}).map((one) => ({ path, one })),
    );
  assert.deepEqual(
    methods.map(({ path, one }) => [path, one.authorizationType, one.authorizerId]),
    [
      ['/a', 'CUSTOM', authorizers[0]!.id],
      ['/b', 'NONE', undefined],
    ],
  );
});

test('ImportRestApi: integrations of AWS are read as people write them', async (t) => {
  const { call } = await testControl(t);
  const uri =
    'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:f/invocations';
  const credentials = 'arn:aws:iam::111122223333:role/r';
  const dynamodb = 'arn:aws:apigateway:us-east-1:dynamodb:action/Query';
  const integration = (members: object) => ({ 'x-amazon-apigateway-integration': members });
  const { id } = await call('ImportRestApi', {
    body: bytes(
      document({
        '/': {
          get: integration({ type: 'aws_proxy', httpMethod: 'post', uri }),
          post: integration({ type: 'aws', httpMethod: 'POST', uri: dynamodb, credentials }),
          put: integration({
            type: 'AWS_PROXY',
            httpMethod: 'POST',
            uri,
            responseTransferMode: 'STREAM',
            timeoutInMillis: 900_000,
          }),
        },
      }),
    ),
  });
  const { item } = await call('GetResources', { restApiId: id, embed: ['methods'] });
  const { GET, POST, PUT } = item[0].resourceMethods;
  const shown = ({ methodIntegration: { type, httpMethod, timeoutInMillis } }: typeof GET) => [
    type,
    httpMethod,
    timeoutInMillis,
  ];
  assert.deepEqual([GET, POST, PUT].map(shown), [
    ['AWS_PROXY', 'POST', 29_000],
    ['AWS', 'POST', 29_000],
    ['AWS_PROXY', 'POST', 900_000],
  ]);
  await refused(
    call('ImportRestApi', {
      failOnWarnings: true,
      body: bytes(
        document({ '/': { get: integration({ type: 'aws', httpMethod: 'POST', uri: dynamodb }) } }),
      ),
    }),
    'BadRequestException',
    /Role ARN must be specified for AWS integrations/,
  );
});
