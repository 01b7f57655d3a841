import assert from 'node:assert/strict';
import test from 'node:test';
import { accountId, refused, testControl } from '../../support/control.ts';
import { apiId, putApi, putMethod } from './support.ts';

const restApiId = apiId;

test('request validators: one is created with both checks off, shown, listed, changed and deleted', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const created = await call('CreateRequestValidator', { restApiId, name: 'strict' });
  const { id, ...rest } = created;
  assert.match(id, /^[a-z0-9]{6}$/);
  assert.deepEqual(rest, { name: 'strict', validateRequestBody: false, validateRequestParameters: false });
  assert.deepEqual(await call('GetRequestValidator', { restApiId, requestValidatorId: id }), created);
  assert.deepEqual(await call('GetRequestValidators', { restApiId }), { item: [created] });
  const changed = await call('UpdateRequestValidator', {
    restApiId,
    requestValidatorId: id,
    patchOperations: [
      { op: 'replace', path: '/name', value: 'loose' },
      { op: 'replace', path: '/validateRequestBody', value: 'true' },
      { op: 'replace', path: '/validateRequestParameters', value: 'true' },
      { op: 'replace', path: '/validateRequestParameters' },
    ],
  });
  assert.deepEqual(changed, {
    id,
    name: 'loose',
    validateRequestBody: true,
    validateRequestParameters: false,
  });
  assert.equal(await call('DeleteRequestValidator', { restApiId, requestValidatorId: id }), undefined);
  assert.deepEqual(await call('GetRequestValidators', { restApiId }), { item: [] });
});

test("request validators: refusals are in the service's words", async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const { id: requestValidatorId } = await call('CreateRequestValidator', { restApiId, name: 'strict' });
  await putMethod(world, '/test', 'ANY', { requestValidatorId });
  const missing = 'Invalid Request Validator identifier specified';
  const patch = (op: 'add' | 'replace', path: string, value?: string) =>
    call('UpdateRequestValidator', {
      restApiId,
      requestValidatorId,
      patchOperations: [value === undefined ? { op, path } : { op, path, value }],
    });
  await refused(
    call('CreateRequestValidator', { restApiId: 'none', name: 'x' }),
    'BadRequestException',
    'Invalid REST API identifier specified',
  );
  await refused(
    call('CreateRequestValidator', { restApiId, name: '' }),
    'BadRequestException',
    'Request Validator name cannot be blank',
  );
  await refused(
    call('GetRequestValidators', { restApiId: 'none' }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:none`,
  );
  for (const where of [
    { restApiId, requestValidatorId: 'none' },
    { restApiId: 'none', requestValidatorId },
  ]) {
    await refused(call('GetRequestValidator', where), 'NotFoundException', missing);
    await refused(call('DeleteRequestValidator', where), 'NotFoundException', missing);
    await refused(call('UpdateRequestValidator', where), 'NotFoundException', missing);
  }
  await refused(
    patch('replace', '/id', 'x'),
    'BadRequestException',
    "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/name, /validateRequestParameters, /validateRequestBody]",
  );
  await refused(
    patch('add', '/name', 'x'),
    'BadRequestException',
    "Invalid patch path  '/name' specified for op 'add'. Please choose supported operations",
  );
  await refused(patch('replace', '/name'), 'BadRequestException', 'Request Validator name cannot be blank');
  await refused(
    call('DeleteRequestValidator', { restApiId, requestValidatorId }),
    'ConflictException',
    `Cannot delete request validator '${requestValidatorId}', is referenced in method request: /test/ANY`,
  );
});
