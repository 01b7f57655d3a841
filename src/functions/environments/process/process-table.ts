// The processes of this machine, as /proc shows them: which belong to which environment, and what memory they hold.

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** Clock ticks since the machine's start: with the pid, the one name of a process that is never given twice. */
  readonly startTicks: string;
  readonly rssBytes: number;
  /** It has ended and waits for its parent. */
  readonly isZombie: boolean;
}

const statBytes = Buffer.allocUnsafe(4096);
/** A pass over many processes gives others a turn this often. */
const entriesPerTurn = 64;

/** @returns null when there is no such process */
export function readProcess(pid: number): ProcessEntry | null {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return null;
  }
  try {
    return parseStat(pid, statBytes.toString('latin1', 0, readSync(file, statBytes, 0, statBytes.length, 0)));
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}

/** The name, second of the fields, may hold spaces and parentheses: what counts is behind the last one. */
function parseStat(pid: number, text: string): ProcessEntry {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
    parentPid: Number(fields[1]),
    groupId: Number(fields[2]),
    sessionId: Number(fields[3]),
    startTicks: fields[19]!,
    rssBytes: Number(fields[21]) * pageBytes,
  };
}

/** Every process that can be seen. */
export async function readProcesses(): Promise<ProcessEntry[]> {
  const entries: ProcessEntry[] = [];
  let count = 0;
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    if (++count % entriesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    const entry = readProcess(pid);
    if (entry !== null && !entry.isZombie) entries.push(entry);
  }
  return entries;
}

/** What one variable was when the process was started; null where it is absent or not ours to see. */
export function readVariable(pid: number, name: string): string | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return null;
  }
  const start = text.startsWith(`${name}=`) ? 0 : text.indexOf(`\0${name}=`) + 1;
  if (start === 0 && !text.startsWith(`${name}=`)) return null;
  const end = text.indexOf('\0', start);
  return text.slice(start + name.length + 1, end < 0 ? text.length : end);
}

/** Names the mounts that a process sees; null where they are our own, or not ours to see. */
export function readMountNamespace(pid: number): string | null {
  try {
    const name = readlinkSync(`/proc/${pid}/ns/mnt`);
    return name === ownMountNamespace ? null : name;
  } catch {
    return null;
  }
}
const ownMountNamespace = readlinkSync('/proc/self/ns/mnt');

/** All that descend from `roots`, share a group or session with them, or with each other. */
export function family(entries: readonly ProcessEntry[], roots: ReadonlySet<number>): ProcessEntry[] {
  const members = new Set<ProcessEntry>();
  const ids = new Set(roots);
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    for (const entry of entries) {
      if (members.has(entry)) continue;
      const { pid, parentPid, groupId, sessionId } = entry;
      if (!ids.has(pid) && !ids.has(parentPid) && !ids.has(groupId) && !ids.has(sessionId)) continue;
      members.add(entry);
      ids.add(pid);
    }
  }
  return [...members];
}

/** From two readings of our own memory: in pages, and in bytes. */
function measurePage(): number {
  const text = readFileSync('/proc/self/stat', 'latin1');
  const pages = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[21]);
  return 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages));
}
const pageBytes = measurePage();
