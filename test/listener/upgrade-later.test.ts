import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * What uWS takes the upgraded socket for depends on the heap of the process, the first upgrade of a fresh one being the
 * likeliest to be closed at once: see listener/spare-cork.ts.
 */
test('listener: an upgrade that is answered in a later turn stays open, from the first one on', async () => {
  const child = fileURLToPath(new URL('upgrade-later-child.ts', import.meta.url));
  for (let i = 0; i < 2; i++) {
    const process = fork(child, { silent: true });
    let printed = '';
    process.stderr!.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    const [told] = await once(process, 'message');
    await once(process, 'exit');
    assert.deepEqual([told, printed], [{ answered: 20, lost: 0 }, '']);
  }
});
