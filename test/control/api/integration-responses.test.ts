import assert from 'node:assert/strict';
import test from 'node:test';
import type { Input } from '../../../src/control/protocol/operations.ts';
import type { PatchOperation } from '../../../src/control/protocol/patch.ts';
import { refused } from '../../support/control.ts';
import { apiWithMethod, type CoreMethod } from './core.ts';

const noResource = 'Invalid Resource identifier specified';
const noMethod = 'Invalid Method identifier specified';
const noIntegration = 'Invalid Integration identifier specified';
const noResponse = 'Invalid Response status code specified';
const undeclared = (what: string) =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: ${what}]`;

/** A MOCK that may answer 200 with the header `a`. */
async function mock(t: Parameters<typeof apiWithMethod>[0]): Promise<CoreMethod> {
  const core = await apiWithMethod(t);
  const { call, address } = core;
  const responseParameters = { 'method.response.header.a': false };
  await call('PutMethodResponse', { ...address, statusCode: '200', responseParameters });
  await call('PutIntegration', { ...address, type: 'MOCK' });
  return core;
}

type Put = Omit<Input<'PutIntegrationResponse'>, 'restApiId' | 'resourceId' | 'httpMethod' | 'statusCode'>;
const put = ({ call, address }: CoreMethod, given: Put = {}) =>
  call('PutIntegrationResponse', { ...address, statusCode: '200', ...given });

test('integration responses: what is given is shown, and only that', async (t) => {
  const core = await mock(t);
  const cases: [Put, object][] = [
    [{}, {}],
    [
      { selectionPattern: '', responseTemplates: {} },
      { selectionPattern: '', responseTemplates: {} },
    ],
    [
      { responseTemplates: { 'application/json': null } },
      { responseTemplates: { 'application/json': null } },
    ],
    [{ responseTemplates: { 'application/json': '' } }, { responseTemplates: { 'application/json': null } }],
    [
      {
        selectionPattern: '2\\d{2}',
        responseParameters: { 'method.response.header.a': "'x'" },
        responseTemplates: { 'application/json': '#broken(' },
        contentHandling: 'CONVERT_TO_TEXT',
      },
      {
        selectionPattern: '2\\d{2}',
        responseParameters: { 'method.response.header.a': "'x'" },
        responseTemplates: { 'application/json': '#broken(' },
        contentHandling: 'CONVERT_TO_TEXT',
      },
    ],
  ];
  for (const [given, shown] of cases) {
    const expected = { statusCode: '200', ...shown };
    assert.deepEqual(await put(core, given), expected);
    const address = { ...core.address, statusCode: '200' };
    assert.deepEqual(await core.call('GetIntegrationResponse', address), expected);
    assert.deepEqual((await core.call('GetIntegration', core.address)).integrationResponses, {
      200: expected,
    });
  }
});

test('integration responses: what is missing is told in the order of the service', async (t) => {
  const core = await apiWithMethod(t);
  const { call, address } = core;
  const response = { ...address, statusCode: '200' };
  const bare = await call('CreateResource', {
    restApiId: core.restApiId,
    parentId: core.rootId,
    pathPart: 'x',
  });
  const elsewhere = { ...response, resourceId: bare.id };
  for (const name of [
    'PutIntegrationResponse',
    'GetIntegrationResponse',
    'UpdateIntegrationResponse',
  ] as const) {
    await refused(call(name, { ...response, restApiId: 'x' }), 'NotFoundException', noResource);
    await refused(call(name, { ...response, resourceId: 'x' }), 'NotFoundException', noResource);
    await refused(call(name, elsewhere), 'NotFoundException', noMethod);
    await refused(call(name, response), 'NotFoundException', noIntegration);
  }
  await refused(
    call('DeleteIntegrationResponse', { ...response, resourceId: 'x' }),
    'NotFoundException',
    noResource,
  );
  await refused(call('DeleteIntegrationResponse', elsewhere), 'NotFoundException', noIntegration);
  await call('PutIntegration', { ...address, type: 'MOCK' });
  // The method must be able to answer the status.
  for (const name of [
    'PutIntegrationResponse',
    'GetIntegrationResponse',
    'UpdateIntegrationResponse',
    'DeleteIntegrationResponse',
  ] as const)
    await refused(call(name, response), 'NotFoundException', noResponse);
});

test('integration responses: those that cannot be are refused in the words of the service', async (t) => {
  const core = await mock(t);
  const cases: [Put, string][] = [
    [{ responseParameters: { 'method.response.header.b': "'x'" } }, undeclared('method.response.header.b')],
    [
      { responseParameters: { 'method.response.header.a': 'nonsense' } },
      'Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: nonsense]',
    ],
    [
      { responseTemplates: { 123: '{}' } },
      'Validation Result: warnings : [], errors : [Invalid content type specified: 123]',
    ],
    [{ selectionPattern: '(' }, 'Invalid selection pattern specified: ('],
  ];
  for (const [given, message] of cases) await refused(put(core, given), 'BadRequestException', message);
  assert.equal((await core.call('GetIntegration', core.address)).integrationResponses, undefined);
});

test('integration responses: every patch path changes its member; deleting leaves none', async (t) => {
  const core = await mock(t);
  const address = { ...core.address, statusCode: '200' };
  const patch = (...patchOperations: PatchOperation[]) =>
    core.call('UpdateIntegrationResponse', { ...address, patchOperations });
  let expected = await put(core);
  const header = '/responseParameters/method.response.header.a';
  const cases: [PatchOperation[], object][] = [
    [[{ op: 'replace', path: '/selectionPattern', value: '2..' }], { selectionPattern: '2..' }],
    [[{ op: 'replace', path: '/selectionPattern', value: '' }], { selectionPattern: '' }],
    [
      [{ op: 'replace', path: '/contentHandling', value: 'CONVERT_TO_TEXT' }],
      { contentHandling: 'CONVERT_TO_TEXT' },
    ],
    [
      [{ op: 'add', path: header, value: "'x'" }],
      { responseParameters: { 'method.response.header.a': "'x'" } },
    ],
    [[{ op: 'remove', path: header }], { responseParameters: undefined }],
    [
      [{ op: 'add', path: '/responseTemplates/application~1json', value: '{}' }],
      { responseTemplates: { 'application/json': '{}' } },
    ],
    [
      [{ op: 'replace', path: '/responseTemplates/application~1json', value: '[]' }],
      { responseTemplates: { 'application/json': '[]' } },
    ],
    [[{ op: 'remove', path: '/responseTemplates/application~1json' }], { responseTemplates: undefined }],
  ];
  for (const [operations, changes] of cases) {
    expected = JSON.parse(JSON.stringify({ ...expected, ...changes }));
    assert.deepEqual(await patch(...operations), expected);
  }
  const refusals: [PatchOperation, string, string][] = [
    [
      { op: 'replace', path: '/statusCode', value: '201' },
      'BadRequestException',
      'Invalid patch path /statusCode',
    ],
    [
      { op: 'add', path: '/selectionPattern', value: 'x' },
      'BadRequestException',
      'Invalid patch operation specified. Must be one of: [replace]',
    ],
    [{ op: 'remove', path: header }, 'NotFoundException', 'Invalid parameter name specified'],
    [
      { op: 'remove', path: '/responseTemplates/text~1plain' },
      'NotFoundException',
      'Content-Type specified was not found',
    ],
    [
      { op: 'add', path: '/responseParameters/method.response.header.b', value: "'x'" },
      'BadRequestException',
      undeclared('method.response.header.b'),
    ],
  ];
  for (const [operation, type, message] of refusals) await refused(patch(operation), type, message);
  assert.deepEqual(await core.call('GetIntegrationResponse', address), expected);
  assert.equal(await core.call('DeleteIntegrationResponse', address), undefined);
  assert.equal((await core.call('GetIntegration', core.address)).integrationResponses, undefined);
});
