// A process that is asked and answers nothing; it says its number, then that it was asked.

import { openPeers } from '../../../src/gateway/peers/peers.ts';

const peers = await openPeers({
  dataDir: process.argv[2]!,
  onBug: (error) => {
    throw error;
  },
});
let isAsked = false;
await peers.serve({
  onCall: () => {
    if (!isAsked) process.stdout.write('asked\n');
    isAsked = true;
  },
  onMet: () => {},
});
process.stdout.write(`${peers.number}\n`);
setInterval(() => {}, 1000);
