// The code of functions on disk: `{dataDir}/functions/code/{hash}/` as it is run, and `{hash}.zip` as it came. What has
// its final name is whole and never changes.

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunctionConfiguration } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Services } from '../api/handler.ts';
import { invalidParameter } from '../protocol/lambda/exceptions.ts';
import { zippedBytesMax } from './code-error.ts';
import { type PackProgress, packFolder } from './pack-folder.ts';
import { readZip } from './read-zip.ts';
import { sha256, unpack } from './unpack.ts';

/** Code that was installed. */
export type InstalledCode = Pick<FunctionConfiguration, 'codeHash' | 'codeSha256' | 'codeSize'>;

export interface CodeStore {
  /**
   * Unpacks a zip file, or finds that it was before. Until a function names it, it stays for `graceMs`.
   *
   * @throws (rejects) InvalidParameterValueException when something is wrong with it; nothing is left behind then
   */
  installZip(zip: Uint8Array): Promise<InstalledCode>;
  /** The same for a folder. @param folder - absolute */
  importFolder(folder: string, onProgress?: (progress: PackProgress) => void): Promise<InstalledCode>;
  /** The zip file of code that is there. */
  readZip(codeHash: string): Promise<Buffer>;
  /** Unpacks what functions name and only the zip file is there of: after a restore. */
  unpackMissing(): Promise<void>;
  /** Removes what no function names, when nobody can run it any more. */
  readonly sweep: () => void;
}

/** The host may run code for so long after it has been told of other code: a function's quarter of an hour, and more. */
const graceMs = 20 * 60_000;
const incomingPrefix = '.incoming-';

const codeFolder = (dataDir: string): string => join(dataDir, 'functions', 'code');
/** Where the zip file of code is kept. */
export const codeZipPath = (dataDir: string, codeHash: string): string =>
  join(codeFolder(dataDir), `${codeHash}.zip`);

export function createCodeStore({ dataDir, store }: Pick<Services, 'dataDir' | 'store'>): CodeStore {
  const folder = codeFolder(dataDir);
  /** Hash -> since when nobody names it; milliseconds of the monotonic clock. */
  const unused = new Map<string, number>();
  let installing = 0;
  let installs = 0;
  let isSwept = false;
  let timer: NodeJS.Timeout | null = null;

  const install = async (zip: Uint8Array): Promise<InstalledCode> => {
    const codeHash = sha256(zip);
    installing++;
    try {
      unused.delete(codeHash);
      if (!isWhole(folder, codeHash)) await put(folder, codeHash, zip, `${process.pid}-${installs++}`);
    } finally {
      installing--;
    }
    return {
      codeHash,
      codeSha256: Buffer.from(codeHash, 'hex').toString('base64'),
      codeSize: zip.length,
    };
  };

  const sweep = (): void => {
    if (!existsSync(folder)) return;
    const names = readdirSync(folder);
    // What a process that was ended has left; those that come now are in use.
    if (!isSwept && installing === 0) {
      for (const name of names)
        if (name.startsWith(incomingPrefix)) rmSync(join(folder, name), { recursive: true, force: true });
      isSwept = true;
    }
    const used = hashesIn(store.view);
    const nowMs = performance.now();
    for (const name of names) {
      const hash = /^([0-9a-f]{64})(\.zip)?$/.exec(name)?.[1];
      if (hash === undefined) continue;
      if (used.has(hash)) unused.delete(hash);
      else if (!unused.has(hash)) unused.set(hash, nowMs);
      else if (nowMs - unused.get(hash)! >= graceMs) {
        rmSync(join(folder, `${hash}.zip`), { force: true });
        rmSync(join(folder, hash), { recursive: true, force: true });
        unused.delete(hash);
      }
    }
    if (unused.size === 0 || timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      sweep();
    }, graceMs).unref();
  };

  return {
    installZip: async (zip) => {
      if (zip.length === 0) throw invalidParameter('Uploaded file must be a non-empty zip');
      if (zip.length > zippedBytesMax)
        throw invalidParameter(`Zipped size must be smaller than ${zippedBytesMax} bytes`);
      return install(zip);
    },
    importFolder: async (from, onProgress) => install(await packFolder(from, onProgress)),
    readZip: (codeHash) => readFile(join(folder, `${codeHash}.zip`)),
    unpackMissing: async () => {
      for (const hash of hashesIn(store.view)) {
        if (existsSync(join(folder, hash)) || !existsSync(join(folder, `${hash}.zip`))) continue;
        await install(await readFile(join(folder, `${hash}.zip`)));
      }
    },
    sweep,
  };
}

const isWhole = (folder: string, hash: string): boolean =>
  existsSync(join(folder, hash)) && existsSync(join(folder, `${hash}.zip`));

async function put(folder: string, hash: string, zip: Uint8Array, id: string): Promise<void> {
  const entries = readZip(zip);
  if (!entries.some(({ kind }) => kind === 'file'))
    throw invalidParameter('Uploaded file must be a non-empty zip');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const incoming = join(folder, `${incomingPrefix}${id}`);
  try {
    await mkdir(incoming);
    await unpack(entries, join(incoming, 'code'));
    await writeFlushed(join(incoming, 'zip'), zip);
    await rename(join(incoming, 'zip'), join(folder, `${hash}.zip`));
    await renameFolder(join(incoming, 'code'), join(folder, hash));
    await flush(folder);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

/** Who installs the same code at the same time may have been faster. */
async function renameFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await stat(to).catch(() => null))?.isDirectory()) throw error;
  }
}

async function writeFlushed(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is durable only when its folder is. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const hashesIn = (view: View): ReadonlySet<string> =>
  new Set(
    view
      .list('lambdaFunction', '')
      .flatMap((latest) => [latest, ...view.list('functionVersion', latest.functionName)])
      .map(({ codeHash }) => codeHash),
  );
