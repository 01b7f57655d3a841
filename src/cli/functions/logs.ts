// `sluice functions logs`: the file that the function host writes for each function. No control plane is asked: what
// was logged can be read when nothing runs.

import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logsFolder, type ProcessConfig } from '../../config/index.ts';
import { note } from '../terminal.ts';
import { withControl } from '../with-control.ts';
import { noSuchFunction } from './known-function.ts';

export interface LogsRequest {
  readonly lines: number;
  readonly request?: string;
  readonly follow?: boolean;
}

/** Between two looks at a file that is followed. */
const lookMs = 200;

/** @returns the exit code */
export async function functionLogs(
  config: ProcessConfig,
  name: string,
  { lines: linesMax, request, follow = false }: LogsRequest,
): Promise<number> {
  const file = path.join(logsFolder(config), 'functions', `${name}.log`);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name) || !existsSync(file)) await tellUnknown(config, name);
  const tail = readTail(file);
  const chosen = request === undefined ? tail.lines : linesOfRequest(tail.lines, request);
  const shown = linesMax === 0 ? [] : chosen.slice(-linesMax);
  for (const line of shown) process.stdout.write(`${line}\n`);
  if (shown.length === 0 && !follow)
    note(
      request === undefined
        ? `The function "${name}" has logged nothing yet.`
        : `The log of "${name}" has nothing of request ${request}.`,
    );
  if (follow) await followFile(file, tail.bytes, request);
  return 0;
}

/** A name that nobody has is told; one that has not logged yet is none. */
async function tellUnknown(config: ProcessConfig, name: string): Promise<void> {
  const all = await withControl(config, (control) => control.act('listFunctions', undefined));
  const names = all.map(({ functionName }) => functionName);
  if (!names.includes(name)) throw noSuchFunction(name, names);
}

/** The lines of the file before the present one, and of the present one up to `bytes`. */
function readTail(file: string): { lines: string[]; bytes: number } {
  const read = (name: string): string => (existsSync(name) ? readFileSync(name, 'utf8') : '');
  const present = read(file);
  const whole = present.slice(0, present.lastIndexOf('\n') + 1);
  const lines = `${read(`${file}.1`)}${whole}`.split('\n');
  lines.pop();
  return { lines, bytes: Buffer.byteLength(whole) };
}

/**
 * Lines that name a request, and what stands between its START and its END: several environments write one file, so a
 * line in between that names another request belongs to that one.
 */
export function linesOfRequest(lines: readonly string[], request: string): string[] {
  const chooser = requestChooser(request);
  return lines.filter(chooser);
}

const requestId = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/;

function requestChooser(request: string): (line: string) => boolean {
  let isInside = false;
  return (line) => {
    const named = requestId.exec(line)?.[0];
    if (line.includes(request)) {
      if (line.startsWith('START ')) isInside = true;
      if (line.startsWith('END ')) isInside = false;
      return true;
    }
    return isInside && named === undefined;
  };
}

/** Until Ctrl-C. @param from - bytes that were shown already */
async function followFile(file: string, from: number, request: string | undefined): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const chooser = request === undefined ? () => true : requestChooser(request);
  let handle: FileHandle | null = null;
  let at = from;
  let rest = Buffer.alloc(0);
  try {
    while (!ended.signal.aborted) {
      handle ??= await open(file, 'r').catch(() => null);
      if (handle !== null) {
        // Asked first: what was written to a file before it was set aside is read once more.
        const isOld = await isReplaced(handle, file, at);
        const bytes = await readFrom(handle, at);
        at += bytes.length;
        rest = showWhole(Buffer.concat([rest, bytes]), chooser);
        if (isOld) {
          await handle.close();
          [handle, at] = [null, 0];
        }
      }
      await sleep(lookMs, undefined, { signal: ended.signal }).catch(() => {});
    }
  } finally {
    await handle?.close();
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}

async function readFrom(handle: FileHandle, at: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let position = at; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(65_536), 0, 65_536, position);
    if (bytesRead === 0) return Buffer.concat(pieces);
    pieces.push(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** Prints whole lines. @returns the piece of a line at the end */
function showWhole(bytes: Buffer, isWanted: (line: string) => boolean): Buffer<ArrayBuffer> {
  const end = bytes.lastIndexOf(10) + 1;
  if (end > 0)
    for (const line of bytes.toString('utf8', 0, end - 1).split('\n'))
      if (isWanted(line)) process.stdout.write(`${line}\n`);
  return Buffer.from(bytes.subarray(end));
}

/** Set aside as `{name}.log.1`, or emptied. */
async function isReplaced(handle: FileHandle, file: string, at: number): Promise<boolean> {
  const [mine, there] = await Promise.all([handle.stat(), stat(file).catch(() => null)]);
  return there !== null && (there.ino !== mine.ino || there.size < at);
}
