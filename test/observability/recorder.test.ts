import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { createRecorder } from '../../src/observability/process-recorder.ts';
import type { SeriesStats } from '../../src/observability/stats.ts';
import { answered, description, requestId, scratchFolder, startedNs } from './fixture.ts';

const withoutLogs = { logsDir: null, report: assert.fail };

/** The plain numbers of a series. */
const figures = ({ count, errors4xx, errors5xx, aborted, latency, integrationLatency }: SeriesStats) => ({
  count,
  errors4xx,
  errors5xx,
  aborted,
  latencies: latency.count,
  integrationLatencies: integrationLatency.count,
});

test('recorder: a request counts once, and as an error by its own status', () => {
  const recorder = createRecorder(withoutLogs);
  const route = recorder.route(description);
  for (const status of [200, 302, 400, 404, 429, 499, 500, 504, 200]) {
    const exchange = answered(route);
    exchange.responseStatus = status;
    exchange.wasAborted = status === 302;
    if (status === 429) exchange.integrationStartedNs = 0;
    route.finished(exchange);
  }
  const { series, unlisted } = recorder.stats(null);
  assert.equal(series.length, 1);
  assert.equal(unlisted, 0);
  assert.deepEqual(figures(series[0]!), {
    count: 9,
    errors4xx: 4,
    errors5xx: 2,
    aborted: 1,
    latencies: 9,
    integrationLatencies: 8,
  });
});

test('recorder: latencies are measured from begin to end, and to the integration and back', () => {
  const recorder = createRecorder(withoutLogs);
  const route = recorder.route(description);
  route.finished(answered(route));
  const { latency, integrationLatency } = recorder.stats(null).series[0]!;
  assert.deepEqual([latency.sumUs, latency.maxUs], [12_000, 12_000]);
  assert.deepEqual([integrationLatency.sumUs, integrationLatency.maxUs], [10_000, 10_000]);
});

test('recorder: an exchange that nobody ended ends now', () => {
  const clock = { nowMs: () => 0, monotonicNs: () => startedNs + 5e6 };
  const recorder = createRecorder({ ...withoutLogs, clock });
  const route = recorder.route(description);
  const exchange = answered(route);
  exchange.endedNs = 0;
  route.finished(exchange);
  assert.equal(exchange.endedNs, startedNs + 5e6);
  assert.equal(recorder.stats(null).series[0]!.latency.sumUs, 5_000);
});

test('recorder: a request above the size limit, and one of an unknown API, count in no API', () => {
  const recorder = createRecorder(withoutLogs);
  const route = recorder.route(description);
  const tooLarge = answered(route);
  tooLarge.responseStatus = 413;
  tooLarge.errorType = 'REQUEST_TOO_LARGE';
  route.finished(tooLarge);
  recorder.unlisted.finished();
  const { series, unlisted } = recorder.stats(null);
  assert.equal(unlisted, 2);
  assert.equal(series[0]!.count, 0);
});

test("recorder: a 413 of the backend is the API's own", () => {
  const recorder = createRecorder(withoutLogs);
  const route = recorder.route(description);
  const exchange = answered(route);
  exchange.responseStatus = 413;
  route.finished(exchange);
  assert.equal(recorder.stats(null).series[0]!.errors4xx, 1);
});

test('recorder: a route that comes again after a deployment continues its counters, under its new API name', () => {
  const recorder = createRecorder(withoutLogs);
  for (const apiName of ['Pets', 'Animals']) {
    const route = recorder.route({ ...description, apiName, detailedMetrics: true });
    route.finished(answered(route));
  }
  const { series } = recorder.stats(null);
  assert.equal(series.length, 1);
  assert.equal(series[0]!.count, 2);
  assert.equal(series[0]!.apiName, 'Animals');
});

test('recorder: methods without detailed metrics count with their stage, detailed ones by themselves', () => {
  const recorder = createRecorder(withoutLogs);
  const shapes = [
    { httpMethod: 'GET', detailedMetrics: false },
    { httpMethod: 'PUT', detailedMetrics: false },
    { httpMethod: 'POST', detailedMetrics: true },
  ];
  for (const shape of shapes) {
    const route = recorder.route({ ...description, ...shape });
    route.finished(answered(route));
  }
  assert.deepEqual(
    recorder
      .stats(null)
      .series.map(({ httpMethod, resourcePath, count }) => [httpMethod, resourcePath, count]),
    [
      [null, null, 2],
      ['POST', '/pets/{petId}', 1],
    ],
  );
});

test('recorder: detailed methods above the maximum count with their stage, which is said once', () => {
  const reports: string[] = [];
  const recorder = createRecorder({
    logsDir: null,
    detailedSeriesMax: 2,
    report: (m) => void reports.push(m),
  });
  for (let i = 0; i < 5; i++) {
    const route = recorder.route({ ...description, resourcePath: `/${i}`, detailedMetrics: true });
    route.finished(answered(route));
  }
  assert.deepEqual(
    recorder.stats(null).series.map((one) => [one.resourcePath, one.count]),
    [
      ['/0', 1],
      ['/1', 1],
      [null, 3],
    ],
  );
  assert.equal(reports.length, 1);
});

test('recorder: the access log has a line for each request, by the format of its stage', async (t) => {
  const logsDir = scratchFolder(t);
  const recorder = createRecorder({ logsDir, report: assert.fail });
  const format =
    '$context.requestId $context.identity.sourceIp $context.stage $context.resourcePath $context.status';
  const route = recorder.route({
    ...description,
    accessLog: { destinationArn: 'arn:aws:logs:r:1:log-group:pets', format },
  });
  for (const address of ['192.0.2.1', '2001:db8::1']) route.finished(answered(route, { address }));
  await recorder.close();
  const path = join(logsDir, 'access', 'pets.log');
  assert.equal(
    readFileSync(path, 'utf8'),
    `${requestId} 192.0.2.1 prod /pets/{petId} 200\n${requestId} 2001:db8::1 prod /pets/{petId} 200\n`,
  );
  assert.deepEqual(recorder.stats(null).logs, [{ path, linesWritten: 2, linesDropped: 0 }]);
});

test("recorder: the client's address is asked for while its socket is there, when the format has it", () => {
  const recorder = createRecorder({ logsDir: null });
  let asked = 0;
  const begin = (format: string) => {
    const route = recorder.route({ ...description, accessLog: { destinationArn: 'a', format } });
    const exchange = answered(route);
    asked = 0;
    exchange.downstream.remoteAddress = () => {
      asked++;
      return '';
    };
    exchange.sourceIp();
    return asked;
  };
  assert.equal(begin('$context.requestId $context.identity.sourceIp'), 0);
  assert.equal(begin('$context.requestId'), 1);
});

test('recorder: stats survive JSON and structured clone', () => {
  const recorder = createRecorder(withoutLogs);
  const route = recorder.route(description);
  route.finished(answered(route));
  const stats = recorder.stats(null);
  assert.deepEqual(JSON.parse(JSON.stringify(stats)), stats);
  assert.deepEqual(structuredClone(stats), stats);
});

test('recorder: a canary has its own half of the metrics, an execution log of its own, and says so', async (t) => {
  const logsDir = scratchFolder(t);
  const recorder = createRecorder({ logsDir, report: assert.fail });
  const format = '$context.requestId $context.isCanaryRequest $context.protocol';
  for (const isCanary of [true, false, null]) {
    const route = recorder.route({
      ...description,
      isCanary,
      loggingLevel: 'INFO',
      accessLog: { destinationArn: 'group', format },
    });
    const exchange = answered(route);
    exchange.log!.info(`canary: ${isCanary}`);
    route.finished(exchange);
  }
  await recorder.close();
  assert.deepEqual(
    recorder.stats(null).series.map(({ stageName, count }) => [stageName, count]),
    [
      ['prod/Canary', 1],
      ['prod', 2],
    ],
  );
  const read = (...names: string[]) => readFileSync(join(logsDir, ...names), 'utf8');
  assert.equal(
    read('access', 'group.log'),
    ['true', 'false', '-'].map((said) => `${requestId} ${said} HTTP/1.1\n`).join(''),
  );
  const group = `API-Gateway-Execution-Logs_${description.apiId}`;
  assert.deepEqual(read(group, 'prod', 'Canary.log').match(/canary: .*/g), ['canary: true']);
  assert.deepEqual(read(group, 'prod.log').match(/canary: .*/g), ['canary: false', 'canary: null']);
});

test('recorder: bodies are asked for where the stage wants a data trace, and nowhere else', (t) => {
  const recorder = createRecorder({ logsDir: scratchFolder(t), report: assert.fail });
  for (const dataTrace of [true, false])
    for (const loggingLevel of ['ERROR', 'INFO'] as const) {
      const { log } = answered(recorder.route({ ...description, loggingLevel, dataTrace }));
      assert.equal(log!.dataTrace, dataTrace);
    }
});

test('recorder: flush writes what waits, and reopen lets moved files go', async (t) => {
  const logsDir = scratchFolder(t);
  const recorder = createRecorder({ logsDir, report: assert.fail, flushMs: 3_600_000 });
  const route = recorder.route({
    ...description,
    accessLog: { destinationArn: 'group', format: '$context.requestId' },
  });
  const file = join(logsDir, 'access', 'group.log');
  route.finished(answered(route));
  await recorder.flush();
  assert.equal(readFileSync(file, 'utf8'), `${requestId}\n`);
  renameSync(file, `${file}.1`);
  assert.ok(isHeldOpen(`${file}.1`));
  await recorder.reopen();
  assert.ok(!isHeldOpen(`${file}.1`));
  route.finished(answered(route));
  await recorder.close();
  assert.equal(readFileSync(file, 'utf8'), `${requestId}\n`);
});

/** Whether this process has the file open, as Linux tells it. */
const isHeldOpen = (file: string): boolean =>
  readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false; // the folder's own, closed by now
    }
  });
