// A zip file's entries -> files in a folder that nobody else sees yet.

import { createHash } from 'node:crypto';
import { chmod, mkdir, open, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { codeRefused } from './code-error.ts';
import type { ZipEntry } from './read-zip.ts';

const inflate = promisify(inflateRaw);
/** As many as libuv has threads: each file is inflated, and flushed, in one of them. */
const filesAtOnce = 4;
const linkBytesMax = 4096;

/**
 * Writes all entries, flushed to the disk, into a folder, which is made.
 *
 * @throws (rejects) InvalidParameterValueException for content that is not what the entry says; the folder is then to
 * be removed
 */
export async function unpack(entries: readonly ZipEntry[], folder: string): Promise<void> {
  const folders = new Set<string>([folder]);
  for (const { path, kind } of entries)
    folders.add(join(folder, ...(kind === 'folder' ? path : path.slice(0, -1))));
  for (const one of folders) await mkdir(one, { recursive: true, mode: 0o755 });
  const files = entries.filter(({ kind }) => kind === 'file');
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let entry = files[next++]; entry !== undefined; entry = files[next++]) {
      await writeWhole(join(folder, ...entry.path), await contentOf(entry), entry.isExecutable);
    }
  };
  // All of them end before the folder may be removed.
  const ended = await Promise.allSettled(Array.from({ length: filesAtOnce }, worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  // Last, so that nothing is ever written through one.
  for (const entry of entries) {
    if (entry.kind !== 'symlink') continue;
    const target = (await contentOf(entry)).toString('utf8');
    refuseLeavingLink(entry.path, target);
    await symlink(target, join(folder, ...entry.path));
  }
}

async function writeWhole(file: string, content: Uint8Array, isExecutable: boolean): Promise<void> {
  const mode = isExecutable ? 0o755 : 0o644;
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // Whatever the process's umask takes away.
  await chmod(file, mode);
}

async function contentOf({ path, isDeflated, data, size, crc32: wanted }: ZipEntry): Promise<Buffer> {
  const shown = JSON.stringify(path.join('/'));
  const content = isDeflated ? await inflated(data, size, shown) : Buffer.from(data);
  if (content.length !== size) throw codeRefused(`${shown} is not as long as it says`);
  if (crc32(content) !== wanted) throw codeRefused(`${shown} does not have the checksum that it says`);
  return content;
}

async function inflated(data: Uint8Array, size: number, shown: string): Promise<Buffer> {
  try {
    return await inflate(data, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? codeRefused(`${shown} is not as long as it says`)
      : codeRefused(`${shown} is damaged`);
  }
}

/**
 * A link leads up first and then only down: so it stays inside wherever the links that it passes lead, when they do.
 */
function refuseLeavingLink(path: readonly string[], target: string): void {
  const shown = JSON.stringify(path.join('/'));
  const segments = target.split('/').filter((segment) => segment !== '' && segment !== '.');
  const firstDown = segments.findIndex((segment) => segment !== '..');
  const ups = firstDown < 0 ? segments.length : firstDown;
  const isWrong =
    target === '' || target.startsWith('/') || target.includes('\0') || target.length > linkBytesMax;
  if (isWrong || ups > path.length - 1 || segments.slice(ups).includes('..'))
    throw codeRefused(`the link ${shown} leads out of its folder`);
}

/** Hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
