import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { requestBytes } from '../../bench/harness/wire.ts';
import { sharedNowMs } from '../../bench/load/open-loop-latency.ts';
import type { OpenLoopPlan, OpenLoopReport } from '../../bench/load/open-loop-types.ts';
import { runOpenLoop } from '../../bench/load/run-open-loop.ts';

const answer = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A server that gives each request, which comes in one piece, to `onRequest`. */
async function serve(t: TestContext, onRequest: (socket: Socket, count: number) => void): Promise<number> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', () => onRequest(socket, count++));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function run(port: number, changes: Partial<OpenLoopPlan>): Promise<OpenLoopReport> {
  const request = requestBytes({ port, host: null }, { method: 'GET', path: '/', headers: {}, body: null });
  const plan = { port, request, rateRps: 500, durationMs: 400, burst: 0, connections: 8, drainMs: 1_000 };
  return runOpenLoop({ ...plan, ...changes }, null);
}

test('open-loop generator: every request that is due is sent and counted, the burst included', async (t) => {
  const port = await serve(t, (socket) => socket.write(answer('200 OK', 'hello')));
  const report = await run(port, { burst: 100 });
  assert.equal(report.due, 300);
  assert.equal(report.sent, 300);
  assert.deepEqual(report.statuses, { 200: 300 });
  assert.deepEqual(report.errors, {});
  assert.equal(
    report.perSecond['200']!.reduce((sum, count) => sum + count, 0),
    300,
  );
});

test('open-loop generator: statuses are told apart, with what came before the first of each', async (t) => {
  const port = await serve(t, (socket, count) =>
    socket.write(count < 50 ? answer('200 OK', '') : answer('429 Too Many Requests', 'no')),
  );
  const report = await run(port, { connections: 1 });
  assert.deepEqual(report.statuses, { 200: 50, 429: 150 });
  assert.equal(report.firstAndLast['429']!.answeredBefore, 50);
  assert.ok(report.firstAndLast['429']!.lastSentMs >= report.firstAndLast['429']!.firstAnswerMs);
});

test('open-loop generator: latency counts from when a request was due, so all that a stall delays show it', async (t) => {
  // Nobody is answered before the last request is due; with one connection a closed loop would see one slow request.
  let release: (() => void) | null = null;
  const port = await serve(t, (socket, count) => {
    if (count === 0) {
      setTimeout(() => {
        release = null;
        socket.write(answer('200 OK', ''));
      }, 400);
      release = () => {};
    } else socket.write(answer('200 OK', ''));
  });
  const report = await run(port, { connections: 1, rateRps: 200, durationMs: 400 });
  assert.equal(release, null);
  assert.equal(report.statuses['200'], 80);
  assert.ok(report.latencyUs.p50 > 100_000, `half of them waited for less than ${report.latencyUs.p50} us`);
  assert.ok(report.latencyUs.max >= 390_000);
});

test('open-loop generator: connections that are cut and answers that never come are errors', async (t) => {
  const cutting = await serve(t, (socket, count) => {
    if (count === 3) socket.destroy();
    else socket.write(answer('200 OK', ''));
  });
  const cut = await run(cutting, { connections: 2 });
  assert.equal(cut.errors['connection closed in mid-request'], 1);
  assert.equal(cut.statuses['200'], cut.due - 1);

  const silent = await serve(t, () => {});
  const unanswered = await run(silent, { connections: 3, drainMs: 100 });
  assert.deepEqual(unanswered.errors, { 'never sent': unanswered.due - 3, 'never answered': 3 });
  assert.equal(unanswered.answered, 0);
});

test('open-loop generator: it reports when each request was due and answered, when asked', async (t) => {
  const port = await serve(t, (socket, count) => {
    if (count !== 7) socket.write(answer('200 OK', ''));
  });
  const beforeMs = sharedNowMs();
  const report = await run(port, { keepsTimes: true, connections: 4, drainMs: 200 });
  const { startMs, latenciesUs } = report.times!;
  assert.ok(startMs >= beforeMs && startMs + 400 <= sharedNowMs());
  assert.equal(latenciesUs.length, report.due);
  assert.equal(latenciesUs.filter((us) => us < 0).length, 1);
  // Three digits are kept of the latter.
  const max = Math.max(...latenciesUs);
  assert.ok(Math.abs(max - report.latencyUs.max) <= max / 500);
  assert.equal((await run(port, {})).times, null);
});
