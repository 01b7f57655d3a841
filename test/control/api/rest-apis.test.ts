import assert from 'node:assert/strict';
import test from 'node:test';
import type { Input } from '../../../src/control/protocol/operations.ts';
import type { PatchOperation } from '../../../src/control/protocol/patch.ts';
import { accountId, refused, testControl } from '../../support/control.ts';
import { apiWithRoot } from './core.ts';

const createdDate = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000;

test('rest apis: a new one has the defaults of the service, a root and the models Empty and Error', async (t) => {
  const { call, control } = await testControl(t);
  const created = await call('CreateRestApi', { name: 'pets', binaryMediaTypes: [], version: 'v1' });
  assert.deepEqual(created, {
    id: 'aaaaaaaaa1',
    name: 'pets',
    createdDate,
    version: 'v1',
    apiKeySource: 'HEADER',
    endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
    disableExecuteApiEndpoint: false,
    rootResourceId: 'aaaaaaaaa2',
  });
  assert.deepEqual(await call('GetRestApi', { restApiId: created.id }), created);
  assert.deepEqual(await call('GetRestApis', {}), { item: [created] });
  assert.deepEqual(await call('GetResources', { restApiId: created.id }), {
    item: [{ id: 'aaaaaaaaa2', path: '/' }],
  });
  const models = control.services.store.view.list('model', created.id);
  assert.deepEqual(
    models.map(({ name, description, schema }) => [name, description, JSON.parse(schema!).title]),
    [
      ['Empty', 'This is a default empty schema model', 'Empty Schema'],
      ['Error', 'This is a default error schema model', 'Error Schema'],
    ],
  );
});

test('rest apis: what is given at creation is kept and shown', async (t) => {
  const { call } = await testControl(t);
  const given = {
    name: 'all',
    description: 'everything',
    version: '2',
    binaryMediaTypes: ['image/png'],
    minimumCompressionSize: 0,
    apiKeySource: 'AUTHORIZER',
    endpointConfiguration: { types: ['PRIVATE'], vpcEndpointIds: ['vpce-1'] },
    tags: { team: 'a' },
    disableExecuteApiEndpoint: true,
    securityPolicy: 'TLS_1_2',
    endpointAccessMode: 'BASIC',
  } as const;
  const created = await call('CreateRestApi', given);
  assert.deepEqual(created, {
    ...given,
    id: created.id,
    createdDate,
    rootResourceId: created.rootResourceId,
    endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'dualstack', vpcEndpointIds: ['vpce-1'] },
  });
});

test('rest apis: creations are refused in the order and the words of the service', async (t) => {
  const { call } = await testControl(t);
  const both = 'REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.';
  const cases: [Partial<Input<'CreateRestApi'>>, string][] = [
    [{ name: ' ' }, 'Name cannot be empty'],
    [{ description: '' }, 'Description cannot be an empty string'],
    [
      { description: '', endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'ipv4' } },
      'Description cannot be an empty string',
    ],
    [{ endpointConfiguration: { types: [] } }, both],
    [
      { endpointConfiguration: { types: ['EDGE', 'REGIONAL'] } },
      'Cannot create an api with multiple Endpoint Types.',
    ],
    [
      { endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'ipv4' } },
      'Only dualstack ipAddressType is supported for Private APIs.',
    ],
    [{ minimumCompressionSize: -1 }, 'Invalid minimum compression size, must be between 0 and 10485760'],
    [
      { minimumCompressionSize: 10_485_761 },
      'Invalid minimum compression size, must be between 0 and 10485760',
    ],
    [
      { policy: 'not JSON' },
      'Invalid policy document. Please check the policy syntax and ensure that Principals are valid.',
    ],
    [{ tags: { 'aws:x': '1' } }, 'Tag keys must not start with aws: aws:x'],
  ];
  for (const [input, message] of cases)
    await refused(call('CreateRestApi', { name: 'x', ...input }), 'BadRequestException', message);
  assert.deepEqual(await call('GetRestApis', {}), { item: [] });
});

test('rest apis: the tag _custom_id_ fixes the id, once', async (t) => {
  const { call } = await testControl(t);
  const tags = { _custom_id_: 'my-Api_1' };
  const created = await call('CreateRestApi', { name: 'x', tags });
  assert.deepEqual([created.id, created.tags], ['my-Api_1', tags]);
  await refused(call('CreateRestApi', { name: 'y', tags }), 'ConflictException', /my-Api_1/);
  await refused(
    call('CreateRestApi', { name: 'y', tags: { _custom_id_: 'a/b' } }),
    'BadRequestException',
    /_custom_id_/,
  );
  await refused(
    call('GetRestApi', { restApiId: 'MY-API_1' }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:MY-API_1`,
  );
});

test('rest apis: a policy is answered plainly when created and with escaped quotes later, its short ARNs made long', async (t) => {
  const { call } = await testControl(t);
  const statement = { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke' };
  const policy = JSON.stringify({ Statement: [{ ...statement, Resource: ['execute-api:/*/GET/pets'] }] });
  const { id, ...created } = await call('CreateRestApi', { name: 'x', policy });
  const long = `arn:aws:execute-api:us-east-1:${accountId}:${id}/*/GET/pets`;
  assert.deepEqual(JSON.parse(created.policy), { Statement: [{ ...statement, Resource: [long] }] });
  const read = await call('GetRestApi', { restApiId: id });
  assert.equal(read.policy, created.policy.replaceAll('"', '\\"'));
  assert.equal(JSON.parse(`"${read.policy}"`), created.policy);
  const plain = '{"Version": "2012-10-17","Statement": []}';
  const replacing = {
    restApiId: id,
    patchOperations: [{ op: 'replace', path: '/policy', value: plain }],
  } as const;
  assert.equal(JSON.parse(`"${(await call('UpdateRestApi', replacing)).policy}"`), plain);
});

const update = (restApiId: string, ...patchOperations: PatchOperation[]) => ({ restApiId, patchOperations });

test('rest apis: every patch path changes its member', async (t) => {
  const { call, restApiId } = await apiWithRoot(t);
  const cases: [PatchOperation[], object][] = [
    [[{ op: 'replace', path: '/name', value: 'cats' }], { name: 'cats' }],
    [[{ op: 'replace', path: '/description', value: 'd' }], { description: 'd' }],
    [[{ op: 'add', path: '/description', value: 'e' }], { description: 'e' }],
    [[{ op: 'remove', path: '/description' }], { description: undefined }],
    [[{ op: 'replace', path: '/version', value: '7' }], { version: '7' }],
    [[{ op: 'replace', path: '/apiKeySource', value: 'AUTHORIZER' }], { apiKeySource: 'AUTHORIZER' }],
    [
      [{ op: 'replace', path: '/disableExecuteApiEndpoint', value: 'true' }],
      { disableExecuteApiEndpoint: true },
    ],
    [[{ op: 'replace', path: '/minimumCompressionSize', value: '10' }], { minimumCompressionSize: 10 }],
    [[{ op: 'replace', path: '/minimumCompressionSize', value: '' }], { minimumCompressionSize: undefined }],
    [[{ op: 'replace', path: '/minimumCompressionSize', value: '0' }], { minimumCompressionSize: 0 }],
    [[{ op: 'replace', path: '/minimumCompressionSize' }], { minimumCompressionSize: undefined }],
    [
      [
        { op: 'add', path: '/binaryMediaTypes/image~1png' },
        { op: 'add', path: '/binaryMediaTypes/image~1jpeg' },
      ],
      { binaryMediaTypes: ['image/png', 'image/jpeg'] },
    ],
    [
      [{ op: 'replace', path: '/binaryMediaTypes/image~1png', value: 'image/gif' }],
      { binaryMediaTypes: ['image/jpeg', 'image/gif'] },
    ],
    [[{ op: 'remove', path: '/binaryMediaTypes/image~1gif' }], { binaryMediaTypes: ['image/jpeg'] }],
    [
      [{ op: 'add', path: '/binaryMediaTypes/-', value: 'image/png' }],
      { binaryMediaTypes: ['image/jpeg', '-'] },
    ],
    [
      [{ op: 'replace', path: '/endpointConfiguration/types/EDGE', value: 'REGIONAL' }],
      { endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' } },
    ],
    // As Terraform writes it.
    [
      [{ op: 'replace', path: '/endpointConfiguration/types/0', value: 'REGIONAL' }],
      { endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' } },
    ],
    [
      [{ op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'dualstack' }],
      { endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'dualstack' } },
    ],
    [
      [
        { op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'ipv4' },
        { op: 'replace', path: '/endpointConfiguration/types/REGIONAL', value: 'PRIVATE' },
        { op: 'add', path: '/endpointConfiguration/vpcEndpointIds', value: 'vpce-1' },
        { op: 'add', path: '/endpointConfiguration/vpcEndpointIds', value: 'vpce-2' },
        { op: 'remove', path: '/endpointConfiguration/vpcEndpointIds', value: 'vpce-1' },
      ],
      {
        endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'dualstack', vpcEndpointIds: ['vpce-2'] },
      },
    ],
    [[{ op: 'replace', path: '/securityPolicy', value: 'TLS_1_2' }], { securityPolicy: 'TLS_1_2' }],
    [[{ op: 'replace', path: '/endpointAccessMode', value: 'STRICT' }], { endpointAccessMode: 'STRICT' }],
    [[{ op: 'replace', path: '/policy', value: '{}' }], { policy: '{}' }],
    [[{ op: 'replace', path: '/policy', value: '' }], { policy: undefined }],
  ];
  let expected = { ...(await call('GetRestApi', { restApiId })), tags: {} };
  for (const [operations, changes] of cases) {
    expected = JSON.parse(JSON.stringify({ ...expected, ...changes }));
    assert.deepEqual(await call('UpdateRestApi', update(restApiId, ...operations)), expected);
  }
});

test('rest apis: patches are refused in the words of the service, and change nothing', async (t) => {
  const { call, restApiId } = await apiWithRoot(t);
  const replaceOnly = 'Invalid patch operation specified. Must be one of: [replace]';
  const compression = 'Invalid minimum compression size, must be between 0 and 10485760';
  const cases: [PatchOperation, string][] = [
    [{ op: 'add', path: '/minimumCompressionSize', value: '10' }, replaceOnly],
    [{ op: 'remove', path: '/name' }, replaceOnly],
    [{ op: 'replace', path: '/minimumCompressionSize', value: '-1' }, compression],
    [{ op: 'replace', path: '/minimumCompressionSize', value: 'test' }, compression],
    [{ op: 'add', path: '/binaryMediaTypes', value: 'image/gif' }, 'Invalid patch path /binaryMediaTypes'],
    [{ op: 'remove', path: '/binaryMediaTypes' }, 'Invalid patch path /binaryMediaTypes'],
    [{ op: 'replace', path: '/id', value: 'x' }, 'Invalid patch path /id'],
    [{ op: 'replace', value: 'x' }, 'Invalid patch path null'],
    [{ op: 'replace', path: '/name', value: '' }, 'Name cannot be empty'],
    [
      { op: 'copy', path: '/endpointConfiguration/types/EDGE', value: 'REGIONAL' },
      "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
    ],
    [
      { op: 'replace', path: '/endpointConfiguration/types/EDGE', value: 'wrong' },
      'Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE',
    ],
    [
      { op: 'add', path: '/endpointConfiguration/types/REGIONAL' },
      'Cannot create an api with multiple Endpoint Types.',
    ],
    [
      { op: 'remove', path: '/endpointConfiguration/types/EDGE' },
      'REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.',
    ],
    [
      { op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'wrong' },
      'ipAddressType must be either ipv4 or dualstack.',
    ],
  ];
  const before = await call('GetRestApi', { restApiId });
  for (const [operation, message] of cases) {
    const first: PatchOperation = { op: 'replace', path: '/description', value: 'changed' };
    await refused(call('UpdateRestApi', update(restApiId, first, operation)), 'BadRequestException', message);
  }
  assert.deepEqual(await call('GetRestApi', { restApiId }), before);
  await refused(
    call('UpdateRestApi', update('nothere')),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:nothere`,
  );
  await call(
    'UpdateRestApi',
    update(restApiId, { op: 'replace', path: '/endpointConfiguration/types/EDGE', value: 'PRIVATE' }),
  );
  await refused(
    call(
      'UpdateRestApi',
      update(restApiId, { op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'ipv4' }),
    ),
    'BadRequestException',
    'Only dualstack ipAddressType is supported for Private APIs.',
  );
});

test('rest apis: a clone has everything of its source under ids of its own', async (t) => {
  const { call, control, restApiId, rootId } = await apiWithRoot(t);
  await call('UpdateRestApi', update(restApiId, { op: 'add', path: '/binaryMediaTypes/image~1png' }));
  const pets = await call('CreateResource', { restApiId, parentId: rootId, pathPart: 'pets' });
  await control.services.store.write((transaction) => {
    transaction.put('requestValidator', restApiId, 'val001', {
      id: 'val001',
      validateRequestBody: true,
      validateRequestParameters: false,
    });
    transaction.put('authorizer', restApiId, 'aut001', { id: 'aut001', name: 'a', type: 'TOKEN' });
    transaction.put('gatewayResponse', restApiId, 'THROTTLED', {
      responseType: 'THROTTLED',
      defaultResponse: false,
    });
    transaction.put('model', restApiId, 'Pet', {
      id: 'mod001',
      name: 'Pet',
      contentType: 'application/json',
      schema: `{"$ref":"https://apigateway.amazonaws.com/restapis/${restApiId}/models/Empty"}`,
    });
  });
  const address = { restApiId, resourceId: pets.id, httpMethod: 'GET' };
  await call('PutMethod', {
    ...address,
    authorizationType: 'CUSTOM',
    authorizerId: 'aut001',
    requestValidatorId: 'val001',
  });
  await call('PutIntegration', { ...address, type: 'MOCK' });
  const clone = await call('CreateRestApi', { name: 'clone', cloneFrom: restApiId });
  assert.deepEqual(clone.binaryMediaTypes, ['image/png']);
  assert.notEqual(clone.rootResourceId, rootId);
  const { item } = await call('GetResources', { restApiId: clone.id, embed: ['methods'] });
  assert.deepEqual(
    item.map(({ path }: { path: string }) => path),
    ['/', '/pets'],
  );
  const { view } = control.services.store;
  const [validator, authorizer] = [
    view.list('requestValidator', clone.id)[0]!,
    view.list('authorizer', clone.id)[0]!,
  ];
  assert.deepEqual(item[1].resourceMethods.GET, {
    httpMethod: 'GET',
    authorizationType: 'CUSTOM',
    authorizerId: authorizer.id,
    apiKeyRequired: false,
    requestValidatorId: validator.id,
    methodIntegration: {
      type: 'MOCK',
      passthroughBehavior: 'WHEN_NO_MATCH',
      timeoutInMillis: 29000,
      cacheNamespace: item[1].id,
      cacheKeyParameters: [],
    },
  });
  assert.equal(item[1].parentId, clone.rootResourceId);
  assert.equal(
    view.get('model', clone.id, 'Pet')?.schema,
    `{"$ref":"https://apigateway.amazonaws.com/restapis/${clone.id}/models/Empty"}`,
  );
  assert.equal(view.list('gatewayResponse', clone.id).length, 1);
  await refused(
    call('CreateRestApi', { name: 'x', cloneFrom: 'nothere' }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:nothere`,
  );
});

test('rest apis: deleting one takes everything of it along, also out of usage plans and keys', async (t) => {
  const { call, control, restApiId } = await apiWithRoot(t);
  const { store } = control.services;
  const dates = { createdDate: '2024-01-01T00:00:00Z', lastUpdatedDate: '2024-01-01T00:00:00Z' };
  await store.write((transaction) => {
    transaction.put('stage', restApiId, 'prod', {
      stageName: 'prod',
      deploymentId: 'dep001',
      methodSettings: {},
      tracingEnabled: false,
      cacheClusterEnabled: false,
      ...dates,
    });
    const entry = {
      number: 1,
      date: dates.createdDate,
      deploymentId: 'dep001',
      event: 'CreateDeployment',
      caller: 'me',
    };
    transaction.put('stageHistory', `${restApiId}/prod`, '000000001', entry);
    transaction.put('usagePlan', '', 'plan01', {
      id: 'plan01',
      name: 'gold',
      apiStages: [
        { apiId: restApiId, stage: 'prod' },
        { apiId: 'other', stage: 'prod' },
      ],
    });
    transaction.put('apiKey', '', 'key0000001', {
      id: 'key0000001',
      value: 'v'.repeat(40),
      enabled: true,
      stageKeys: [`${restApiId}/prod`, 'other/prod'],
      ...dates,
    });
  });
  assert.equal(await call('DeleteRestApi', { restApiId }), undefined);
  for (const kind of ['resource', 'model', 'stage'] as const)
    assert.deepEqual(store.view.list(kind, restApiId), []);
  assert.deepEqual(store.view.list('stageHistory', `${restApiId}/prod`), []);
  assert.deepEqual(store.view.get('usagePlan', '', 'plan01')?.apiStages, [{ apiId: 'other', stage: 'prod' }]);
  assert.deepEqual(store.view.get('apiKey', '', 'key0000001')?.stageKeys, ['other/prod']);
  await refused(
    call('DeleteRestApi', { restApiId }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:${restApiId}`,
  );
});

test('rest apis: one that a domain name is mapped to stays', async (t) => {
  const { call, control, restApiId } = await apiWithRoot(t);
  await control.services.store.write((transaction) => {
    transaction.put('domainName', '', 'api.example.com', {
      domainName: 'api.example.com',
      endpointConfiguration: { types: ['REGIONAL'] },
      domainNameStatus: 'AVAILABLE',
      routingMode: 'BASE_PATH_MAPPING_ONLY',
    });
    transaction.put('basePathMapping', 'api.example.com', '(none)', { basePath: '(none)', restApiId });
  });
  await refused(
    call('DeleteRestApi', { restApiId }),
    'BadRequestException',
    `Deleting RestApi ${restApiId} failed. Please remove all base path mappings related to the RestApi in your domains: api.example.com`,
  );
});
