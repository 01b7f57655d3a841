// A pool through a whole gateway: what is published is followed, and what happens to calls is seen.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { prometheusText } from '../../../src/observability/index.ts';
import { api } from '../../support/api.ts';
import { startBackend } from '../../support/backend.ts';
import { startTestGateway, writePublished } from '../../support/gateway.ts';
import { poolOf, publishedOf } from './support.ts';

const definition = api({
  'GET /a': {
    integration: {
      type: 'HTTP_PROXY',
      httpMethod: 'GET',
      uri: 'http://app.internal/v1',
      connectionType: 'VPC_LINK',
      connectionId: 'link1',
    },
    responses: { 200: {} },
  },
});
const stage = { methodSettings: { '*/*': { loggingLevel: 'INFO' as const } } };
const refusing = '127.0.0.1:9';

test('pools in a gateway: a retry stands in the execution log and in the metrics', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('well'));
  const { call, dataDir, gateway } = await startTestGateway(t, [{ definition, stage }], {
    published: { backends: publishedOf(poolOf([refusing, backend.authority])) },
  });
  assert.equal((await call('/a')).body, 'well');
  const metrics = prometheusText(gateway.stats());
  assert.match(
    metrics,
    /^sluice_upstream_failures_total\{pool="app",target="127\.0\.0\.1:9",kind="connect"\} 1$/m,
  );
  assert.match(metrics, /^sluice_upstream_retries_total\{pool="app",target="127\.0\.0\.1:9"\} 1$/m);
  await gateway.drain(100);
  const log = readFileSync(
    path.join(dataDir, `logs/API-Gateway-Execution-Logs_${definition.restApi.id}/test.log`),
    'utf8',
  );
  assert.match(
    log,
    new RegExp(
      `Retried on target ${backend.authority} of pool "app": 127\\.0\\.0\\.1:9 for http://app\\.internal: connect`,
    ),
  );
});

test('pools in a gateway: another list of targets is followed without another deployment', async (t) => {
  const [a, b] = await Promise.all(
    ['a', 'b'].map((name) => startBackend(t, (_, response) => response.end(name))),
  );
  const { call, dataDir, gateway } = await startTestGateway(t, [{ definition }], {
    published: { backends: publishedOf(poolOf([a!.authority])) },
  });
  assert.equal((await call('/a')).body, 'a');
  writePublished(dataDir, [{ definition }], { backends: publishedOf(poolOf([b!.authority])) });
  await gateway.adopt();
  assert.equal((await call('/a')).body, 'b');
});

test('pools in a gateway: a pool without a target that answers is a 504', async (t) => {
  const { call } = await startTestGateway(t, [{ definition }], {
    published: { backends: publishedOf(poolOf([refusing])) },
  });
  const { status, body } = await call('/a');
  assert.deepEqual([status, body], [504, '{"message": "Network error communicating with endpoint"}']);
});
