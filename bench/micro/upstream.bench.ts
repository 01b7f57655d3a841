// What does one upstream request cost this process? CPU time per request of the lean client, of our pool over undici,
// of bare undici dispatch and of undici.request, interleaved, against a raw server in another process.
// Run: node bench/micro/upstream.bench.ts [requests per round]

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Dispatcher, Pool } from 'undici';
import { createUpstream } from '../../src/gateway/upstream/index.ts';

const concurrency = 64;
const rounds = 7;
const requestsPerRound = Number(process.argv[2] ?? 20_000);
const bodyBytes = 1024;
const requestHeaders = [
  'Accept',
  'application/json',
  'X-Amzn-Trace-Id',
  'Root=1-67891233-abcdef012345678912345678',
];

/** Sends one request and calls `done` with the bytes of the body. */
type Sender = (done: (bytes: number) => void) => void;

function serveInChild(): void {
  const fields =
    'Content-Type: application/json\r\nX-Request-Id: 01234567-89ab-cdef\r\nCache-Control: no-store';
  const head = `HTTP/1.1 200 OK\r\n${fields}\r\nContent-Length: ${bodyBytes}\r\n\r\n`;
  const answer = Buffer.from(head + 'x'.repeat(bodyBytes));
  // No parsing: with one request at a time on a connection, each read is one request.
  const server = createServer({ noDelay: true }, (socket) =>
    socket.on('data', () => socket.write(answer)).on('error', () => {}),
  );
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port));
}

function senders(origin: string): ReadonlyMap<string, Sender> {
  const ours = (client: 'lean' | 'undici'): Sender => {
    const target = createUpstream({ client }).target(origin, { insecureSkipVerification: false });
    const request = {
      method: 'GET',
      path: '/pets/1',
      headers: requestHeaders,
      body: null,
      timeoutMs: 29_000,
      timeoutCovers: 'answer',
    } as const;
    return (done) => {
      let bytes = 0;
      target.send(request, {
        onHead() {},
        onData(chunk) {
          bytes += chunk.length;
          return true;
        },
        onEnd: () => done(bytes),
        onError(failure) {
          throw new Error(failure.detail);
        },
      });
    };
  };
  const pool = new Pool(origin, { connections: concurrency, pipelining: 1 });
  const options = { method: 'GET', path: '/pets/1', headers: requestHeaders } as Dispatcher.DispatchOptions;
  return new Map<string, Sender>([
    ['lean', ours('lean')],
    ['our pool over undici', ours('undici')],
    [
      'undici dispatch',
      (done) => {
        let bytes = 0;
        pool.dispatch(options, {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData(_controller, chunk) {
            bytes += chunk.length;
          },
          onResponseEnd: () => done(bytes),
          onResponseError(_controller, error) {
            throw error;
          },
        });
      },
    ],
    [
      'undici.request',
      (done) => {
        pool
          .request(options as Dispatcher.RequestOptions)
          .then(async (answer) => done((await answer.body.arrayBuffer()).byteLength));
      },
    ],
  ]);
}

async function round(send: Sender, count: number): Promise<{ cpuUs: number; rps: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let sent = 0;
  let done = 0;
  await new Promise<void>((resolve) => {
    const next = (): void => {
      if (sent === count) return;
      sent++;
      send(onDone);
    };
    const onDone = (bytes: number): void => {
      if (bytes !== bodyBytes) throw new Error(`expected ${bodyBytes} bytes, got ${bytes}`);
      if (++done === count) resolve();
      else next();
    };
    for (let i = 0; i < concurrency; i++) next();
  });
  const { user, system } = process.cpuUsage(cpu);
  return { cpuUs: (user + system) / count, rps: count / ((performance.now() - start) / 1000) };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function main(): Promise<void> {
  const child = fork(import.meta.filename, ['serve']);
  const [port] = (await once(child, 'message')) as [number];
  const results = new Map<string, Array<{ cpuUs: number; rps: number }>>();
  const contenders = senders(`http://127.0.0.1:${port}`);
  for (const [name, send] of contenders) {
    results.set(name, []);
    await round(send, requestsPerRound);
  }
  for (let i = 0; i < rounds; i++) {
    for (const [name, send] of contenders) results.get(name)!.push(await round(send, requestsPerRound));
  }
  console.log(
    `${requestsPerRound} GETs of ${bodyBytes} bytes a round, ${concurrency} at a time, ${rounds} rounds, Node ${process.version}`,
  );
  console.log('client                  CPU µs/request  median (least to most)   requests/s, median');
  for (const [name, list] of results) {
    const cpu = list.map((item) => item.cpuUs);
    const spread = `(${Math.min(...cpu).toFixed(1)} to ${Math.max(...cpu).toFixed(1)})`;
    const rps = Math.round(median(list.map((item) => item.rps)));
    console.log(
      `${name.padEnd(24)}${median(cpu).toFixed(1).padStart(14)}  ${spread.padEnd(24)}${String(rps).padStart(14)}`,
    );
  }
  child.kill();
  process.exit(0);
}

if (process.argv[2] === 'serve') serveInChild();
else await main();
