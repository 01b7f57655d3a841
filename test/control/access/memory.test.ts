// What calls leave behind. Were much of it freed by the long collection alone, every short one would be slow.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('./calls-memory.ts', import.meta.url));

// 13 bytes as it is; a hidden class of its own for each call, which an object with a getter would have, makes it 780.
const callBytesMax = 200;

test('management port: calls leave next to nothing behind that short collections would not free', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program]);
  assert.match(stdout, /^-?\d+\n$/);
  assert.ok(Number(stdout) < callBytesMax, `a call has left ${stdout.trim()} bytes`);
});
