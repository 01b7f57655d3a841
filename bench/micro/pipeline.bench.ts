// What a request costs between the listener and the socket: the whole walk with a downstream that keeps nothing.
// Run: node bench/micro/pipeline.bench.ts [mock|proxy|429 ...]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { signaturesHere } from '../../src/authorizers/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Downstream, IncomingRequest } from '../../src/exchange/downstream.ts';
import type { Upstream } from '../../src/exchange/upstream.ts';
import { createBackends } from '../../src/gateway/backends/index.ts';
import { createDispatch } from '../../src/gateway/dispatch.ts';
import { createSettler } from '../../src/gateway/pipeline/settle.ts';
import { loadPublished, nothingPublished } from '../../src/gateway/published.ts';
import { openThrottle } from '../../src/gateway/throttle/throttle.ts';
import { createRecorder } from '../../src/observability/index.ts';
import { api, mock } from '../../test/support/api.ts';
import { testSettings, writePublished } from '../../test/support/gateway.ts';
import { noFunctions } from '../../test/support/no-functions.ts';
import { renderHere } from '../../test/support/render-here.ts';
import { unseenSockets } from '../../test/support/unseen-sockets.ts';

const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
const settings = testSettings(dataDir);
const clf =
  '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId';
const definition = api({
  'GET /mock': mock('{"ok":true}'),
  'GET /template/{id}': mock('{"id":"$input.params(\'id\')"}'),
  'GET /refused': mock('{}', {
    requestValidatorId: 'params',
    requestParameters: { 'method.request.querystring.q': true },
  }),
  'GET /limited': mock('{}'),
  'ANY /proxy/{proxy+}': {
    integration: {
      type: 'HTTP_PROXY',
      httpMethod: 'ANY',
      uri: 'http://127.0.0.1:1/{proxy}',
      requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
    },
  },
});
const stage = {
  accessLogSettings: { destinationArn: 'arn:aws:logs:us-east-1:1:log-group:bench', format: clf },
  methodSettings: { 'limited/GET': { throttlingRateLimit: 0, throttlingBurstLimit: 0 } },
};
writePublished(dataDir, [{ definition, stage }]);

const recorder = createRecorder({ logsDir: settings.logsDir, flushMs: 150 });
const { throttle } = openThrottle({ file: path.join(dataDir, 'throttle'), processes: 1 });
let sentBytes = 0;
// An upstream that answers at once, so that what is left is our own work on a proxied request.
const answerBytes = Buffer.from(JSON.stringify({ data: 'x'.repeat(1000) }));
const answerHeaders = [
  'content-type',
  'application/json',
  'Date',
  'Sat, 21 Nov 2026 11:24:43 GMT',
  'Content-Length',
  String(answerBytes.length),
];
const call = { abort: () => {}, pause: () => {}, resume: () => {} };
const upstream: Upstream = {
  target: () => ({
    send: (request, handler) => {
      sentBytes += request.path.length + request.headers.length;
      handler.onHead(200, answerHeaders, answerBytes.length);
      handler.onData(answerBytes);
      handler.onEnd();
      return call;
    },
  }),
  close: () => {},
};
const renderer = renderHere();
const settler = createSettler(systemClock);
const published = await loadPublished(settings, nothingPublished(settings), {
  clock: systemClock,
  upstream,
  functions: noFunctions('no function host runs'),
  backends: createBackends(),
  renderer,
  signatures: signaturesHere,
  throttle,
  recorder,
  sockets: unseenSockets,
  ...settler,
});
const dispatch = createDispatch({
  clock: systemClock,
  settler,
  published: () => published,
  handshake: () => {},
  onUnlisted: () => {},
  onBug: (error) => console.error(error),
});

const downstream: Downstream = {
  aborted: false,
  remoteAddress: () => '127.0.0.1',
  tls: false,
  connection: null,
  localPort: 80,
  body: null,
  upgrade: null,
  send: (status, headers, body) => {
    sentBytes += status + headers.length + (body?.length ?? 0);
  },
  begin: () => {},
  write: () => true,
  onDrain: () => {},
  end: () => {},
  destroy: () => {},
  onAbort: () => {},
};
const requestOf = (target: string): IncomingRequest => ({
  method: 'GET',
  path: `/test${target}`,
  query: '',
  headers: ['host', 'testapi001.execute-api.us-east-1.localhost', 'user-agent', 'bench', 'accept', './*'],
  downstream,
});

const all: Readonly<Record<string, string>> = {
  mock: '/mock',
  template: '/template/7',
  'missing parameter': '/refused',
  429: '/limited',
  proxy: '/proxy/a/b',
  'unknown path': '/nothing',
};
const only = process.argv.slice(2);
const targets = Object.fromEntries(
  Object.entries(all).filter(([name]) => only.length === 0 || only.includes(name)),
);
const rounds = 7;
const batch = 20_000;
const medians = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  for (const [name, target] of Object.entries(targets)) {
    const before = process.cpuUsage();
    for (let i = 0; i < batch; i++) dispatch(requestOf(target));
    // CPU time, not wall time: what others do on the machine counts less.
    const { user, system } = process.cpuUsage(before);
    const ns = ((user + system) * 1000) / batch;
    medians.set(name, [...(medians.get(name) ?? []), ns]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
for (const [name, all] of medians) {
  const sorted = all.slice(1).sort((a, b) => a - b);
  console.log(
    `${name.padEnd(20)} ${Math.round(sorted[sorted.length >> 1]!)} ns (${Math.round(sorted[0]!)} to ${Math.round(sorted.at(-1)!)})`,
  );
}
if (sentBytes === 0) throw new Error('nothing was answered');
await recorder.close();
throttle.close();
upstream.close();
await renderer.close();
rmSync(dataDir, { recursive: true, force: true });
