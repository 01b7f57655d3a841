// A folder -> a zip file: the same folder makes the same file, so that adding it again changes nothing.

import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';
import { invalidParameter } from '../protocol/lambda/exceptions.ts';
import { tooLarge, unzippedBytesMax } from './code-error.ts';

const deflate = promisify(deflateRaw);
/** More would need the Zip64 format. */
const entriesMax = 0xfffe;
/** The first of January 1980, midnight: the beginning of time for DOS. */
const dosDate = 0x21;

export interface PackProgress {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Reads all of a folder.
 *
 * @param folder - absolute
 * @param onProgress - told after each file
 * @throws (rejects) InvalidParameterValueException for what is no folder, is too large, or holds what is no file
 */
export async function packFolder(
  folder: string,
  onProgress: (progress: PackProgress) => void = () => {},
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let bytes = 0;
  let files = 0;
  for await (const { name, stats } of walk(folder, '')) {
    const content = await contentOf(folder, name, stats);
    bytes += content.length;
    if (bytes > unzippedBytesMax) throw tooLarge();
    if (directory.length >= entriesMax)
      throw invalidParameter(`"${folder}" has more than ${entriesMax} files and folders`);
    const deflated = await deflate(content, { level: 6 });
    const isDeflated = deflated.length < content.length;
    const data = isDeflated ? deflated : content;
    const nameBytes = Buffer.from(stats.isDirectory() ? `${name}/` : name);
    const common = headOf(isDeflated, crc32(content), data.length, content.length, nameBytes.length);
    const local = Buffer.concat([signature(0x04034b50), common, Buffer.alloc(2), nameBytes]);
    pieces.push(local, data);
    directory.push(centralOf(common, modeOf(stats), offset), nameBytes);
    offset += local.length + data.length;
    files += 1;
    onProgress({ files, bytes });
  }
  if (files === 0) throw invalidParameter(`"${folder}" is empty`);
  const central = Buffer.concat(directory);
  return Buffer.concat([...pieces, central, endOf(files, central.length, offset)]);
}

interface Found {
  /** From the folder, with `/`. */
  readonly name: string;
  readonly stats: Stats;
}

async function* walk(folder: string, below: string): AsyncGenerator<Found> {
  for (const one of await namesIn(join(folder, below))) {
    const name = below === '' ? one : `${below}/${one}`;
    const stats = await lstat(join(folder, name));
    yield { name, stats };
    if (stats.isDirectory()) yield* walk(folder, name);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    throw invalidParameter(`Cannot read the folder "${folder}": ${(error as Error).message}`);
  }
}

async function contentOf(folder: string, name: string, stats: Stats): Promise<Buffer> {
  if (stats.isDirectory()) return Buffer.alloc(0);
  const file = join(folder, name);
  if (stats.isSymbolicLink()) return Buffer.from(linkOf(folder, file, await readlink(file)));
  if (!stats.isFile()) throw invalidParameter(`"${file}" is neither a file nor a folder nor a link`);
  if (stats.size > unzippedBytesMax) throw tooLarge();
  return readFile(file).catch((error: Error) => {
    throw invalidParameter(`Cannot read "${file}": ${error.message}`);
  });
}

/** An absolute link that stays inside is as good as a relative one; what leads out is refused when it is unpacked. */
function linkOf(folder: string, file: string, target: string): string {
  const inside = isAbsolute(target) ? relative(folder, target) : '..';
  return inside === '..' || inside.startsWith('../') ? target : relative(join(file, '..'), target) || '.';
}

function modeOf(stats: Stats): number {
  if (stats.isSymbolicLink()) return 0o120777;
  if (stats.isDirectory()) return 0o040755;
  return (stats.mode & 0o111) === 0 ? 0o100644 : 0o100755;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** What local and central headers share: from the version needed to the length of the name. */
function headOf(isDeflated: boolean, crc: number, stored: number, size: number, nameBytes: number): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt16LE(20, 0);
  // Names are UTF-8.
  head.writeUInt16LE(0x0800, 2);
  head.writeUInt16LE(isDeflated ? 8 : 0, 4);
  head.writeUInt16LE(dosDate, 8);
  head.writeUInt32LE(crc, 10);
  head.writeUInt32LE(stored, 14);
  head.writeUInt32LE(size, 18);
  head.writeUInt16LE(nameBytes, 22);
  return head;
}

function centralOf(common: Buffer, mode: number, offset: number): Buffer {
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  // Made on Unix: the mode is one of Unix.
  head.writeUInt16LE((3 << 8) | 20, 4);
  common.copy(head, 6);
  head.writeUInt16LE(mode, 40);
  head.writeUInt32LE(offset, 42);
  return head;
}

function endOf(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
