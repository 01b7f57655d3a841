import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { checkCode } from '../../src/cli/functions/check-code.ts';

const skip = process.getuid?.() === 0 && 'the superuser may read everything';

test('functions add: a folder that may not be read is no empty folder', { skip }, (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-code-'));
  t.after(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });
  writeFileSync(path.join(folder, 'app.mjs'), '');
  checkCode(folder, './code', 'nodejs24.x', 'app.handler');
  chmodSync(folder, 0);
  assert.throws(() => checkCode(folder, './code', 'nodejs24.x', 'app.handler'), {
    message: 'Cannot read the folder "./code": EACCES; its owner can allow it with chmod u+rx',
  });
});
