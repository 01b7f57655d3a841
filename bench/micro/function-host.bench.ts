// What a warm invocation costs the function host beside its environment and the wire: name, permission, content,
// concurrency, pool, result. Run: node bench/micro/function-host.bench.ts

import type { Invocation, InvocationHandler } from '../../src/functions/functions.ts';
import type { Environments } from '../../src/functions/host/environment.ts';
import { createFunctionHost } from '../../src/functions/host/index.ts';
import { payloadRefusal } from '../../src/functions/host/payload.ts';

const accountId = '123456789012';
const functionArn = `arn:aws:lambda:us-east-1:${accountId}:function:hello`;
const answer = {
  functionError: null,
  payload: Buffer.from('{"statusCode":200}'),
  logTail: null,
  isReusable: true,
};

/** Answers at once, where a process would answer later. */
const environments: Environments = {
  start: () => ({
    ready: Promise.resolve(null),
    ended: new Promise(() => {}),
    rssBytes: 0,
    run: (_, handler) => {
      pending = handler;
      return stream;
    },
    kill: () => {},
  }),
  sweep: async () => {},
};
const stream = { resume: () => {} };
let pending: Parameters<ReturnType<Environments['start']>['run']>[1] | null = null;

const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'gateway',
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: functionArn,
      Condition: {
        ArnLike: { 'AWS:SourceArn': `arn:aws:execute-api:us-east-1:${accountId}:abcdef1234/*/GET/pets/*` },
      },
    },
  ],
});

/** A proxy event of a browser's request, about 3 KB. */
const headers = Object.fromEntries(
  Array.from({ length: 14 }, (_, i) => [`X-Header-${i}`, 'some value of a field, '.repeat(2)]),
);
const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
const event = JSON.stringify({
  resource: '/pets/{id}',
  path: '/pets/7',
  httpMethod: 'GET',
  headers,
  multiValueHeaders,
  body: null,
});

const byService: Invocation['by'] = {
  kind: 'service',
  service: 'apigateway.amazonaws.com',
  sourceArn: `arn:aws:execute-api:us-east-1:${accountId}:abcdef1234/prod/GET/pets/{id}`,
  sourceAccount: accountId,
};
const byIdentity: Invocation['by'] = { kind: 'identity', arn: `arn:aws:iam::${accountId}:user/x` };
const invocationOf = (by: Invocation['by'], payload: string | Uint8Array): Invocation => ({
  functionName: functionArn,
  qualifier: null,
  type: 'RequestResponse',
  payload,
  by,
  clientContext: null,
  traceId: null,
  isStreamed: false,
  wantsLogTail: false,
});

const host = createFunctionHost({ environments, eventsFile: ':memory:', log: console.error });
host.adopt({
  functions: [
    {
      functionName: 'hello',
      functionArn,
      reservedConcurrency: null,
      versions: [
        {
          version: '$LATEST',
          runtime: 'nodejs24.x',
          handler: 'app.handler',
          codeHash: 'x',
          environment: {},
          timeoutSeconds: 3,
          memoryMb: 128,
          ephemeralStorageMb: 512,
          concurrencyPerEnvironment: 1,
        },
      ],
      aliases: [],
      policies: { '': policy },
      eventInvokeConfigs: {},
    },
  ],
  accountId,
  region: 'us-east-1',
});

let done = 0;
const handler: InvocationHandler = {
  onHead: () => {},
  onData: () => true,
  onEnd: (result) => {
    if (result.outcome === 'done') done++;
  },
};

function once(invocation: Invocation): void {
  host.invoke(invocation, handler);
  const { onEnd } = pending!;
  onEnd.call(pending, answer);
}

host.invoke(invocationOf(byService, '{}'), handler);
await new Promise((resolve) => setImmediate(resolve));
pending!.onEnd(answer);

const rounds = 100_000;
const cases: Readonly<Record<string, () => void>> = {
  'identity, 2 bytes': () => once(invocationOf(byIdentity, '{}')),
  'service, 2 bytes': () => once(invocationOf(byService, '{}')),
  [`service, ${event.length} bytes of text`]: () => once(invocationOf(byService, event)),
  [`service, ${event.length} bytes`]: () => once(invocationOf(byService, bytes)),
  [`of it: content of ${event.length} bytes`]: () => void payloadRefusal(invocationOf(byService, bytes)),
};
const bytes = Buffer.from(event);
for (const [name, run] of Object.entries(cases)) {
  const figures: number[] = [];
  for (let i = 0; i < 7; i++) {
    const beganNs = process.hrtime.bigint();
    for (let j = 0; j < rounds; j++) run();
    figures.push(Number(process.hrtime.bigint() - beganNs) / rounds / 1000);
  }
  figures.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(36)} ${figures[3]!.toFixed(2)} us (${figures[0]!.toFixed(2)} to ${figures[6]!.toFixed(2)})`,
  );
}
if (done !== 4 * 7 * rounds + 1) throw new Error(`${done} invocations were done`);
