import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Exchange } from '../../src/exchange/exchange.ts';
import type { RouteDescription } from '../../src/exchange/recorder.ts';
import { createRecorder } from '../../src/observability/process-recorder.ts';
import { answered, description, requestId, scratchFolder, startedMs } from './fixture.ts';

/** Runs one exchange through a recorder, its clock ticking a millisecond a look. @returns the lines of the log */
async function logged(
  t: TestContext,
  route: Partial<RouteDescription>,
  walk: (exchange: Exchange) => void,
): Promise<string[]> {
  const logsDir = scratchFolder(t);
  let nowMs = startedMs;
  const clock = { nowMs: () => ++nowMs, monotonicNs: () => 0 };
  const recorder = createRecorder({ logsDir, clock, report: assert.fail });
  const exchange = answered(recorder.route({ ...description, ...route }));
  walk(exchange);
  exchange.route.recorder.finished(exchange);
  await recorder.close();
  const file = join(logsDir, `API-Gateway-Execution-Logs_${description.apiId}`, 'prod.log');
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8').replaceAll(exchange.extendedRequestId, 'EXTENDED=');
  assert.ok(text.endsWith('\n'));
  return text.trimEnd().split('\n');
}

const time = (offsetMs: number) => new Date(startedMs + offsetMs).toISOString();

function walk(exchange: Exchange): void {
  exchange.log!.info(`Starting execution for request: ${exchange.requestId}`);
  exchange.log!.fields('Method request headers', ['x-api-key', 'abcdefghijklmnop', 'accept', '*/*']);
  exchange.log!.error('Execution failed due to a timeout error');
  exchange.log!.info('Method completed with status: 504');
  exchange.responseStatus = 504;
}

test('execution log: at INFO all events are written in order, the extended request id first', async (t) => {
  assert.deepEqual(await logged(t, { loggingLevel: 'INFO', dataTrace: true }, walk), [
    `${time(0)} (${requestId}) Extended Request Id: EXTENDED=`,
    `${time(1)} (${requestId}) Starting execution for request: ${requestId}`,
    `${time(2)} (${requestId}) Method request headers: {x-api-key=**********klmnop, accept=*/*}`,
    `${time(3)} (${requestId}) Execution failed due to a timeout error`,
    `${time(4)} (${requestId}) Method completed with status: 504`,
  ]);
});

test('execution log: at ERROR a failed request writes its error events and its status only', async (t) => {
  assert.deepEqual(await logged(t, { loggingLevel: 'ERROR' }, walk), [
    `${time(0)} (${requestId}) Extended Request Id: EXTENDED=`,
    `${time(1)} (${requestId}) Execution failed due to a timeout error`,
    `${time(2)} (${requestId}) Method completed with status: 504`,
  ]);
});

test('execution log: at ERROR a request without an error writes nothing', async (t) => {
  const lines = await logged(t, { loggingLevel: 'ERROR' }, (exchange) => exchange.log!.info('fine'));
  assert.deepEqual(lines, []);
});

test('execution log: at OFF there is none', async (t) => {
  assert.deepEqual(
    await logged(t, { loggingLevel: 'OFF' }, (exchange) => assert.equal(exchange.log, null)),
    [],
  );
});

test('execution log: an event is one line of at most 1024 bytes, without its time', async (t) => {
  const lines = await logged(t, { loggingLevel: 'INFO' }, (exchange) => {
    exchange.log!.info('Method request body before transformations: {\n  "a": 1\r\n}');
    exchange.log!.info(`Endpoint request body: ${'é'.repeat(1_000_000)}`);
  });
  assert.equal(
    lines[1],
    `${time(1)} (${requestId}) Method request body before transformations: {\\n  "a": 1\\r\\n}`,
  );
  const long = lines[2]!.slice(time(0).length + 1);
  assert.ok(Buffer.byteLength(long) <= 1024 && Buffer.byteLength(long) > 1020);
  assert.match(long, /^\(.{36}\) Endpoint request body: é+ \[TRUNCATED\]$/);
});

test('execution log: a flood of events ends at the maximum and says how many were not kept', async (t) => {
  const lines = await logged(t, { loggingLevel: 'INFO' }, (exchange) => {
    for (let i = 0; i < 1_000; i++) exchange.log!.info(`event ${i}`);
  });
  assert.equal(lines.length, 202);
  assert.match(lines.at(-1)!, /\) 800 more events of this request were not kept$/);
});

test('execution log: a request whose body was too large is in it, though in no access log', async (t) => {
  const accessLog = { destinationArn: 'group', format: '$context.requestId' };
  const lines = await logged(t, { loggingLevel: 'ERROR', accessLog }, (exchange) => {
    exchange.errorType = 'REQUEST_TOO_LARGE';
    exchange.log!.error('Gateway response type: REQUEST_TOO_LARGE with status code: 413');
  });
  assert.equal(lines.length, 3);
});
