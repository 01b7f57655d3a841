// A child process of the store tests: writes transactions of three documents one after another and says each that was
// acknowledged.

import { openStore } from '../../src/store/index.ts';

const store = await openStore(process.argv[2]!);
const next = 1 + Number(store.view.get('setting', '', 'count')?.value ?? -1);
for (let i = next; ; i++) {
  await store.write((transaction) => {
    transaction.put('setting', '', 'count', { value: String(i) });
    for (const half of ['left', 'right'])
      transaction.put('setting', half, String(i), { value: 'x'.repeat(2000) });
  });
  process.stdout.write(`${i}\n`);
  // The pipe is written when the event loop turns.
  await new Promise(setImmediate);
}
