// The audit log's file: one JSON object a line, written before the call that it tells of is answered; rotated by size,
// and no more than so many files. Knows nothing of what the records say.

import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export interface AuditLogOptions {
  readonly logsDir: string;
  /** A file is rotated before a line would make it longer. */
  readonly bytesMax?: number;
  /** Rotated files that are kept; the oldest goes first. */
  readonly filesMax?: number;
  /** Wall time. */
  readonly nowMs: () => number;
  /** Tells the operator, once for each outage and once for its end. */
  readonly report: (message: string) => void;
}

export interface AuditLogStats {
  readonly recordsWritten: number;
  /** The disk refused them. */
  readonly recordsLost: number;
}

/** 32 MiB and twenty of them: some 600,000 records, and never more than 700 MB. */
const auditBytesMaxDefault = 32 * 1024 * 1024;
const auditFilesMaxDefault = 20;

/** A power cut loses at most what the disk was not told in this time. */
const syncMs = 1_000;
/** How often somebody else's rotation is looked for. */
const lookMs = 1_000;
const newline = 0x0a;
/** Records of one turn of the event loop are a few kilobytes; of large ones not more than this waits. */
const gatheredCharactersMax = 1_000_000;

export const auditFile = (logsDir: string): string => join(logsDir, 'audit.log');
const rotatedName = /^audit-\d{8}T\d{9}Z-\d{3}\.log$/;

/** Rotated files, oldest first. */
export function rotatedAuditFiles(logsDir: string): string[] {
  try {
    return readdirSync(logsDir)
      .filter((name) => rotatedName.test(name))
      .sort()
      .map((name) => join(logsDir, name));
  } catch {
    return [];
  }
}

/**
 * Each record is handed to the kernel before `append`, or the `flush` after it was gathered, returns (5 us for 1 KB, and
 * hardly more for those of a whole turn together), so a process that is killed loses none of a call that was answered;
 * once a second the kernel is told to bring them to the disk. When the disk refuses, the call that is recorded goes on,
 * the loss is counted and the operator is told: a full disk refuses the writes of the store itself.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #bytesMax: number;
  readonly #filesMax: number;
  readonly #path: string;
  #gathered: string[] = [];
  #gatheredCharacters = 0;
  #descriptor: number | null = null;
  #bytes = 0;
  #inode = 0;
  #lookedAtMs = 0;
  /** The file does not end at a line's end. */
  #isTorn = false;
  #isFailing = false;
  #timer: NodeJS.Timeout | null = null;
  #recordsWritten = 0;
  #recordsLost = 0;
  #lostBeforeOutage = 0;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? auditBytesMaxDefault;
    this.#filesMax = options.filesMax ?? auditFilesMaxDefault;
    this.#path = auditFile(options.logsDir);
  }

  /** @param record - JSON, on one line. Never throws. */
  append(record: string): void {
    this.gather(record);
    this.flush();
  }

  /** Takes a record for the next `flush`, or before it where much has come together. Never throws. */
  gather(record: string): void {
    this.#gathered.push(`${record}\n`);
    this.#gatheredCharacters += record.length + 1;
    if (this.#gatheredCharacters > gatheredCharactersMax) this.flush();
  }

  /** Hands what was gathered to the kernel, in one write where it fits the file. Never throws. */
  flush(): void {
    const lines = this.#gathered;
    if (lines.length === 0) return;
    // A character of UTF-16 takes three bytes of UTF-8 at most.
    const fits = this.#bytes + this.#gatheredCharacters * 3 <= this.#bytesMax;
    this.#gathered = [];
    this.#gatheredCharacters = 0;
    if (fits) this.#put(lines);
    else for (const line of lines) this.#put([line]);
  }

  #put(lines: readonly string[]): void {
    let whole = 0;
    try {
      const bytes = Buffer.from(lines.length === 1 ? lines[0]! : lines.join(''));
      const written = this.#write(bytes);
      whole = written === bytes.length ? lines.length : linesIn(bytes.subarray(0, written));
      if (whole < lines.length) throw new Error('the disk is full');
      if (this.#isFailing) this.#recovered();
    } catch (error) {
      this.#failed(error);
      this.#recordsLost += lines.length - whole;
    }
    this.#recordsWritten += whole;
  }

  stats(): AuditLogStats {
    return { recordsWritten: this.#recordsWritten, recordsLost: this.#recordsLost };
  }

  /** What was appended is on the disk then. */
  close(): void {
    this.flush();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    try {
      this.#closeFile();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** @returns how many of the bytes were written: fewer when the disk is full */
  #write(line: Buffer): number {
    this.#lookForRotation();
    this.#descriptor ??= this.#open();
    if (this.#bytes > 0 && this.#bytes + line.length > this.#bytesMax) {
      this.#rotate();
      this.#descriptor = this.#open();
    }
    const bytes = this.#isTorn ? Buffer.concat([Buffer.of(newline), line]) : line;
    const written = writeSync(this.#descriptor, bytes);
    this.#bytes += written;
    this.#isTorn = written < bytes.length;
    this.#timer ??= setTimeout(() => this.#sync(), syncMs).unref();
    return Math.max(0, written - (bytes.length - line.length));
  }

  #open(): number {
    mkdirSync(this.#options.logsDir, { recursive: true, mode: 0o750 });
    const descriptor = openSync(this.#path, 'a', 0o600);
    const { size, ino } = fstatSync(descriptor);
    this.#bytes = size;
    this.#inode = ino;
    this.#isTorn = size > 0 && !endsLine(this.#path, size);
    return descriptor;
  }

  /** Another process, or a tool, may have renamed the file: its lines would go where nobody looks. */
  #lookForRotation(): void {
    const nowMs = this.#options.nowMs();
    if (this.#descriptor === null || Math.abs(nowMs - this.#lookedAtMs) < lookMs) return;
    this.#lookedAtMs = nowMs;
    if (statSync(this.#path, { throwIfNoEntry: false })?.ino !== this.#inode) this.#closeFile();
  }

  #rotate(): void {
    this.#closeFile();
    const { logsDir } = this.#options;
    const time = new Date(this.#options.nowMs()).toISOString().replace(/[-:.]/g, '');
    const others = rotatedAuditFiles(logsDir);
    const nameOf = (i: number): string => join(logsDir, `audit-${time}-${String(i).padStart(3, '0')}.log`);
    let i = 0;
    while (others.includes(nameOf(i))) i++;
    const file = nameOf(i);
    renameSync(this.#path, file);
    for (const old of [...others, file].slice(0, -this.#filesMax)) rmSync(old, { force: true });
  }

  #sync(): void {
    this.#timer = null;
    // In a thread of its own: a slow disk keeps no call waiting. A file that was closed meanwhile was synced then.
    if (this.#descriptor !== null) fdatasync(this.#descriptor, () => undefined);
  }

  #closeFile(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = null;
    if (descriptor === null) return;
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  #failed(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#lostBeforeOutage = this.#recordsLost;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.report(
      `Cannot write the audit log "${this.#path}": ${reason}; calls go on unrecorded until it can be written`,
    );
  }

  #recovered(): void {
    this.#isFailing = false;
    const lost = this.#recordsLost - this.#lostBeforeOutage;
    this.#options.report(`The audit log "${this.#path}" is written again; ${lost} records were lost`);
  }
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}

function endsLine(path: string, size: number): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(descriptor, last, 0, 1, size - 1);
    return last[0] === newline;
  } finally {
    closeSync(descriptor);
  }
}
