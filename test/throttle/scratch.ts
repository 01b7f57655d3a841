import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new directory for one test file, which removes it. */
export function scratchDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'sluice-throttle-'));
}
