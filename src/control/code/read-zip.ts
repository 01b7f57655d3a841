// What a zip file says it holds: its central directory, read without believing it. Nothing is written or inflated here.
// @see PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.4

import { codeRefused, tooLarge, unzippedBytesMax } from './code-error.ts';

export interface ZipEntry {
  /** Segments that name a place below the folder: neither empty, nor `.` or `..`. */
  readonly path: readonly string[];
  readonly kind: 'file' | 'folder' | 'symlink';
  readonly isExecutable: boolean;
  readonly isDeflated: boolean;
  readonly crc32: number;
  /** Bytes that it says it has when inflated. */
  readonly size: number;
  /** As stored. */
  readonly data: Uint8Array;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const endBytes = 22;
const centralBytes = 46;
const localBytes = 30;
const commentBytesMax = 0xffff;
const segmentBytesMax = 255;
const pathBytesMax = 4096;

/** @throws InvalidParameterValueException for what is no zip file, or is one that nobody honest makes */
export function readZip(zip: Uint8Array): readonly ZipEntry[] {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  const { count, start, end } = findDirectory(bytes);
  const entries: ZipEntry[] = [];
  const ranges: (readonly [from: number, to: number])[] = [];
  let size = 0;
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + centralBytes > end || bytes.readUInt32LE(at) !== centralSignature)
      throw codeRefused('its directory is damaged');
    const nameBytes = bytes.readUInt16LE(at + 28);
    const next = at + centralBytes + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (next > end) throw codeRefused('its directory is damaged');
    const { entry, range } = readEntry(bytes, at, start);
    ranges.push(range);
    size += entry.size;
    if (size > unzippedBytesMax) throw tooLarge();
    if (entry.path.length > 0) entries.push(entry);
    at = next;
  }
  refuseOverlaps(ranges);
  refuseClashes(entries);
  return entries;
}

function findDirectory(bytes: Buffer): { count: number; start: number; end: number } {
  const lowest = Math.max(0, bytes.length - endBytes - commentBytesMax);
  for (let at = bytes.length - endBytes; at >= lowest; at--) {
    if (bytes.readUInt32LE(at) !== endSignature) continue;
    if (at + endBytes + bytes.readUInt16LE(at + 20) !== bytes.length) continue;
    const count = bytes.readUInt16LE(at + 10);
    const size = bytes.readUInt32LE(at + 12);
    const start = bytes.readUInt32LE(at + 16);
    if (count === 0xffff || size === 0xffffffff || start === 0xffffffff)
      throw codeRefused('it is in the Zip64 format, which is for larger files than functions may have');
    const isSplit = bytes.readUInt16LE(at + 4) !== 0 || bytes.readUInt16LE(at + 6) !== 0;
    if (isSplit || count !== bytes.readUInt16LE(at + 8)) throw codeRefused('it is one part of several');
    if (start + size !== at) throw codeRefused('its directory is damaged');
    return { count, start, end: at };
  }
  throw codeRefused('it is no zip file, or not the whole of one');
}

/** @param at - of its header in the central directory, which begins at `directoryAt` */
function readEntry(
  bytes: Buffer,
  at: number,
  directoryAt: number,
): { entry: ZipEntry; range: readonly [from: number, to: number] } {
  const name = bytes.subarray(at + centralBytes, at + centralBytes + bytes.readUInt16LE(at + 28));
  const shown = JSON.stringify(name.toString());
  if ((bytes.readUInt16LE(at + 8) & 0x41) !== 0) throw codeRefused(`${shown} is encrypted`);
  const method = bytes.readUInt16LE(at + 10);
  if (method !== 0 && method !== 8)
    throw codeRefused(`${shown} is compressed by method ${method}; only deflate and no compression are read`);
  const storedSize = bytes.readUInt32LE(at + 20);
  const size = bytes.readUInt32LE(at + 24);
  const from = bytes.readUInt32LE(at + 42);
  if (storedSize === 0xffffffff || size === 0xffffffff || from === 0xffffffff)
    throw codeRefused(`${shown} is in the Zip64 format, which is for larger files than functions may have`);
  if (from + localBytes > directoryAt || bytes.readUInt32LE(from) !== localSignature)
    throw codeRefused(`${shown} is not where the directory says`);
  const localNameBytes = bytes.readUInt16LE(from + 26);
  const localName = bytes.subarray(from + localBytes, from + localBytes + localNameBytes);
  if (!localName.equals(name)) throw codeRefused(`${shown} has another name where its data is`);
  const dataAt = from + localBytes + localNameBytes + bytes.readUInt16LE(from + 28);
  const to = dataAt + storedSize;
  if (to > directoryAt) throw codeRefused(`${shown} is cut off`);
  if (method === 0 && size !== storedSize) throw codeRefused(`${shown} is not as long as it says`);
  const kind = kindOf(bytes, at, name, shown);
  if (kind === 'folder' && size !== 0) throw codeRefused(`${shown} is a folder with content`);
  const entry: ZipEntry = {
    path: pathOf(name, shown),
    kind,
    isExecutable: (unixMode(bytes, at) & 0o111) !== 0,
    isDeflated: method === 8,
    crc32: bytes.readUInt32LE(at + 16),
    size,
    data: bytes.subarray(dataAt, to),
  };
  if (entry.path.length === 0 && kind !== 'folder') throw codeRefused(`${shown} is no name of a file`);
  return { entry, range: [from, to] };
}

/** 0 where the file was made on a system that has none. */
function unixMode(bytes: Buffer, at: number): number {
  const system = bytes.readUInt8(at + 5);
  return system === 3 || system === 19 ? bytes.readUInt16LE(at + 40) : 0;
}

function kindOf(bytes: Buffer, at: number, name: Buffer, shown: string): ZipEntry['kind'] {
  const endsInSlash = name.at(-1) === 0x2f;
  switch (unixMode(bytes, at) & 0o170000) {
    case 0o120000:
      if (endsInSlash) throw codeRefused(`${shown} is a link with the name of a folder`);
      return 'symlink';
    case 0o040000:
      return 'folder';
    case 0:
    case 0o100000:
      return endsInSlash ? 'folder' : 'file';
    default:
      throw codeRefused(`${shown} is neither a file nor a folder nor a link`);
  }
}

/** @returns no segments for the folder itself: `./` */
function pathOf(name: Buffer, shown: string): readonly string[] {
  const text = name.toString('utf8');
  const path = text.endsWith('/') ? text.slice(0, -1) : text;
  if (name.length === 0 || name.length > pathBytesMax || text.includes('\0'))
    throw codeRefused(`${shown} is no name of a file`);
  if (text.includes('\\')) throw codeRefused(`${shown} has a backslash in its name`);
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text)) throw codeRefused(`${shown} is an absolute path`);
  const segments = path.split('/');
  if (segments.includes('..')) throw codeRefused(`${shown} leads out of its folder`);
  if (segments.includes('')) throw codeRefused(`${shown} is no name of a file`);
  if (segments.some((segment) => Buffer.byteLength(segment) > segmentBytesMax))
    throw codeRefused(`a name is longer than ${segmentBytesMax} bytes`);
  return segments.filter((segment) => segment !== '.');
}

/** Data that several entries share is how a small file pretends to be a large one. */
function refuseOverlaps(ranges: readonly (readonly [from: number, to: number])[]): void {
  let last = 0;
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    if (from < last) throw codeRefused('two of its entries share their data');
    last = to;
  }
}

/** Two entries of one name, also where only some file systems think so; and entries below what is no folder. */
function refuseClashes(entries: readonly ZipEntry[]): void {
  const kinds = new Map<string, { readonly name: string; readonly kind: ZipEntry['kind'] }>();
  for (const { path, kind } of entries) {
    const name = path.join('/');
    const other = kinds.get(keyOf(name));
    if (other !== undefined)
      throw codeRefused(
        other.name === name
          ? `it has ${JSON.stringify(name)} twice`
          : `${JSON.stringify(other.name)} and ${JSON.stringify(name)} differ in capitals alone`,
      );
    kinds.set(keyOf(name), { name, kind });
  }
  const folders = new Map<string, string>();
  for (const { path } of entries) {
    for (let depth = path.length - 1; depth > 0; depth--) {
      const name = path.slice(0, depth).join('/');
      const key = keyOf(name);
      const spelled = folders.get(key);
      if (spelled === name) break;
      const known = spelled ?? kinds.get(key)?.name ?? name;
      if (known !== name)
        throw codeRefused(`${JSON.stringify(known)} and ${JSON.stringify(name)} differ in capitals alone`);
      const kind = kinds.get(key)?.kind ?? 'folder';
      if (kind !== 'folder')
        throw codeRefused(`${JSON.stringify(path.join('/'))} lies below ${JSON.stringify(name)}, a ${kind}`);
      folders.set(key, name);
    }
  }
}

const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();
