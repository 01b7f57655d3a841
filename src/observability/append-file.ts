// One log file that several processes append to: whole lines, buffered, never in the way of the gateway. Owns the
// file and what happens when it cannot be written; knows nothing of what the lines say.

import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface AppendFileOptions {
  readonly path: string;
  /** Characters that wait for the disk at most; lines beyond that are dropped and counted. */
  readonly charactersMax: number;
  /** Called when the first line waits: the owner promises to `flush` soon. */
  readonly onWaiting: () => void;
  /** Tells the operator, once for each outage and once for its end. */
  readonly report: (message: string) => void;
}

export interface AppendFileStats {
  readonly path: string;
  readonly linesWritten: number;
  readonly linesDropped: number;
}

/** A chunk on its way to the disk: whole lines. */
interface Chunk {
  bytes: Buffer;
  readonly lines: number;
}

/** A chunk is written when it is this long, or when the owner flushes. */
const chunkCharacters = 65_536;
const newline = 0x0a;

/**
 * Lines stay whole without a lock: a chunk holds whole lines only and goes out in one write(2), and with O_APPEND
 * Linux finds the end of the file and writes under the inode's lock, so that writes of several processes follow
 * each other and never mix (local file systems; NFS does not promise it). The one exception is a write that the
 * disk cuts short when it is full: then the cut line is written again, on a line of its own, when there is space.
 *
 * The file is opened again when the path no longer leads to it (rotation), or when `reopen` says so.
 */
export class AppendFile {
  readonly path: string;
  readonly #options: AppendFileOptions;
  #file: FileHandle | null = null;
  #inode = 0;
  #isStale = false;
  /** Set after a cut write: the file does not end at a line's end. */
  #isTorn = false;
  /** The drain in progress; there is never more than one. */
  #draining: Promise<void> | null = null;
  #isFailing = false;
  #pending = '';
  #pendingLines = 0;
  #chunks: Chunk[] = [];
  /** Characters of `#pending` and bytes of `#chunks`. */
  #waiting = 0;
  #linesWritten = 0;
  #linesDropped = 0;
  #droppedBeforeOutage = 0;

  constructor(options: AppendFileOptions) {
    this.path = options.path;
    this.#options = options;
  }

  /** Takes one line or several. Never fails, never waits. @param text - ends with a newline, holds `lines` of them */
  append(text: string, lines: number): void {
    if (this.#waiting + text.length > this.#options.charactersMax) {
      this.#linesDropped += lines;
      return;
    }
    if (this.#waiting === 0) this.#options.onWaiting();
    this.#pending += text;
    this.#pendingLines += lines;
    this.#waiting += text.length;
    if (this.#pending.length >= chunkCharacters) {
      this.#closeChunk();
      // During an outage the timer alone tries again: not each 64 KB.
      if (!this.#isFailing) void this.#drain(false);
    }
  }

  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  get isDraining(): boolean {
    return this.#draining !== null;
  }

  get isOpen(): boolean {
    return this.#file !== null;
  }

  /** Writes what waits, and looks whether the file was rotated away. Settles when it was tried; never rejects. */
  async flush(): Promise<void> {
    if (this.#draining !== null) await this.#draining;
    this.#closeChunk();
    await this.#drain(true);
  }

  /** Lets the file go and opens its path again, before the next line. */
  async reopen(): Promise<void> {
    this.#isStale = true;
    await this.flush();
  }

  /** Closes the file when nothing waits; the next line opens it again. For an owner with too many open files. */
  async release(): Promise<void> {
    if (this.#draining === null && this.#waiting === 0) await this.#closeFile();
  }

  /** Writes what waits, a last time, and closes the file. What cannot be written is counted as dropped. */
  async close(): Promise<void> {
    await this.flush();
    for (const chunk of this.#chunks) this.#linesDropped += chunk.lines;
    this.#chunks = [];
    this.#waiting = 0;
    await this.#closeFile();
  }

  stats(): AppendFileStats {
    return { path: this.path, linesWritten: this.#linesWritten, linesDropped: this.#linesDropped };
  }

  #closeChunk(): void {
    if (this.#pendingLines === 0) return;
    const bytes = encoded(this.#pending);
    this.#waiting += bytes.length - this.#pending.length;
    this.#chunks.push({ bytes, lines: this.#pendingLines });
    this.#pending = '';
    this.#pendingLines = 0;
  }

  #drain(looksForRotation: boolean): Promise<void> {
    this.#draining ??= this.#drainNow(looksForRotation).finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  async #drainNow(looksForRotation: boolean): Promise<void> {
    try {
      if (this.#isStale || (looksForRotation && (await this.#wasRotated()))) await this.#closeFile();
      if (this.#chunks.length === 0) return;
      this.#file ??= await this.#open();
      while (this.#chunks.length > 0) await this.#write(this.#file, this.#chunks[0]!);
      if (this.#isFailing) this.#recovered();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #write(file: FileHandle, chunk: Chunk): Promise<void> {
    const bytes = this.#isTorn ? Buffer.concat([Buffer.of(newline), chunk.bytes]) : chunk.bytes;
    const { bytesWritten } = await file.write(bytes, 0, bytes.length, null);
    if (bytesWritten === bytes.length) {
      this.#isTorn = false;
      this.#linesWritten += chunk.lines;
      this.#waiting -= chunk.bytes.length;
      this.#chunks.shift();
      return;
    }
    if (bytesWritten === 0) throw new Error('nothing was written');
    // Cut short: keep the chunk from the cut line on. The lines before it are counted with the rest, later.
    const lineStart = bytes.lastIndexOf(newline, bytesWritten - 1) + 1;
    this.#isTorn = lineStart !== bytesWritten;
    this.#waiting -= chunk.bytes.length;
    chunk.bytes = bytes.subarray(lineStart);
    this.#waiting += chunk.bytes.length;
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o750 });
    const file = await open(this.path, 'a', 0o640);
    const { ino } = await file.stat();
    if (ino !== this.#inode) this.#isTorn = false;
    this.#inode = ino;
    this.#isStale = false;
    return file;
  }

  async #wasRotated(): Promise<boolean> {
    if (this.#file === null) return false;
    try {
      return (await stat(this.path)).ino !== this.#inode;
    } catch {
      return true;
    }
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#isStale = false;
    await file?.close().catch(() => undefined);
  }

  #failed(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#droppedBeforeOutage = this.#linesDropped;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.report(
      `Cannot write log file "${this.path}": ${reason}; trying again, up to ${this.#options.charactersMax} characters wait, then lines are dropped`,
    );
  }

  #recovered(): void {
    this.#isFailing = false;
    const dropped = this.#linesDropped - this.#droppedBeforeOutage;
    this.#options.report(`Log file "${this.path}" is written again; ${dropped} lines were dropped`);
  }
}

// Encoding into memory that is there and copying the result saves 100 ns a line (of 370, Common Log Format) over
// Buffer.from(text), which measures the text first.
const scratch = Buffer.allocUnsafeSlow(4 * chunkCharacters);

function encoded(text: string): Buffer {
  if (text.length * 3 > scratch.length) return Buffer.from(text, 'utf8');
  return Buffer.from(scratch.subarray(0, scratch.write(text, 0, 'utf8')));
}
