// HTTP integrations through a VPC link: the pool's target is called, the URI names the host.

import assert from 'node:assert/strict';
import test from 'node:test';
import { noBackends, type TargetPool } from '../../src/resources/index.ts';
import { api } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

const pool: Omit<TargetPool, 'targets'> = {
  name: 'orders',
  balance: 'roundRobin',
  healthCheck: null,
  outlierDetection: { consecutiveFailures: 0, baseEjectionMs: 1, maxEjectionMs: 1, maxEjectedPercent: 0 },
  slowStartMs: 0,
  connectionsMax: 8,
  queuedMax: 8,
  drainMs: 100,
  retryBudgetPercent: 0,
  ca: null,
  proxy: null,
};
const vpcLinks = [
  {
    id: 'link01',
    targetArns: ['arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/orders/1a2b'],
  },
];

for (const type of ['HTTP', 'HTTP_PROXY'] as const) {
  test(`VPC link: ${type} calls a target of the pool, with the host of its URI`, async (t) => {
    const backend = await startBackend(t, (_, response) => response.end('private'));
    const targets = [{ address: backend.authority, weight: 1 }];
    const definition = api({
      'GET /a': {
        integration: {
          type,
          httpMethod: 'GET',
          uri: 'http://orders.internal/v1',
          connectionType: 'VPC_LINK',
          connectionId: `\${stageVariables.link}`,
        },
        responses: { 200: {} },
      },
    });
    const backends = { ...noBackends, pools: [{ ...pool, targets }], vpcLinks };
    const { call } = await startTestGateway(t, [{ definition, stage: { variables: { link: 'link01' } } }], {
      published: { backends },
    });
    const { status, body } = await call('/a');
    assert.deepEqual([status, body], [200, 'private']);
    const { url, headers } = backend.last();
    assert.deepEqual([url, headers.host], ['/v1', 'orders.internal']);
  });

  test(`VPC link: ${type} through a link that is not there answers 504`, async (t) => {
    const definition = api({
      'GET /a': {
        integration: {
          type,
          httpMethod: 'GET',
          uri: 'http://orders.internal/v1',
          connectionType: 'VPC_LINK',
          connectionId: 'none',
        },
        responses: { 200: {} },
      },
    });
    const { call } = await startTestGateway(t, [{ definition }]);
    const { status, body } = await call('/a');
    assert.deepEqual([status, body], [504, '{"message": "Network error communicating with endpoint"}']);
  });
}
