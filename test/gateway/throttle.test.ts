import assert from 'node:assert/strict';
import test from 'node:test';
import { api, mock } from '../support/api.ts';
import { startTestGateway } from '../support/gateway.ts';

const definition = api({ 'GET /a': mock('a'), 'GET /b': mock('b') });
const frozen = { throttlingRateLimit: 0, throttlingBurstLimit: 0 };

test('throttling: the request after the burst answers 429 Too Many Requests without Retry-After', async (t) => {
  const { call } = await startTestGateway(t, [
    // A rate that gives nothing back while the test runs.
    {
      definition,
      stage: { methodSettings: { 'a/GET': { throttlingRateLimit: 0.001, throttlingBurstLimit: 2 } } },
    },
  ]);
  assert.deepEqual([(await call('/a')).status, (await call('/a')).status], [200, 200]);
  const refused = await call('/a');
  assert.deepEqual([refused.status, refused.body], [429, '{"message":"Too Many Requests"}']);
  assert.equal(refused.headers['x-amzn-errortype'], 'TooManyRequestsException');
  assert.equal(refused.headers['retry-after'], undefined);
  assert.equal((await call('/b')).status, 200, 'another method has a bucket of its own');
});

test('throttling: rate 0 and burst 0 refuse everything', async (t) => {
  const { call } = await startTestGateway(t, [{ definition, stage: { methodSettings: { '*/*': frozen } } }]);
  assert.deepEqual([(await call('/a')).status, (await call('/b')).status], [429, 429]);
});

test('throttling: a method setting wins over the stage default', async (t) => {
  const { call } = await startTestGateway(t, [
    {
      definition,
      stage: {
        methodSettings: { '*/*': frozen, 'a/GET': { throttlingRateLimit: 1000, throttlingBurstLimit: 1000 } },
      },
    },
  ]);
  assert.deepEqual([(await call('/a')).status, (await call('/b')).status], [200, 429]);
});

test('throttling: each method has a bucket of its own under the stage default', async (t) => {
  const { call } = await startTestGateway(t, [
    {
      definition,
      stage: { methodSettings: { '*/*': { throttlingRateLimit: 0.001, throttlingBurstLimit: 1 } } },
    },
  ]);
  assert.deepEqual(
    [(await call('/a')).status, (await call('/b')).status, (await call('/a')).status],
    [200, 200, 429],
  );
});

test('throttling: the account’s limit holds over all methods together', async (t) => {
  const { call } = await startTestGateway(t, [{ definition }], {
    published: { accountThrottle: { rateRps: 0.001, burst: 2 } },
  });
  const statuses = [];
  for (const path of ['/a', '/b', '/a', '/b']) statuses.push((await call(path)).status);
  assert.deepEqual(statuses, [200, 200, 429, 429]);
});

test('throttling: -1 means no limit at that level', async (t) => {
  const { call } = await startTestGateway(t, [
    {
      definition,
      stage: { methodSettings: { 'a/GET': { throttlingRateLimit: -1, throttlingBurstLimit: -1 } } },
    },
  ]);
  assert.equal((await call('/a')).status, 200);
});

test('throttling: a refused request takes no token of the account', async (t) => {
  const { call } = await startTestGateway(
    t,
    [{ definition, stage: { methodSettings: { 'a/GET': frozen } } }],
    {
      published: { accountThrottle: { rateRps: 0.001, burst: 1 } },
    },
  );
  for (let i = 0; i < 5; i++) assert.equal((await call('/a')).status, 429);
  assert.equal((await call('/b')).status, 200);
});

test('throttling: THROTTLED can be customised', async (t) => {
  const custom = api(
    { 'GET /a': mock('a') },
    {
      gatewayResponses: {
        THROTTLED: { statusCode: '420', responseParameters: { 'gatewayresponse.header.Retry-After': "'1'" } },
      },
    },
  );
  const { call } = await startTestGateway(t, [
    { definition: custom, stage: { methodSettings: { '*/*': frozen } } },
  ]);
  const answer = await call('/a');
  assert.deepEqual([answer.status, answer.headers['retry-after']], [420, '1']);
});

test('throttling: a new deployment of the same method finds the bucket as it was', async (t) => {
  const stage = { methodSettings: { 'a/GET': { throttlingRateLimit: 0.001, throttlingBurstLimit: 1 } } };
  const { call, publish } = await startTestGateway(t, [{ definition, stage }]);
  assert.equal((await call('/a')).status, 200);
  await publish({ definition: api({ 'GET /a': mock('new') }), stage });
  assert.equal((await call('/a')).status, 429);
});
