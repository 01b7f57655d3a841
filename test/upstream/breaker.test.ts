// The circuit breaker in front of connecting.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { Breaker, connectBreaker } from '../../src/gateway/upstream/breaker.ts';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { answering, exchange } from '../contract/upstream-harness.ts';
import fc from '../support/properties.ts';

const settings = { failures: 3, overMs: 100, backoffMs: 50, backoffMsMax: 150 };
const verified = { insecureSkipVerification: false };

function opened(): Breaker {
  const breaker = new Breaker(settings);
  for (const at of [0, 50, 100]) breaker.failed(at, 'ECONNREFUSED');
  return breaker;
}

test('breaker: it opens after so many failures in a row, and not before so long a time of them', () => {
  const breaker = new Breaker(settings);
  for (let i = 0; i < 20; i++) breaker.failed(99, 'ECONNREFUSED');
  assert.equal(breaker.state, 'closed');
  breaker.failed(199, 'ECONNREFUSED');
  assert.deepEqual([breaker.state, breaker.openedCount], ['open', 1]);
  const other = new Breaker(settings);
  for (const at of [0, 50]) other.failed(at, 'ECONNREFUSED');
  other.succeeded();
  for (const at of [100, 200]) other.failed(at, 'ECONNREFUSED');
  assert.equal(other.state, 'closed');
});

test('breaker: one probe is let through after the backoff, which doubles up to its maximum', () => {
  const breaker = opened();
  let now = 100;
  for (const backoffMs of [50, 100, 150, 150]) {
    assert.equal(breaker.admits(now + backoffMs - 1), false);
    now += backoffMs;
    assert.deepEqual([breaker.admits(now), breaker.admits(now)], [true, false]);
    breaker.failed(now, 'ECONNREFUSED');
  }
  now += 150;
  assert.equal(breaker.admits(now), true);
  breaker.succeeded();
  assert.deepEqual([breaker.state, breaker.admits(now), breaker.openedCount], ['closed', true, 1]);
});

test('breaker: a probe that was given up leaves room for another', () => {
  const breaker = opened();
  assert.equal(breaker.admits(150), true);
  breaker.abandoned();
  assert.equal(breaker.admits(150), true);
});

test('breaker: it never refuses for longer than its longest backoff, and never without failures in a row', () => {
  const event = fc.record({
    passMs: fc.integer({ min: 0, max: 60 }),
    kind: fc.constantFrom('ok', 'bad', 'gone'),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 100 }), (events) => {
      const breaker = new Breaker(settings);
      let now = 0;
      let inRow = 0;
      let lastFailureMs = 0;
      for (const { passMs, kind } of events) {
        now += passMs;
        if (!breaker.admits(now)) {
          assert.ok(inRow >= settings.failures && now - lastFailureMs < settings.backoffMsMax);
          continue;
        }
        if (kind === 'ok') breaker.succeeded();
        else if (kind === 'gone') breaker.abandoned();
        else {
          breaker.failed(now, 'ECONNREFUSED');
          lastFailureMs = now;
        }
        inRow = kind === 'ok' ? 0 : kind === 'bad' ? inRow + 1 : inRow;
      }
    }),
  );
});

test('breaker: a plain origin that cannot be reached fails fast and says so, and is found when it is back', async (t) => {
  const server = createServer(answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const breaker = { failures: 3, overMs: 0, backoffMs: 20, backoffMsMax: 20 };
  const upstream = createUpstream({ breaker });
  t.after(() => upstream.close());
  const target = upstream.target(`http://127.0.0.1:${port}`, verified);
  for (let i = 0; i < 3; i++) assert.equal((await exchange(target)).failure?.source, 'upstream');
  const refused = await exchange(target);
  assert.deepEqual([refused.failure?.kind, refused.failure?.source], ['connect', 'ourselves']);
  assert.match(
    refused.failure!.detail,
    /the circuit breaker is open after 3 failures to connect, the last: connect ECONNREFUSED/,
  );
  const [stats] = upstream.stats();
  assert.deepEqual(
    [stats!.failures, stats!.breakerOpened, stats!.breakerOpen, stats!.healthy],
    [{ connect: 3, refused: 1 }, 1, 1, 0],
  );
  await listen(port);
  t.after(() => server.close());
  let got = await exchange(target);
  while (got.failure !== null) got = await exchange(target);
  assert.equal(got.body, 'ok');
  assert.equal(upstream.stats()[0]!.breakerOpen, 0);
});

test('breaker: its default lets ten failures pass, and a second of them', () => {
  assert.deepEqual(connectBreaker, { failures: 10, overMs: 1_000, backoffMs: 250, backoffMsMax: 1_000 });
});
