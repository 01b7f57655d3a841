// A process that posts to the connections of another one, as a data plane does whose callers post: no socket of a client,
// the peers of a data plane. Told ids on its command line; at SIGUSR2 it posts, and says how long that took.

import { openPeers } from '../../src/gateway/peers/peers.ts';
import type { Hub } from '../../src/gateway/websocket/hub.ts';
import { NodeConnections } from '../../src/gateway/websocket/node-connections.ts';
import { stageName } from '../harness/publish.ts';
import { socketApiId } from '../harness/publish-sockets.ts';

const [dataDir, count, ...ids] = process.argv.slice(2) as [string, string, ...string[]];
/** Posts under way at once. */
const windowMax = 2_000;

const onBug = (error: unknown): void => {
  throw error;
};
const peers = await openPeers({ dataDir, onBug });
// Only what finding the owner of an id needs.
const hub = { node: 0, process: peers.number, everywhere: null } as unknown as Hub;
const connections = new NodeConnections(hub, peers);
await peers.serve({ onCall: () => {}, onMet: () => {} });
process.stdout.write(`READY ${peers.number}\n`);

const home = { apiId: socketApiId, stageName };
process.on('SIGUSR2', () => void post(Number(count)));

async function post(posts: number): Promise<void> {
  const startedMs = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < posts) {
      const n = next++;
      // A number of eight digits: each client checks that its own grow.
      const posted = await connections.post(
        home,
        ids[n % ids.length]!,
        Buffer.from(String(n).padStart(64, '0')),
      );
      if (posted !== 'sent' && posted !== 'buffered') throw new Error(`a post was ${posted}`);
    }
  };
  await Promise.all(Array.from({ length: windowMax }, worker));
  process.stdout.write(`POSTED ${posts} ${performance.now() - startedMs}\n`);
}
