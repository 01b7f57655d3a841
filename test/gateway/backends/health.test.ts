// Active health checks over real sockets.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { compileMatcher } from '../../../src/gateway/backends/health-checker.ts';
import type { HealthCheck } from '../../../src/resources/index.ts';
import { exchange, until } from '../../contract/upstream-harness.ts';
import { selfSigned } from '../../upstream/certificates.ts';
import { backendsOf, handClock, poolOf, publishedOf, verified } from './support.ts';

const check: HealthCheck = {
  protocol: 'http',
  path: '/health',
  port: null,
  intervalMs: 100,
  timeoutMs: 200,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  matcher: '200-299',
};

async function listen(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

for (const [matcher, status, expected] of [
  ['200', 200, true],
  ['200', 204, false],
  ['200-399', 302, true],
  ['200-399', 400, false],
  ['200, 301', 301, true],
  ['200,301-302', 302, true],
] as const)
  test(`health: status ${status} ${expected ? 'matches' : 'does not match'} "${matcher}"`, () =>
    assert.equal(compileMatcher(matcher)(status), expected));

test('health: a target that fails its checks gets no calls, and gets them again when it passes', async (t) => {
  let isWell = true;
  const asked: (string | undefined)[] = [];
  const answerAs = (name: string) =>
    createHttpServer((request, response) => {
      const isCheck = request.url === '/health';
      if (isCheck) asked.push(request.headers.host);
      response.statusCode = isCheck && name === 'a' && !isWell ? 500 : 200;
      response.end(name);
    });
  const [a, b] = [await listen(t, answerAs('a')), await listen(t, answerAs('b'))];
  const backends = backendsOf(t, poolOf([a, b], { healthCheck: check }));
  const target = backends.linked('link1', 'http://app.internal', verified);
  const healthy = (): number[] => backends.stats().map((one) => one.healthy);
  await until(() => healthy().join() === '1,1');
  isWell = false;
  await until(() => healthy().join() === '0,1');
  for (let i = 0; i < 4; i++) assert.equal((await exchange(target)).body, 'b');
  isWell = true;
  await until(() => healthy().join() === '1,1');
  const answers = [await exchange(target), await exchange(target)].map(({ body }) => body);
  assert.deepEqual(answers.toSorted(), ['a', 'b']);
  // A target is asked by its own name.
  assert.ok(asked.includes(a) && asked.includes(b));
});

test('health: with a slow start a target that passes again gets its share little by little', async (t) => {
  let isWell = true;
  const answerAs = (name: string) =>
    createHttpServer((request, response) => {
      response.statusCode = request.url === '/health' && name === 'a' && !isWell ? 500 : 200;
      response.end(name);
    });
  const [a, b] = [await listen(t, answerAs('a')), await listen(t, answerAs('b'))];
  const time = handClock();
  const slowStartMs = 10_000;
  const backends = backendsOf(t, poolOf([a, b], { healthCheck: check, slowStartMs }), { clock: time.clock });
  const target = backends.linked('link1', 'http://app.internal', verified);
  const healthy = (): string =>
    backends
      .stats()
      .map((one) => one.healthy)
      .join();
  const callsOf = async (calls: number): Promise<number> => {
    let ofA = 0;
    for (let i = 0; i < calls; i++) if ((await exchange(target)).body === 'a') ofA++;
    return ofA;
  };
  await until(() => healthy() === '1,1');
  time.pass(slowStartMs);
  isWell = false;
  await until(() => healthy() === '0,1');
  isWell = true;
  await until(() => healthy() === '1,1');
  const first = await callsOf(22);
  assert.ok(first >= 1 && first <= 3, `${first} of 22, where a tenth of its weight would be 2`);
  time.pass(slowStartMs);
  assert.equal(await callsOf(20), 10);
});

test('health: when no target is healthy all are used', async (t) => {
  const server = createHttpServer((request, response) => {
    response.statusCode = request.url === '/health' ? 500 : 200;
    response.end('all the same');
  });
  const address = await listen(t, server);
  const backends = backendsOf(t, poolOf([address], { healthCheck: check }));
  const target = backends.linked('link1', 'http://app.internal', verified);
  await until(() => backends.stats()[0]!.healthy === 0);
  assert.equal((await exchange(target)).body, 'all the same');
});

test('health: https checks care for no name, tcp checks for a connection alone, and both for another port', async (t) => {
  const certificate = selfSigned({ host: 'somebody.else' });
  const secure = await listen(
    t,
    createHttpsServer(certificate, (_, response) => response.end()),
  );
  const port = Number(secure.split(':')[1]);
  const refusing = '127.0.0.1:9';
  for (const protocol of ['https', 'tcp'] as const) {
    const backends = backendsOf(t, poolOf([refusing], { healthCheck: { ...check, protocol, port } }));
    await until(() => backends.stats()[0]!.healthy === 1);
    backends.adopt(publishedOf(poolOf([refusing], { healthCheck: { ...check, protocol } })));
    await until(() => backends.stats()[0]!.healthy === 0);
  }
});

test('health: a Unix socket is checked', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-health-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const socketPath = path.join(folder, 'app.sock');
  const server = createHttpServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  t.after(() => server.close());
  const backends = backendsOf(t, poolOf([`unix:${socketPath}`], { healthCheck: check }));
  await until(() => backends.stats()[0]!.healthy === 1);
});
