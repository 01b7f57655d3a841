// Server-sent events through one data plane: thousands of open streams, what each costs in memory, and how late an
// event is.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { readApi } from '../harness/publish.ts';
import { type Sluice, startSluice } from '../harness/sluice.ts';
import { ask, requestBytes } from '../harness/wire.ts';
import { cpuTimeUs, residentBytes } from '../load/cpu.ts';
import { EventStreams } from '../load/event-streams.ts';
import { type Bench, claim, ms, type Scenario, thousands, timeClaim } from './scenario.ts';

const service = fileURLToPath(new URL('../services/events.ts', import.meta.url));
const streamBytesMax = 20_000;
const lateUsMax = 50_000;
/** Each stream gets one event in so long. */
const everyMs = 1_000;

const apiText = (origin: string): string => `
openapi: 3.0.1
info: { title: streams, version: "1" }
paths:
  /stream:
    get: &proxy
      responses: { "200": { description: as it comes } }
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: GET
        uri: ${origin}/stream
        responseTransferMode: STREAM
        timeoutInMillis: 900000
  /plain:
    get:
      responses: { "200": { description: beside the streams } }
      x-amazon-apigateway-integration: { type: http_proxy, httpMethod: GET, uri: "${origin}/plain" }
`;

export const streams: Scenario = {
  name: 'streams',
  title: 'Server-sent events: open streams, memory of each, lateness of events',
  async run(bench) {
    const backend = await startChild(process.execPath, [service, String(everyMs)], {
      ready: /READY (\d+)/,
      core: null,
    });
    const origin = `http://127.0.0.1:${backend.ready[1]}`;
    const sluice = await startSluice({
      folder: bench.folder('streams'),
      upstreamPort: Number(backend.ready[1]),
      core: null,
      apis: [readApi(apiText(origin))],
    });
    const clients = new EventStreams(
      sluice.address.port,
      requestBytes(sluice.address, { method: 'GET', path: '/bench/stream', headers: {}, body: null }),
    );
    try {
      const direct = await measureDirect(bench, Number(backend.ready[1]));
      return await measure(bench, sluice, clients, direct);
    } finally {
      clients.close();
      await sluice.stop();
      await backend.stop();
    }
  },
};

/** How late events are without any gateway, on this machine, now: clients and backend have their own share. */
async function measureDirect(bench: Bench, port: number): Promise<number[]> {
  const address = { port, host: null };
  const clients = new EventStreams(
    port,
    requestBytes(address, { method: 'GET', path: '/stream', headers: {}, body: null }),
  );
  const count = countsOf(bench).at(-1)!;
  bench.progress(`${thousands(count)} streams without a gateway`);
  try {
    await clients.openUpTo(count);
    await sleep(1_000);
    clients.delaysUs.length = 0;
    await sleep(bench.quick ? 3_000 : 10_000);
    return clients.delaysUs.toSorted((a, b) => a - b);
  } finally {
    clients.close();
  }
}

function countsOf(bench: Bench): readonly number[] {
  const counts = bench.quick ? [200, 1_000] : [1_000, 5_000];
  return filesMax() < 2.2 * counts[1]! ? [counts[0]!] : counts;
}

async function measure(bench: Bench, sluice: Sluice, clients: EventStreams, direct: readonly number[]) {
  const counts = countsOf(bench);
  const plain = { method: 'GET', path: '/bench/plain', headers: {}, body: null };
  // Code is compiled and the heap has its size before memory is read.
  for (let i = 0; i < 500; i++) await ask(sluice.address, plain);
  await clients.openUpTo(100);
  await sleep(1_000);
  const idle = { count: 100, bytes: await settledBytes(sluice) };
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  let perStream = 0;
  let p99 = 0;
  for (const count of counts) {
    bench.progress(`${thousands(count)} streams`);
    const began = performance.now();
    await clients.openUpTo(count);
    const openMs = performance.now() - began;
    await sleep(2_000);
    clients.delaysUs.length = 0;
    const cpuBefore = cpuTimeUs(sluice.pid);
    const windowMs = bench.quick ? 3_000 : 10_000;
    await sleep(windowMs);
    const cpuShare = (cpuTimeUs(sluice.pid) - cpuBefore) / (windowMs * 1000);
    const delays = clients.delaysUs.toSorted((a, b) => a - b);
    const at = (share: number): number =>
      delays[Math.floor(delays.length * share)] ?? Number.POSITIVE_INFINITY;
    const { status } = await ask(sluice.address, plain);
    if (status !== 200) throw new Error(`a call beside the streams was answered ${status}`);
    perStream = ((await settledBytes(sluice)) - idle.bytes) / (count - idle.count);
    p99 = at(0.99);
    rows.push([
      thousands(count),
      thousands(delays.length),
      String(clients.broken),
      `${(perStream / 1000).toFixed(1)} KB`,
      ms(at(0.5)),
      ms(p99),
      ms(delays.at(-1) ?? 0),
      `${Math.round(cpuShare * 100)} %`,
      `${Math.round(openMs)} ms`,
    ]);
    figures[`bytesPerStream ${count}`] = perStream;
    figures[`p99Us ${count}`] = p99;
  }
  rows.push([
    `${thousands(counts.at(-1)!)}, no gateway`,
    thousands(direct.length),
    '0',
    '',
    ms(direct[Math.floor(direct.length * 0.5)] ?? 0),
    ms(direct[Math.floor(direct.length * 0.99)] ?? 0),
    ms(direct.at(-1) ?? 0),
    '',
    '',
  ]);
  const isWhole = counts.at(-1) === 5_000;
  return {
    tables: [
      {
        caption:
          'one data plane; one event a second on each stream, evenly spread; memory against 100 open streams',
        head: ['streams', 'events', 'broken', 'memory each', 'p50', 'p99', 'max', 'CPU', 'opened in'],
        rows,
      },
    ],
    claims: [
      claim(
        '5,000 open streams on one data plane, none of them broken, other calls beside them',
        `${thousands(clients.open)} open, ${clients.broken} broken`,
        clients.broken > 0 ? false : isWhole ? true : null,
      ),
      claim(
        'memory of a stream below 20 KB',
        `${(perStream / 1000).toFixed(1)} KB`,
        perStream > streamBytesMax ? false : isWhole ? true : null,
      ),
      timeClaim(bench, 'events delivered below 50 ms p99', ms(p99), p99 < lateUsMax),
    ],
    notes: ['the data plane, the backend and the clients share the machine'],
    figures,
  };
}

/** The least of some looks, one of which comes after a collection of garbage. */
async function settledBytes(sluice: Sluice): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 8; i++) {
    least = Math.min(least, residentBytes(sluice.pid));
    await sleep(250);
  }
  return least;
}

function filesMax(): number {
  const text = readFileSync(path.join('/proc/self/limits'), 'utf8');
  return Number(/Max open files\s+(\d+)/.exec(text)?.[1] ?? 1_024);
}
