import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { requestBytes } from '../../bench/harness/wire.ts';
import { type Generator, nativeMissing } from '../../bench/load/native/program.ts';
import { sharedNowMs } from '../../bench/load/open-loop-latency.ts';
import type { OpenLoopPlan, OpenLoopReport } from '../../bench/load/open-loop-types.ts';
import { runOpenLoop } from '../../bench/load/run-open-loop.ts';

const answer = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A server that gives each request, which comes in one piece when it is short, to `onRequest`. */
async function serve(
  t: TestContext,
  onRequest: (socket: Socket, count: number, request: Buffer) => void,
): Promise<number> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('data', (request) => onRequest(socket, count++, request));
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

type Run = (port: number, changes: Partial<OpenLoopPlan>) => Promise<OpenLoopReport>;

function runBy(generator: Generator): Run {
  return (port, changes) => {
    const asked = { method: 'GET', path: '/', headers: {}, body: null };
    const request = requestBytes({ port, host: null }, asked);
    const plan = { port, request, rateRps: 500, durationMs: 400, burst: 0, connections: 8, drainMs: 1_000 };
    return runOpenLoop({ ...plan, ...changes }, null, () => {}, 'normal', generator);
  };
}

type Case = (t: TestContext, run: Run) => Promise<void>;

/** One test for each of the two generators. */
function testEach(title: string, of: Case): void {
  for (const generator of ['native', 'node'] as const) {
    const skip = (generator === 'native' && nativeMissing()) || false;
    test(`open-loop generator (${generator}): ${title}`, { skip }, (t) => of(t, runBy(generator)));
  }
}

testEach('every request that is due is sent and counted, the burst included', async (t, run) => {
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

testEach('statuses are told apart, with what came before the first of each', async (t, run) => {
  const port = await serve(t, (socket, count) =>
    socket.write(count < 50 ? answer('200 OK', '') : answer('429 Too Many Requests', 'no')),
  );
  const report = await run(port, { connections: 1 });
  assert.deepEqual(report.statuses, { 200: 50, 429: 150 });
  assert.equal(report.firstAndLast['429']!.answeredBefore, 50);
  assert.ok(report.firstAndLast['429']!.lastSentMs >= report.firstAndLast['429']!.firstAnswerMs);
});

testEach('latency counts from when a request was due, so all that a stall delays show it', async (t, run) => {
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

testEach('connections that are cut and answers that never come are errors', async (t, run) => {
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

testEach('it reports when each request was due and answered, when asked', async (t, run) => {
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

testEach('a request is sent when it is due, and not when the next one is', async (t, run) => {
  const port = await serve(t, (socket) => socket.write(answer('200 OK', '')));
  const report = await run(port, { rateRps: 1, durationMs: 1_000 });
  assert.equal(report.due, 1);
  assert.ok(report.elapsedMs < 1_000, `it was answered after ${report.elapsedMs} ms`);
});

testEach('answers end where their framing says so, however they are cut', async (t, run) => {
  const answers = [
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
    'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  ];
  const port = await serve(t, (socket, count) => {
    const text = answers[count % answers.length]!;
    const cut = (count * 7) % text.length;
    socket.setNoDelay(true);
    if (cut > 0) socket.write(text.slice(0, cut));
    setImmediate(() => socket.write(text.slice(cut)));
  });
  const report = await run(port, { connections: 1 });
  assert.deepEqual(report.statuses, { 200: 50, 201: 50, 204: 50, 304: 50 });
  assert.deepEqual(report.errors, {});
});

/** A file with this text, for as long as the test runs. */
function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-load-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'each.txt');
  writeFileSync(file, text);
  return file;
}

testEach('the lines of a file take their turns in the request', async (t, run) => {
  const seen: string[] = [];
  const port = await serve(t, (socket, _, request) => {
    seen.push(request.toString('latin1').split('\r\n')[0]!);
    socket.write(answer('200 OK', ''));
  });
  const eachFile = fileOf(t, 'a\nb\nc');
  const request = 'GET /{each}/x HTTP/1.1\r\nHost: h\r\n\r\n';
  await run(port, { request, eachFile, rateRps: 10, burst: 4, connections: 1 });
  const lines = ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b'];
  assert.deepEqual(
    seen,
    lines.map((line) => `GET /${line}/x HTTP/1.1`),
  );
});

testEach('a request that is larger than what a socket takes at once arrives whole', async (t, run) => {
  const bytes = 8 * 2 ** 20;
  const got = new Map<Socket, number>();
  const port = await serve(t, (socket, _, chunk) => {
    const count = (got.get(socket) ?? 0) + chunk.length;
    got.set(socket, count % bytes);
    if (count >= bytes) socket.write(answer('200 OK', ''));
  });
  const head = `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: `;
  const rest = bytes - head.length - 7 - 4;
  const eachFile = fileOf(t, 'x'.repeat(rest));
  const request = `${head}${rest}\r\n\r\n{each}`;
  const report = await run(port, { request, eachFile, rateRps: 10, connections: 1 });
  assert.deepEqual([report.statuses, report.errors], [{ 200: 4 }, {}]);
});

testEach('a line that was cut is opened again, and the load goes on', async (t, run) => {
  const port = await serve(t, (socket, count) => {
    if (count % 10 === 9) socket.destroy();
    else socket.write(answer('200 OK', ''));
  });
  const report = await run(port, { connections: 1, rateRps: 100, durationMs: 200 });
  assert.deepEqual(report.statuses, { 200: 18 });
  assert.deepEqual(report.errors, { 'connection closed in mid-request': 2 });
});

testEach('what is not HTTP is an error, and no answer', async (t, run) => {
  const port = await serve(t, (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  const report = await run(port, { connections: 1, rateRps: 5, durationMs: 200 });
  assert.deepEqual(report.errors, { 'not an answer': 1, 'connection closed in mid-request': 1 });
  assert.equal(report.answered, 0);
});

testEach(
  'at ten thousand a second all that is due is sent, with lines to spare and without',
  async (t, run) => {
    const port = await serve(t, (socket) => socket.write(answer('200 OK', '')));
    for (const connections of [64, 2]) {
      const plan = { connections, rateRps: 10_000, durationMs: 100, drainMs: 10_000, keepsTimes: true };
      const report = await run(port, plan);
      assert.deepEqual([report.statuses, report.errors], [{ 200: 1_000 }, {}]);
      assert.ok(report.times!.latenciesUs.every((us) => us > 0 && us <= report.elapsedMs * 1_000 + 1));
    }
  },
);

testEach('there is no load, and no report, where nobody listens', async (_, run) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  await assert.rejects(run(port, {}), /ended \(1\) without a report/);
});
