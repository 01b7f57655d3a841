// A child process of the store tests: writes settings one after another and says each that was acknowledged.

import { openStore } from '../../src/store/index.ts';

const store = openStore(process.argv[2]!);
for (let i = 0; ; i++) {
  await store.putSetting(`key${i}`, 'x'.repeat(2000));
  process.stdout.write(`${i}\n`);
  // The pipe is written when the event loop turns.
  await new Promise(setImmediate);
}
