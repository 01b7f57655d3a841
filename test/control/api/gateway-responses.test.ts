import assert from 'node:assert/strict';
import test from 'node:test';
import type { GatewayResponseType } from '../../../src/exchange/gateway-response.ts';
import type { GatewayResponse } from '../../../src/resources/index.ts';
import { accountId, refused, testControl } from '../../support/control.ts';
import { apiId, putApi } from './support.ts';

const restApiId = apiId;
const templates = { 'application/json': '{"message":$context.error.messageString}' };

test('gateway responses: all 21 types are listed with their defaults, DEFAULT_* without a status', async (t) => {
  const world = await testControl(t);
  await putApi(world);
  const { item } = await world.call('GetGatewayResponses', { restApiId });
  const statuses = item.map(
    ({ responseType, statusCode }: GatewayResponse) => `${responseType} ${statusCode}`,
  );
  assert.deepEqual(statuses, [
    'ACCESS_DENIED 403',
    'API_CONFIGURATION_ERROR 500',
    'AUTHORIZER_CONFIGURATION_ERROR 500',
    'AUTHORIZER_FAILURE 500',
    'BAD_REQUEST_BODY 400',
    'BAD_REQUEST_PARAMETERS 400',
    'DEFAULT_4XX undefined',
    'DEFAULT_5XX undefined',
    'EXPIRED_TOKEN 403',
    'INTEGRATION_FAILURE 504',
    'INTEGRATION_TIMEOUT 504',
    'INVALID_API_KEY 403',
    'INVALID_SIGNATURE 403',
    'MISSING_AUTHENTICATION_TOKEN 403',
    'QUOTA_EXCEEDED 429',
    'REQUEST_TOO_LARGE 413',
    'RESOURCE_NOT_FOUND 404',
    'THROTTLED 429',
    'UNAUTHORIZED 401',
    'UNSUPPORTED_MEDIA_TYPE 415',
    'WAF_FILTERED 403',
  ]);
  assert.deepEqual(item[6], {
    responseType: 'DEFAULT_4XX',
    responseParameters: {},
    responseTemplates: templates,
    defaultResponse: true,
  });
});

test('gateway responses: what a put leaves out is as by default; after a delete the default is back', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const responseType = 'QUOTA_EXCEEDED';
  const responseParameters = { 'gatewayresponse.header.Retry-After': "'60'" };
  const put = await call('PutGatewayResponse', { restApiId, responseType, responseParameters });
  assert.deepEqual(put, {
    responseType,
    statusCode: '429',
    responseParameters,
    responseTemplates: templates,
    defaultResponse: false,
  });
  assert.deepEqual(await call('GetGatewayResponse', { restApiId, responseType }), put);
  assert.equal(await call('DeleteGatewayResponse', { restApiId, responseType }), undefined);
  assert.deepEqual(await call('GetGatewayResponse', { restApiId, responseType }), {
    ...put,
    responseParameters: {},
    defaultResponse: true,
  });
});

test('gateway responses: a DEFAULT_5XX that is set shows through types that are not, which stay defaults', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const common = { 'application/json': '{"oops":true}' };
  await call('PutGatewayResponse', {
    restApiId,
    responseType: 'DEFAULT_5XX',
    statusCode: '599',
    responseTemplates: common,
  });
  await call('PutGatewayResponse', {
    restApiId,
    responseType: 'DEFAULT_4XX',
    responseParameters: { 'gatewayresponse.header.a': "'b'" },
  });
  await call('PutGatewayResponse', { restApiId, responseType: 'AUTHORIZER_FAILURE', statusCode: '501' });
  const shown = (responseType: GatewayResponseType) =>
    call('GetGatewayResponse', { restApiId, responseType });
  assert.deepEqual(await shown('INTEGRATION_TIMEOUT'), {
    responseType: 'INTEGRATION_TIMEOUT',
    statusCode: '599',
    responseParameters: {},
    responseTemplates: common,
    defaultResponse: true,
  });
  assert.deepEqual(await shown('THROTTLED'), {
    responseType: 'THROTTLED',
    statusCode: '429',
    responseParameters: { 'gatewayresponse.header.a': "'b'" },
    responseTemplates: templates,
    defaultResponse: true,
  });
  assert.equal((await shown('AUTHORIZER_FAILURE')).statusCode, '501');
  assert.deepEqual((await shown('AUTHORIZER_FAILURE')).responseTemplates, templates);
});

test('gateway responses: the first patch makes a customised response of the default', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const patched = await call('UpdateGatewayResponse', {
    restApiId,
    responseType: 'DEFAULT_4XX',
    patchOperations: [
      { op: 'replace', path: '/statusCode', value: '444' },
      { op: 'add', path: '/responseParameters/gatewayresponse.header.X', value: 'method.request.header.Y' },
      { op: 'add', path: '/responseTemplates/application~1xml', value: '<a/>' },
      { op: 'replace', path: '/responseTemplates/application~1json', value: '{}' },
    ],
  });
  assert.deepEqual(patched, {
    responseType: 'DEFAULT_4XX',
    statusCode: '444',
    responseParameters: { 'gatewayresponse.header.X': 'method.request.header.Y' },
    responseTemplates: { 'application/json': '{}', 'application/xml': '<a/>' },
    defaultResponse: false,
  });
  const bare = await call('UpdateGatewayResponse', {
    restApiId,
    responseType: 'DEFAULT_4XX',
    patchOperations: [
      { op: 'remove', path: '/responseTemplates' },
      { op: 'replace', path: '/responseParameters', value: '{"gatewayresponse.header.Z":"\'1\'"}' },
    ],
  });
  assert.deepEqual(bare.responseTemplates, {});
  assert.deepEqual(bare.responseParameters, { 'gatewayresponse.header.Z': "'1'" });
});

test("gateway responses: refusals are in the service's words, and change nothing", async (t) => {
  const world = await testControl(t);
  const { call } = world;
  await putApi(world);
  const responseType = 'THROTTLED';
  const before = await call('GetGatewayResponse', { restApiId, responseType });
  const cases: readonly (readonly [object, string, string])[] = [
    [
      { op: 'add', path: '/statusCode', value: '400' },
      'BadRequestException',
      'Invalid patch path /statusCode',
    ],
    [{ op: 'remove', path: '/statusCode' }, 'BadRequestException', 'Invalid patch path /statusCode'],
    [{ op: 'replace', value: 'x' }, 'BadRequestException', 'Invalid patch path null'],
    [{ op: 'replace', path: '/wrong', value: 'x' }, 'BadRequestException', 'Invalid patch path /wrong'],
    [
      { op: 'replace', path: '/responseParameters/gatewayresponse.header.X', value: 'x' },
      'NotFoundException',
      'Invalid parameter name specified',
    ],
    [
      { op: 'remove', path: '/responseParameters/gatewayresponse.header.X' },
      'NotFoundException',
      'Invalid parameter name specified',
    ],
    [
      { op: 'replace', path: '/responseTemplates/application~1json' },
      'BadRequestException',
      'Invalid null or empty value in responseTemplates',
    ],
    [
      { op: 'add', path: '/responseParameters/gatewayresponse.header.X' },
      'BadRequestException',
      'Invalid null or empty value in responseParameters',
    ],
    [
      { op: 'add', path: '/responseParameters', value: '[1]' },
      'BadRequestException',
      'Invalid null or empty value in responseParameters',
    ],
  ];
  for (const [operation, type, message] of cases) {
    const patchOperations = [{ op: 'replace' as const, path: '/statusCode', value: '400' }, operation];
    await refused(call('UpdateGatewayResponse', { restApiId, responseType, patchOperations }), type, message);
  }
  await refused(
    call('PutGatewayResponse', { restApiId, responseType, responseTemplates: { 'application/json': null } }),
    'BadRequestException',
    'Invalid null or empty value in responseTemplates',
  );
  await refused(
    call('DeleteGatewayResponse', { restApiId, responseType }),
    'NotFoundException',
    'Gateway response type not defined on api',
  );
  await refused(
    call('GetGatewayResponse', { restApiId: 'none', responseType }),
    'NotFoundException',
    `Invalid API identifier specified ${accountId}:none`,
  );
  assert.deepEqual(await call('GetGatewayResponse', { restApiId, responseType }), before);
});
