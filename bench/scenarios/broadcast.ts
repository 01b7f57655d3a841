// One message to all members of a topic: against a bare uWebSockets.js that publishes, and against the loop over
// PostToConnection that AWS leaves one to write, with the AWS SDK and with a client that does nothing but sign and send.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../harness/child.ts';
import { stageName } from '../harness/publish.ts';
import { publishSockets, socketApiId, topicApi } from '../harness/publish-sockets.ts';
import { type Sluice, startSluice } from '../harness/sluice.ts';
import { summarize } from '../harness/statistics.ts';
import { cpuTimeUs } from '../load/cpu.ts';
import type { PostLoopClient } from '../load/post-loop.ts';
import { SignedCalls } from '../load/signed-calls.ts';
import { frameBytes, SocketCrowd, textFrame } from '../load/socket-crowd.ts';
import { type Bench, claim, ms, type Scenario, thousands, timeClaim } from './scenario.ts';

const bareServer = fileURLToPath(new URL('../rivals/uws-broadcast-server.ts', import.meta.url));
const postLoop = fileURLToPath(new URL('../load/post-loop.ts', import.meta.url));
const prefix = `/_aws/execute-api/${socketApiId}/${stageName}`;
const bareRatioMax = 1.2;
const loopRatioMin = 20;
/** Members whom the loops tell. */
const loopMembers = 1_000;
const loops: Readonly<Record<PostLoopClient, string>> = {
  sdk: 'loop over PostToConnection, AWS SDK for JavaScript v3',
  lean: 'loop over PostToConnection, lean signed client',
};
/** 64 bytes: a price. */
const message = '{"action":"tick","symbol":"ACME","price":1234567,"at":173216123}';

export const broadcast: Scenario = {
  name: 'broadcast',
  title: 'Broadcast: one message to all members of a topic',
  async run(bench) {
    const folder = bench.folder('broadcast');
    publishSockets(`${folder}/data`, topicApi({ $connect: 'topics/all?act=join', tick: 'topics/all' }));
    const sluice = await startSluice({
      folder,
      upstreamPort: 0,
      core: bench.cores.server,
      apis: [],
      isPublished: true,
    });
    const bare = await startChild(process.execPath, [bareServer], {
      ready: /READY (\d+)/,
      core: bench.cores.server,
    });
    try {
      return await compare(bench, sluice, bare);
    } finally {
      await sluice.stop();
      await bare.stop();
    }
  },
};

/** Both crowds are this process's: two files for each pair of members. */
function manyMembers(): number {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const filesMax = Number(/Max open files\s+(\d+)/.exec(text)?.[1] ?? 1_024);
  return Math.min(10_000, Math.floor((filesMax - 1_000) / 2));
}

interface Contestant {
  readonly name: string;
  readonly pid: number;
  readonly crowd: SocketCrowd;
  readonly cpuUs: number[];
  readonly latenciesUs: number[];
  deliveries: number;
  elapsedUs: number;
}

const contestant = (name: string, pid: number, crowd: SocketCrowd): Contestant => ({
  name,
  pid,
  crowd,
  cpuUs: [],
  latenciesUs: [],
  deliveries: 0,
  elapsedUs: 0,
});

async function compare(bench: Bench, sluice: Sluice, bare: Child) {
  const crowds = [
    new SocketCrowd(sluice.address.port, prefix),
    new SocketCrowd(Number(bare.ready[1]), '/'),
  ] as const;
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  let bareRatio = 0;
  const loopRatios = { sdk: 0, lean: 0 };
  try {
    for (const count of bench.quick ? [1_000, 3_000] : [1_000, manyMembers()]) {
      bench.progress(`${thousands(count)} members`);
      for (const crowd of crowds) await crowd.openUpTo(count);
      const both = [
        contestant('Sluice', sluice.pid, crowds[0]),
        contestant('bare uWebSockets.js', bare.pid, crowds[1]),
      ] as const;
      const rounds = bench.quick ? 3 : 7;
      const perRound = Math.ceil((bench.quick ? 30_000 : 400_000) / count);
      for (let round = 0; round <= rounds; round++)
        for (const one of both) await runRound(one, count, perRound, round > 0);
      for (const one of both) rows.push(rowOf(one, count));
      const [ours, theirs] = both.map(({ cpuUs }) => summarize(cpuUs).median) as [number, number];
      bareRatio = ours / theirs;
      figures[`sluiceCpuUs ${count}`] = ours;
      figures[`bareCpuUs ${count}`] = theirs;
      if (count !== loopMembers) continue;
      for (const client of ['lean', 'sdk'] as const) {
        const loop = await runLoop(bench, sluice, crowds[0], client);
        loopRatios[client] = loop.ratio;
        rows.push([
          thousands(count),
          loops[client],
          `${loop.serverCpuUs.toFixed(1)} us`,
          `${loop.callerCpuUs.toFixed(1)} us`,
          thousands(loop.perSecond),
          ms(loop.elapsedUs),
          '',
        ]);
        figures[`${client}LoopPerSecond`] = loop.perSecond;
        figures[`${client}LoopRatio`] = loop.ratio;
      }
    }
  } finally {
    for (const crowd of crowds) crowd.close();
  }
  const isWhole = !bench.quick;
  return {
    tables: [
      {
        caption: `one message of ${message.length} bytes at a time, the next when all members have it`,
        head: [
          'members',
          'by',
          'CPU a delivery, the server',
          'CPU a delivery, the caller',
          'deliveries a second',
          'p50 to the last byte',
          'p99 to the last byte',
        ],
        rows,
      },
    ],
    claims: [
      claim(
        'CPU a delivery within 1.2 x of a bare uWebSockets.js publish',
        `${bareRatio.toFixed(2)} x`,
        bareRatio > bareRatioMax ? false : isWhole ? true : null,
      ),
      timeClaim(
        bench,
        'at least 20 x as fast as a loop over PostToConnection',
        `${loopRatios.sdk.toFixed(0)} x with the AWS SDK (lean signed client: ${loopRatios.lean.toFixed(0)} x)`,
        loopRatios.sdk >= loopRatioMin,
      ),
    ],
    notes: [
      'the clients read on the other core; a loop has a process of its own there, which is warm and keeps its connections',
      'AWS SDK: Promise.all over postToConnection of the AWS SDK for JavaScript v3, as docs/websocket-topics.md has it and ' +
        'as the SDK comes: 50 calls at once. The promise is about this one; its time is mostly its own CPU',
      `lean signed client: 32 calls at once by code that signs, sends, and leaves out what else an SDK does ` +
        `(${loopRatios.lean.toFixed(0)} x): what is left of the ratio when the caller costs as little as it can`,
      `the loops tell ${thousands(loopMembers)} members, in turn with broadcasts to the same: the ratio is the median of the rounds`,
    ],
    figures,
  };
}

async function runRound(one: Contestant, count: number, messages: number, isCounted: boolean): Promise<void> {
  const frame = textFrame(message);
  const each = count * frameBytes(message.length);
  const cpuBefore = cpuTimeUs(one.pid);
  const began = performance.now();
  for (let i = 0; i < messages; i++) {
    const until = one.crowd.bytes + each;
    const sentMs = performance.now();
    one.crowd.say(0, frame);
    await one.crowd.reached(until);
    if (isCounted) one.latenciesUs.push((performance.now() - sentMs) * 1000);
  }
  if (!isCounted) return;
  const deliveries = messages * count;
  one.elapsedUs += (performance.now() - began) * 1000;
  one.deliveries += deliveries;
  one.cpuUs.push((cpuTimeUs(one.pid) - cpuBefore) / deliveries);
}

function rowOf({ name, cpuUs, latenciesUs, deliveries, elapsedUs }: Contestant, count: number): string[] {
  const sorted = latenciesUs.toSorted((a, b) => a - b);
  const at = (share: number): string => ms(sorted[Math.floor((sorted.length - 1) * share)]!);
  return [
    thousands(count),
    name,
    `${summarize(cpuUs).median.toFixed(2)} us`,
    '',
    thousands((deliveries / elapsedUs) * 1e6),
    at(0.5),
    at(0.99),
  ];
}

interface Loop {
  readonly elapsedUs: number;
  readonly perSecond: number;
  /** Its time over that of a broadcast to the same members. */
  readonly ratio: number;
  readonly serverCpuUs: number;
  readonly callerCpuUs: number;
}

/** What a backend on AWS does: one signed call for each connection. */
async function runLoop(
  bench: Bench,
  sluice: Sluice,
  crowd: SocketCrowd,
  client: PostLoopClient,
): Promise<Loop> {
  bench.progress(loops[client]);
  const ids = await connectionIds(sluice);
  const caller = await startChild(
    process.execPath,
    [postLoop, client, String(sluice.address.port), prefix, message, ...ids],
    { ready: /READY (\d+)/, core: bench.cores.load },
  );
  const broadcaster = contestant('Sluice', sluice.pid, crowd);
  const origin = `http://127.0.0.1:${caller.ready[1]}`;
  const all = ids.length * frameBytes(message.length);
  const tell = async (): Promise<number> => {
    const until = crowd.bytes + all;
    const began = performance.now();
    const answered = fetch(origin, { method: 'POST' });
    const [, elapsedUs] = await Promise.all([
      answered.then(async (answer) => {
        if (!answer.ok) throw new Error(`${loops[client]}: ${await answer.text()}`);
      }),
      crowd.reached(until).then(() => (performance.now() - began) * 1000),
    ]);
    return elapsedUs;
  };
  try {
    // V8 goes on optimising for seconds: whoever the broadcast is compared with is as fast as it gets.
    const warmUntil = performance.now() + (bench.quick ? 2_000 : 6_000);
    while (performance.now() < warmUntil) await tell();
    const rounds = bench.quick ? 5 : 15;
    const messages = bench.quick ? 10 : 40;
    const times: number[] = [];
    const ratios: number[] = [];
    let [serverCpuUs, callerCpuUs] = [0, 0];
    // In turn: whatever else the machine does, it does to both.
    for (let round = 0; round < rounds; round++) {
      const before = [cpuTimeUs(sluice.pid), cpuTimeUs(caller.pid), broadcaster.elapsedUs] as const;
      const elapsedUs = await tell();
      times.push(elapsedUs);
      serverCpuUs += cpuTimeUs(sluice.pid) - before[0];
      callerCpuUs += cpuTimeUs(caller.pid) - before[1];
      await runRound(broadcaster, ids.length, messages, true);
      ratios.push(elapsedUs / ((broadcaster.elapsedUs - before[2]) / messages));
    }
    const deliveries = rounds * ids.length;
    const elapsedUs = summarize(times).median;
    return {
      elapsedUs,
      perSecond: (ids.length / elapsedUs) * 1e6,
      ratio: summarize(ratios).median,
      serverCpuUs: serverCpuUs / deliveries,
      callerCpuUs: callerCpuUs / deliveries,
    };
  } finally {
    await caller.stop();
  }
}

async function connectionIds(sluice: Sluice): Promise<string[]> {
  const calls = new SignedCalls(sluice.address.port, prefix);
  try {
    const { text } = await calls.call('GET', `/@connections?limit=${loopMembers}`, '');
    const { connectionIds: ids } = JSON.parse(text) as { connectionIds: string[] };
    if (ids.length !== loopMembers) throw new Error(`${ids.length} of ${loopMembers} members were listed`);
    return ids;
  } finally {
    calls.close();
  }
}
