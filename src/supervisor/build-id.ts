// Which code a process runs: a supervisor adopts only data planes of its own build.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the package, two levels up both from src/supervisor and from dist/supervisor. */
export const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const codeFolder = fileURLToPath(new URL('../', import.meta.url));

/** The version in package.json. */
export const version: string = (
  JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')) as { version: string }
).version;

/** The version, and a digest over names, sizes and times of the code's files: in a checkout these change daily. */
export function buildId(): string {
  const hash = createHash('sha256');
  const files = readdirSync(codeFolder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const names = files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  for (const name of names) {
    const { size, mtimeMs } = statSync(name);
    hash.update(`${path.relative(codeFolder, name)} ${size} ${mtimeMs}\n`);
  }
  return `${version}+${hash.digest('hex').slice(0, 8)}`;
}
