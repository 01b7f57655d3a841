import assert from 'node:assert/strict';
import test from 'node:test';
import { createControlPlane } from '../../src/control/control-plane.ts';
import { caller, testControl } from '../support/control.ts';

test('control plane: data planes are told of what they serve, and of nothing else', async (t) => {
  const { call, adoptions } = await testControl(t);
  const { id: restApiId, rootResourceId: resourceId } = await call('CreateRestApi', { name: 'pets' });
  const method = { restApiId, resourceId, httpMethod: 'GET' };
  await call('PutMethod', { ...method, authorizationType: 'NONE' });
  await call('PutIntegration', { ...method, type: 'MOCK' });
  await call('CreateRequestValidator', { restApiId, name: 'all' });
  await call('apigatewayv2:CreateApi', {
    name: 'chat',
    protocolType: 'WEBSOCKET',
    routeSelectionExpression: '$request.body.action',
  });
  assert.equal(adoptions(), 0);
  await call('CreateDeployment', { restApiId, stageName: 'prod' });
  assert.equal(adoptions(), 1);
});

test('control plane: a configuration that is read again holds for the next call', async (t) => {
  const { control } = await testControl(t);
  let accountId = '111122223333';
  const { services } = createControlPlane({
    ...control.services,
    get account() {
      return { ...control.services.account, accountId };
    },
  });
  accountId = '444455556666';
  assert.equal(services.account.accountId, '444455556666');
  const again = createControlPlane(services);
  await assert.rejects(again.call('GetRestApi', { restApiId: 'none' }, caller), {
    message: 'Invalid API identifier specified 444455556666:none',
  });
});
