// Where a limit is divided among processes, and where the addon is not of this release.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import { createTwin } from '../../src/gateway/throttle/throttle.ts';
import { spend } from '../contract/throttle.ts';

test('throttle: the twin’s shares of a quota are together never more than the quota', () => {
  for (const [limit, processes, share] of [
    [10, 3, 3],
    [2, 3, 0],
    [9, 3, 3],
  ] as const) {
    const throttle = createTwin({ processes });
    assert.equal(spend(throttle, throttle.quota('quota/plan/key/DAY/0', limit)), share);
    throttle.close();
  }
});

test('throttle: an addon that lacks what this release calls is not used', {
  skip: process.platform !== 'linux' && 'the addon is for Linux',
}, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-addon-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, `throttle.linux-${process.arch}-gnu.node`);
  writeFileSync(file, '');
  // As an addon that was loaded before.
  const require = createRequire(new URL('../../src/gateway/throttle/native.ts', import.meta.url));
  require.cache[file] = { id: file, filename: file, loaded: true, exports: { open: () => [0, 0] } } as never;
  t.after(() => void delete require.cache[file]);
  assert.deepEqual(loadAddon(folder), { absent: `"${file}" is of another version` });
});
