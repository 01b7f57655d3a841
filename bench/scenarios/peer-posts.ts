// PostToConnection from one process to connections of another: what the way between them carries, and whether messages to
// one connection keep their order.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../harness/child.ts';
import { stageName } from '../harness/publish.ts';
import { publishSockets, socketApiId, topicApi } from '../harness/publish-sockets.ts';
import { type Sluice, startSluice } from '../harness/sluice.ts';
import { summarize } from '../harness/statistics.ts';
import { cpuTimeUs } from '../load/cpu.ts';
import { SignedCalls } from '../load/signed-calls.ts';
import { frameBytes, SocketCrowd } from '../load/socket-crowd.ts';
import { type Bench, claim, type Scenario, thousands } from './scenario.ts';

const poster = fileURLToPath(new URL('../services/posting-plane.ts', import.meta.url));
const prefix = `/_aws/execute-api/${socketApiId}/${stageName}`;
const members = 200;
const payloadBytes = 64;
const postsPerSecondMin = 50_000;

export const peerPosts: Scenario = {
  name: 'peer-posts',
  title: 'PostToConnection to connections of another process',
  async run(bench) {
    const folder = bench.folder('peer-posts');
    publishSockets(`${folder}/data`, topicApi({ $connect: 'topics/all?act=join' }));
    const sluice = await startSluice({
      folder,
      upstreamPort: 0,
      core: bench.cores.server,
      apis: [],
      isPublished: true,
    });
    const crowd = new SocketCrowd(sluice.address.port, prefix);
    const calls = new SignedCalls(sluice.address.port, prefix);
    try {
      await crowd.openUpTo(members);
      const { text } = await calls.call('GET', '/@connections', '');
      const { connectionIds } = JSON.parse(text) as { connectionIds: string[] };
      const posts = bench.quick ? 50_000 : 200_000;
      const child = await startChild(
        process.execPath,
        [poster, sluice.dataDir, String(posts), ...connectionIds],
        { ready: /READY (\d+)/, core: bench.cores.load },
      );
      try {
        return await measure(bench, sluice, child, crowd, posts);
      } finally {
        await child.stop();
      }
    } finally {
      calls.close();
      crowd.close();
      await sluice.stop();
    }
  },
};

async function measure(bench: Bench, sluice: Sluice, child: Child, crowd: SocketCrowd, posts: number) {
  const caller: number[] = [];
  const owner: number[] = [];
  const rates: number[] = [];
  const rounds = bench.quick ? 3 : 5;
  for (let round = 0; round <= rounds; round++) {
    bench.progress(round === 0 ? 'warm-up' : `round ${round} of ${rounds}`);
    const until = crowd.bytes + posts * frameBytes(payloadBytes);
    const before = [cpuTimeUs(child.pid), cpuTimeUs(sluice.pid)] as const;
    const startedMs = performance.now();
    process.kill(child.pid, 'SIGUSR2');
    await crowd.reached(until);
    const elapsedMs = performance.now() - startedMs;
    await sleep(50); // the last answers
    if (round === 0) continue;
    rates.push(posts / (elapsedMs / 1000));
    caller.push((cpuTimeUs(child.pid) - before[0]) / posts);
    owner.push((cpuTimeUs(sluice.pid) - before[1]) / posts);
  }
  const [callerUs, ownerUs] = [summarize(caller).median, summarize(owner).median];
  // With a core for each, the busier one decides.
  const capacity = 1e6 / Math.max(callerUs, ownerUs);
  const isWhole = !bench.quick;
  return {
    tables: [
      {
        caption: `${thousands(posts)} posts of ${payloadBytes} bytes to ${members} connections, answered one by one`,
        head: [
          'CPU a post, caller',
          'CPU a post, owner with its sockets',
          'a second, a core for each',
          'a second, here',
        ],
        rows: [
          [
            `${callerUs.toFixed(2)} us`,
            `${ownerUs.toFixed(2)} us`,
            thousands(capacity),
            thousands(summarize(rates).median),
          ],
        ],
      },
    ],
    claims: [
      claim(
        '50,000 posts a second between two processes with a core each',
        thousands(capacity),
        capacity < postsPerSecondMin ? (bench.isMachineBusy() ? null : false) : isWhole ? true : null,
      ),
      claim(
        'messages to one connection keep their order',
        crowd.disordered === 0 ? 'all in order' : `${crowd.disordered} out of order`,
        crowd.disordered === 0,
      ),
    ],
    notes: ['the clients share the two cores with both processes'],
    figures: { callerUs, ownerUs, postsPerSecond: capacity },
  };
}
