import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { publishedStatePath } from '../../src/resources/snapshot-file.ts';
import { api, mock } from '../support/api.ts';
import { startTestGateway } from '../support/gateway.ts';

test('swap: a deployment under load fails no request, and what follows its answer sees it', async (t) => {
  const versionOf = (n: number) => ({
    definition: api({ 'GET /v': mock(`${n}`), [`GET /only${n}`]: mock('x') }),
  });
  const { call, publish } = await startTestGateway(t, [versionOf(0)]);
  let isOver = false;
  let requests = 0;
  const load = Array.from({ length: 8 }, async () => {
    let last = 0;
    while (!isOver) {
      const answer = await call('/v');
      assert.equal(answer.status, 200);
      assert.ok(Number(answer.body) >= last, 'a request never sees an older deployment than the one before');
      last = Number(answer.body);
      requests++;
    }
  });
  for (let n = 1; n <= 20; n++) {
    await publish(versionOf(n));
    assert.equal((await call('/v')).body, String(n));
    assert.equal((await call(`/only${n - 1}`)).status, 403);
  }
  isOver = true;
  await Promise.all(load);
  assert.ok(requests > 20);
});

test('swap: stage settings change without a new deployment', async (t) => {
  const definition = api({ 'GET /c': mock('$stageVariables.color') });
  const { call, publish } = await startTestGateway(t, [
    { definition, stage: { variables: { color: 'red' } } },
  ]);
  assert.equal((await call('/c')).body, 'red');
  await publish({ definition, stage: { variables: { color: 'green' } } });
  assert.equal((await call('/c')).body, 'green');
});

test('swap: an API that is no longer published answers 403 Forbidden', async (t) => {
  const { call, publish } = await startTestGateway(t, [{ definition: api({ 'GET /a': mock('a') }) }]);
  assert.equal((await call('/a')).status, 200);
  await publish();
  const answer = await call('/a');
  assert.deepEqual([answer.status, answer.body], [403, '{"message":"Forbidden"}']);
});

test('swap: a damaged published state is refused and the last one stays served', async (t) => {
  const { call, dataDir, gateway } = await startTestGateway(t, [
    { definition: api({ 'GET /a': mock('a') }) },
  ]);
  writeFileSync(publishedStatePath(dataDir), 'rubbish');
  await assert.rejects(gateway.adopt(), /published\.msgpack/);
  assert.equal((await call('/a')).body, 'a');
  rmSync(publishedStatePath(dataDir));
  await gateway.adopt();
  assert.equal((await call('/a')).body, 'a');
});

test('swap: 300 methods are compiled in slices, between which requests are served', async (t) => {
  const many = (n: number) => ({
    definition: api(
      Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [
          `GET /m${i}`,
          mock(`${n} #if($input.params("a") != "")$context.requestId#end`),
        ]),
      ),
    ),
  });
  const { call, publish } = await startTestGateway(t, [many(0)]);
  let isOver = false;
  let during = 0;
  const swapping = publish(many(1)).then(() => {
    isOver = true;
  });
  while (!isOver) {
    await call('/m1');
    during++;
  }
  await swapping;
  assert.ok(during > 0);
  assert.equal((await call('/m299')).body, '1 ');
});
