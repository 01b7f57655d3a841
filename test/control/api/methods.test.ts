import assert from 'node:assert/strict';
import test from 'node:test';
import type { Input } from '../../../src/control/protocol/operations.ts';
import type { PatchOperation } from '../../../src/control/protocol/patch.ts';
import { refused } from '../../support/control.ts';
import { apiWithMethod, apiWithRoot, type CoreMethod } from './core.ts';

const noResource = 'Invalid Resource identifier specified';
const noMethod = 'Invalid Method identifier specified';
const noResponse = 'Invalid Response status code specified';
const needsAuthorizer =
  'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.';
const mapping = (what: string) =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${what}]`;
const replaceOnly = 'Invalid patch operation specified. Must be one of: [replace]';

const patched = ({ call, address }: CoreMethod, ...patchOperations: PatchOperation[]) =>
  call('UpdateMethod', { ...address, patchOperations });

const putAuthorizer = ({ control, restApiId }: Pick<CoreMethod, 'control' | 'restApiId'>) =>
  control.services.store.write((transaction) =>
    transaction.put('authorizer', restApiId, 'aut001', { id: 'aut001', name: 'a', type: 'TOKEN' }),
  );

test('methods: one is put with its defaults, shown, and deleted', async (t) => {
  const { call, restApiId, rootId } = await apiWithRoot(t);
  const address = { restApiId, resourceId: rootId, httpMethod: 'GET' };
  const put = await call('PutMethod', { ...address, authorizationType: 'none', requestModels: {} });
  assert.deepEqual(put, { httpMethod: 'GET', authorizationType: 'none', apiKeyRequired: false });
  assert.deepEqual(await call('GetMethod', address), put);
  await refused(
    call('PutMethod', { ...address, authorizationType: 'NONE' }),
    'ConflictException',
    'Method already exists for this resource',
  );
  assert.equal(await call('DeleteMethod', address), undefined);
  await refused(call('GetMethod', address), 'NotFoundException', noMethod);
  await refused(call('DeleteMethod', address), 'NotFoundException', noMethod);
  assert.deepEqual(await call('GetResource', { restApiId, resourceId: rootId }), { id: rootId, path: '/' });
});

test('methods: what is given is kept and shown', async (t) => {
  const core = await apiWithRoot(t);
  const { call, control, restApiId, rootId } = core;
  await putAuthorizer(core);
  await control.services.store.write((transaction) =>
    transaction.put('requestValidator', restApiId, 'val001', {
      id: 'val001',
      validateRequestBody: true,
      validateRequestParameters: true,
    }),
  );
  const given = {
    httpMethod: 'POST',
    authorizationType: 'CUSTOM',
    authorizerId: 'aut001',
    authorizationScopes: ['read'],
    apiKeyRequired: true,
    requestValidatorId: 'val001',
    operationName: 'makePet',
    requestParameters: { 'method.request.querystring.a': true, 'method.request.header.b': false },
    requestModels: { 'application/json': 'Empty' },
  };
  assert.deepEqual(await call('PutMethod', { restApiId, resourceId: rootId, ...given }), given);
});

test('methods: those that cannot be are refused in the order and the words of the service', async (t) => {
  const { call, restApiId, rootId } = await apiWithRoot(t);
  const verbs = 'Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY';
  const cases: [Partial<Input<'PutMethod'>>, string, string][] = [
    [{ restApiId: 'fake', httpMethod: 'WRONG' }, 'NotFoundException', noResource],
    [{ resourceId: 'fake', httpMethod: 'WRONG' }, 'NotFoundException', noResource],
    [{ httpMethod: 'WRONG' }, 'BadRequestException', verbs],
    [{ httpMethod: 'get' }, 'BadRequestException', verbs],
    [
      { authorizationType: 'OTHER' },
      'BadRequestException',
      'Invalid authorization type specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS',
    ],
    [{ authorizationType: 'CUSTOM' }, 'BadRequestException', needsAuthorizer],
    [
      { authorizationType: 'COGNITO_USER_POOLS', authorizerId: 'nothere' },
      'BadRequestException',
      needsAuthorizer,
    ],
    [{ requestValidatorId: 'fake' }, 'BadRequestException', 'Invalid Request Validator identifier specified'],
    [
      { requestModels: { 'application/json': 'petModel' } },
      'BadRequestException',
      'Invalid model identifier specified: petModel',
    ],
    [
      { requestParameters: { 'method.request.header.a': true, 'method.request.path.a': true } },
      'BadRequestException',
      'Parameter names must be unique across querystring, header and path',
    ],
    [
      { requestParameters: { 'method.request.cookie.a': true } },
      'BadRequestException',
      mapping('Invalid mapping expression specified: method.request.cookie.a'),
    ],
  ];
  const right = { restApiId, resourceId: rootId, httpMethod: 'ANY', authorizationType: 'NONE' };
  for (const [input, type, message] of cases)
    await refused(call('PutMethod', { ...right, ...input }), type, message);
  assert.deepEqual(await call('GetResource', { restApiId, resourceId: rootId }), { id: rootId, path: '/' });
});

test('methods: every patch path changes its member', async (t) => {
  const core = await apiWithMethod(t);
  await putAuthorizer(core);
  const optional = '/requestParameters/method.request.querystring.optional';
  const cases: [PatchOperation[], object][] = [
    [
      [
        { op: 'add', path: optional, value: 'true' },
        { op: 'add', path: '/requestModels/application~1json', value: 'Empty' },
      ],
      {
        requestParameters: { 'method.request.querystring.optional': true },
        requestModels: { 'application/json': 'Empty' },
      },
    ],
    [
      [
        { op: 'replace', path: '/operationName', value: 'op' },
        { op: 'replace', path: '/apiKeyRequired', value: 'true' },
        { op: 'replace', path: '/authorizationType', value: 'AWS_IAM' },
        { op: 'replace', path: optional, value: 'false' },
      ],
      {
        operationName: 'op',
        apiKeyRequired: true,
        authorizationType: 'AWS_IAM',
        requestParameters: { 'method.request.querystring.optional': false },
      },
    ],
    [
      [
        { op: 'replace', path: '/authorizerId', value: 'aut001' },
        { op: 'replace', path: '/authorizationType', value: 'CUSTOM' },
        { op: 'add', path: '/authorizationScopes', value: 'a' },
        { op: 'add', path: '/authorizationScopes', value: 'b' },
      ],
      { authorizerId: 'aut001', authorizationType: 'CUSTOM', authorizationScopes: ['a', 'b'] },
    ],
    [
      [
        { op: 'remove', path: optional, value: 'true' },
        { op: 'remove', path: '/requestModels/application~1json' },
        { op: 'remove', path: '/authorizationScopes', value: 'a' },
      ],
      { requestParameters: undefined, requestModels: undefined, authorizationScopes: ['b'] },
    ],
    [
      [
        { op: 'replace', path: '/authorizationType', value: 'NONE' },
        { op: 'replace', path: '/apiKeyRequired', value: 'whatever' },
        { op: 'replace', path: '/operationName', value: '' },
        { op: 'remove', path: '/authorizationScopes', value: 'b' },
      ],
      {
        authorizationType: 'NONE',
        authorizerId: undefined,
        apiKeyRequired: false,
        operationName: undefined,
        authorizationScopes: undefined,
      },
    ],
    // An authorizer that the type does not ask for is ignored.
    [[{ op: 'replace', path: '/authorizerId', value: 'abc123' }], {}],
  ];
  let expected = await core.call('GetMethod', core.address);
  for (const [operations, changes] of cases) {
    expected = JSON.parse(JSON.stringify({ ...expected, ...changes }));
    assert.deepEqual(await patched(core, ...operations), expected);
    assert.deepEqual(await core.call('GetMethod', core.address), expected);
  }
});

test('methods: patches are refused in the words of the service, and change nothing', async (t) => {
  const core = await apiWithMethod(t);
  const cases: [PatchOperation, string, string][] = [
    [{ op: 'add', path: '/operationName', value: 'x' }, 'BadRequestException', replaceOnly],
    [{ op: 'add', path: '/requestValidatorId', value: 'x' }, 'BadRequestException', replaceOnly],
    [
      { op: 'add', path: '/httpMethod', value: 'PUT' },
      'BadRequestException',
      'Invalid patch path /httpMethod',
    ],
    [
      { op: 'replace', path: '/requestParameters', value: 'method.request.querystring.optional=false' },
      'BadRequestException',
      'Invalid patch path /requestParameters',
    ],
    [
      { op: 'add', path: '/requestModels/application/json', value: 'Empty' },
      'BadRequestException',
      'Invalid patch path /requestModels/application/json',
    ],
    [{ op: 'replace', path: '/authorizationType', value: 'CUSTOM' }, 'BadRequestException', needsAuthorizer],
    [
      { op: 'replace', path: '/requestValidatorId', value: 'fake' },
      'BadRequestException',
      'Invalid Request Validator identifier specified',
    ],
    [
      { op: 'remove', path: '/requestParameters/method.request.path.x' },
      'NotFoundException',
      'Invalid parameter name specified',
    ],
    [
      { op: 'remove', path: '/requestModels/text~1xml' },
      'NotFoundException',
      'Content-Type specified was not found',
    ],
    [
      { op: 'add', path: '/requestModels/text~1xml', value: 'Pet' },
      'BadRequestException',
      'Invalid model identifier specified: Pet',
    ],
  ];
  const before = await core.call('GetMethod', core.address);
  for (const [operation, type, message] of cases)
    await refused(
      patched(core, { op: 'replace', path: '/apiKeyRequired', value: 'true' }, operation),
      type,
      message,
    );
  assert.deepEqual(await core.call('GetMethod', core.address), before);
  const { call, address } = core;
  await refused(call('UpdateMethod', { ...address, restApiId: 'x' }), 'NotFoundException', noResource);
  await refused(call('UpdateMethod', { ...address, resourceId: 'x' }), 'NotFoundException', noResource);
  await refused(call('UpdateMethod', { ...address, httpMethod: 'GET' }), 'NotFoundException', noMethod);
});

test('method responses: one is put, shown with its method, patched and deleted', async (t) => {
  const { call, address } = await apiWithMethod(t);
  const response = { ...address, statusCode: '200' };
  assert.deepEqual(await call('PutMethodResponse', response), { statusCode: '200' });
  const patch = (...patchOperations: PatchOperation[]) =>
    call('UpdateMethodResponse', { ...response, patchOperations });
  const header = '/responseParameters/method.response.header.my-header';
  const shown = await patch(
    { op: 'add', path: header, value: 'false' },
    { op: 'add', path: '/responseModels/application~1json', value: 'Empty' },
  );
  assert.deepEqual(shown, {
    statusCode: '200',
    responseParameters: { 'method.response.header.my-header': false },
    responseModels: { 'application/json': 'Empty' },
  });
  assert.deepEqual((await call('GetMethod', address)).methodResponses, { 200: shown });
  assert.deepEqual(
    await patch(
      { op: 'replace', path: header, value: 'true' },
      { op: 'remove', path: '/responseModels/application~1json' },
    ),
    { statusCode: '200', responseParameters: { 'method.response.header.my-header': true } },
  );
  assert.deepEqual(await patch({ op: 'remove', path: header }), { statusCode: '200' });
  assert.equal(await call('DeleteMethodResponse', response), undefined);
  assert.equal((await call('GetMethod', address)).methodResponses, undefined);
  await refused(call('GetMethodResponse', response), 'NotFoundException', noResponse);
  await refused(call('UpdateMethodResponse', response), 'NotFoundException', noResponse);
  await refused(call('DeleteMethodResponse', response), 'NotFoundException', noResponse);
});

test('method responses: refusals are in the words of the service', async (t) => {
  const { call, address } = await apiWithMethod(t);
  const response = { ...address, statusCode: '200' };
  await call('PutMethodResponse', response);
  const puts: [Partial<Input<'PutMethodResponse'>>, string, string][] = [
    [{}, 'ConflictException', 'Response already exists for this resource'],
    [{ restApiId: 'x' }, 'NotFoundException', noResource],
    [{ resourceId: 'x' }, 'NotFoundException', noResource],
    [{ httpMethod: 'GET' }, 'NotFoundException', noMethod],
    [
      { statusCode: '400', responseModels: { 'application/json': 'Pet' } },
      'BadRequestException',
      'Invalid model identifier specified: Pet',
    ],
    [
      { statusCode: '400', responseParameters: { 'method.request.header.a': true } },
      'BadRequestException',
      mapping('Invalid mapping expression parameter specified: method.request.header.a'),
    ],
  ];
  for (const [input, type, message] of puts)
    await refused(call('PutMethodResponse', { ...response, ...input }), type, message);
  const header = 'method.response.header.my-header';
  const patches: [PatchOperation, string, string][] = [
    [
      { op: 'add', path: `/wrong/${header}`, value: 'true' },
      'BadRequestException',
      `Invalid patch path /wrong/${header}`,
    ],
    [
      { op: 'replace', path: '/statusCode', value: '201' },
      'BadRequestException',
      'Invalid patch path /statusCode',
    ],
    [
      { op: 'remove', path: `/responseParameters/${header}` },
      'NotFoundException',
      'Invalid parameter name specified',
    ],
    [
      { op: 'remove', path: '/responseModels/text~1plain' },
      'NotFoundException',
      'Content-Type specified was not found',
    ],
  ];
  for (const [operation, type, message] of patches)
    await refused(call('UpdateMethodResponse', { ...response, patchOperations: [operation] }), type, message);
  assert.deepEqual(await call('GetMethodResponse', response), { statusCode: '200' });
});
