// What an AWS_PROXY call costs the gateway beside its function: the event that is written, the answer that is read, and
// both within the integration's phase. Run: node bench/micro/function-proxy.bench.ts

import { systemClock } from '../../src/base/clock.ts';
import { compileBinaryMediaTypes } from '../../src/base/media-type.ts';
import { Exchange } from '../../src/exchange/exchange.ts';
import type { Route } from '../../src/exchange/route.ts';
import type { Tools } from '../../src/exchange/tools.ts';
import type { InvocationResult } from '../../src/functions/functions.ts';
import { awsProxy } from '../../src/integrations/aws-proxy.ts';
import { takeFunctionAnswer } from '../../src/integrations/aws-proxy-answer.ts';
import { compileEvent } from '../../src/integrations/aws-proxy-event.ts';

const route: Route = {
  accountId: '123456789012',
  region: 'us-east-1',
  apiId: 'abcdef1234',
  apiName: 'pets',
  endpointType: 'REGIONAL',
  stageName: 'prod',
  deploymentId: 'd1e2f3',
  resourceId: 'a1b2c3',
  resourcePath: '/pets/{id}',
  pathParameterNames: ['id'],
  httpMethod: 'POST',
  operationName: null,
  stageVariables: { ver: 'prod' },
  isCanary: null,
  clientCertificate: null,
  isBinary: compileBinaryMediaTypes([]),
  gatewayResponses: { apply: () => {} },
  compression: null,
  recorder: { finished: () => {}, executionLog: () => null },
};
/** A browser's fields, and those of a lean client. */
const clients: Readonly<Record<string, readonly string[]>> = {
  browser: [
    ...['host', 'abcdef1234.execute-api.us-east-1.amazonaws.com', 'connection', 'keep-alive'],
    ...[
      'content-length',
      '27',
      'sec-ch-ua-platform',
      '"Linux"',
      'authorization',
      `Bearer ${'x'.repeat(300)}`,
    ],
    ...['user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0'],
    ...['content-type', 'application/json', 'sec-ch-ua-mobile', '?0', 'accept', '*/*'],
    ...['origin', 'https://shop.example.com', 'sec-fetch-site', 'cross-site', 'sec-fetch-mode', 'cors'],
    ...['sec-fetch-dest', 'empty', 'referer', 'https://shop.example.com/cart'],
    ...[
      'accept-encoding',
      'gzip, deflate, br',
      'accept-language',
      'en-GB,en;q=0.9',
      'cookie',
      'sid=abc; t=1',
    ],
  ],
  lean: [
    ...[
      'host',
      'abcdef1234.execute-api.us-east-1.amazonaws.com',
      'user-agent',
      'curl/8.5.0',
      'accept',
      '*/*',
    ],
    ...['content-type', 'application/json', 'content-length', '27'],
  ],
};
const downstream = {
  aborted: false,
  remoteAddress: () => '203.0.113.5',
  tls: true,
  connection: null,
  localPort: 443,
  body: null,
  upgrade: null,
  onAbort: () => {},
};

function exchangeOf(headers: readonly string[], i: number): Exchange {
  const request = { method: 'POST', path: '/prod/pets/7', query: 't=a&t=b', headers, downstream } as never;
  const address = {
    path: '/prod/pets/7',
    resourceStart: 5,
    domainName: 'abcdef1234.execute-api.us-east-1.amazonaws.com',
    basePath: null,
  };
  const exchange = new Exchange(route, request, 'POST', address, ['7'], 1_704_164_645_000 + i, i);
  exchange.requestBody = Buffer.from('{"name":"Rex","kind":"dog"}');
  return exchange;
}

const answer = Buffer.from(
  JSON.stringify({
    statusCode: 200,
    headers: { 'Content-Type': 'application/json', 'X-Version': '7' },
    body: JSON.stringify({ data: 'x'.repeat(1000) }),
  }),
);
const result: InvocationResult = {
  outcome: 'done',
  requestId: '8d1c1d1a-0000-4000-8000-000000000001',
  executedVersion: '$LATEST',
  functionError: null,
  payload: answer,
  logTail: null,
};
let escaped = 0;
const call = { abort: () => {}, resume: () => {} };
const tools = {
  clock: systemClock,
  functions: {
    invoke: (invocation: { payload: string }, handler: { onEnd(result: InvocationResult): void }) => {
      escaped += Buffer.byteLength(invocation.payload);
      queueMicrotask(() => handler.onEnd(result));
      return call;
    },
  },
} as unknown as Tools;
const uri =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:hello/invocations';
const phase = awsProxy.compile(
  {
    type: 'AWS_PROXY',
    httpMethod: 'POST',
    uri,
    timeoutInMillis: 29_000,
    passthroughBehavior: 'WHEN_NO_MATCH',
  },
  route,
  tools,
);
const event = compileEvent(route);

const rounds = 7;
const perRound = 12_000;

/** CPU time of this process: what others do on the machine is not our cost. Microseconds. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Median and range of microseconds per turn. */
async function measure(name: string, turn: (i: number) => unknown): Promise<void> {
  const figures: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const startedUs = cpuUs();
    for (let i = 0; i < perRound; i++) {
      const made = turn(i);
      if (made instanceof Promise) await made;
    }
    if (round >= 0) figures.push((cpuUs() - startedUs) / perRound);
  }
  figures.sort((a, b) => a - b);
  const [low, median, high] = [figures[0]!, figures[rounds >> 1]!, figures.at(-1)!];
  console.log(`${name.padEnd(36)} ${median.toFixed(2)} us (${low.toFixed(2)} to ${high.toFixed(2)})`);
}

for (const [client, headers] of Object.entries(clients)) {
  const made = event(exchangeOf(headers, 1), []);
  const fields = Object.keys(JSON.parse(made).headers);
  console.log(`${client}: ${Buffer.byteLength(made)} bytes, ${fields.length} fields`);
  await measure('  exchange alone', (i) => {
    escaped += exchangeOf(headers, i).startedMs;
  });
  await measure('  exchange and event, encoded', (i) => {
    escaped += Buffer.byteLength(event(exchangeOf(headers, i), []));
  });
}
const taken = exchangeOf(clients.lean!, 1);
await measure('answer of 1 KB', () => {
  takeFunctionAnswer(taken, answer);
  escaped += taken.responseStatus;
});
await measure('the whole phase, lean client', (i) => phase(exchangeOf(clients.lean!, i)));
if (escaped === 0) throw new Error('nothing was measured');
