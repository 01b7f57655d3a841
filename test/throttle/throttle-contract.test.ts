import { rmSync } from 'node:fs';
import { after } from 'node:test';
import { loadAddon, NativeThrottle } from '../../src/gateway/throttle/native.ts';
import { createTwin } from '../../src/gateway/throttle/throttle.ts';
import { throttleContract } from '../contract/throttle.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();
after(() => rmSync(directory, { recursive: true }));
const loaded = loadAddon();
let files = 0;

throttleContract(
  'native',
  (clock) => {
    if ('absent' in loaded) throw new Error(loaded.absent);
    const { addon } = loaded;
    const file = `${directory}/${files++}`;
    const bootId = new Uint8Array(16);
    const throttle = new NativeThrottle(addon, { file, bootId, clock });
    const [table] = addon.open(file, bootId);
    addon.markRestored(table);
    addon.close(table);
    return throttle;
  },
  'absent' in loaded && loaded.absent,
);

throttleContract('twin', (clock) => createTwin({ processes: 1, clock }), false);
