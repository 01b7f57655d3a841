// The folders of environments: one each, for what becomes their /tmp, gone when they are.

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export class TempFolders {
  readonly #root: string;

  /** @param root - made where it is absent */
  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true, mode: 0o700 });
  }

  /** @param mark - names the folder, so that a later host knows whose it was */
  make(mark: string): string {
    const path = join(this.#root, mark);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /** Never fails: what cannot be removed now is left for the next `sweep`. */
  async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 }).catch(() => {});
  }

  async sweep(isLeftOver: (mark: string) => boolean): Promise<void> {
    const marks = readdirSync(this.#root).filter(isLeftOver);
    for (const mark of marks) await this.remove(join(this.#root, mark));
  }
}

/** Removes what was kept for code that is there no more. */
export async function sweepCaches(cacheDir: string, codeDir: string): Promise<void> {
  const names = await readdir(cacheDir).catch(() => []);
  for (const name of names) {
    if (existsSync(join(codeDir, name))) continue;
    await rm(join(cacheDir, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** A folder with more files than this is not counted to the end. */
const filesMax = 50_000;

/** Bytes of the disk that the files of a folder take; what vanishes meanwhile counts as nothing. */
export async function storageBytes(folder: string): Promise<number> {
  let bytes = 0;
  let files = 0;
  const folders = [folder];
  for (let path = folders.pop(); path !== undefined && files < filesMax; path = folders.pop()) {
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      if (++files >= filesMax) break;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) folders.push(inside);
      else
        bytes += await lstat(inside).then(
          (stats) => stats.blocks * 512,
          () => 0,
        );
    }
  }
  return bytes;
}
