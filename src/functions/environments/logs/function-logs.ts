// The log files of functions: `functions/{name}.log`, whole lines, buffered, bounded, rotated. Owns the files; knows
// nothing of what lines say.

import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Takes what functions log. */
export interface FunctionLogs {
  /** Takes whole lines, each with its newline. Never fails, never waits. */
  append(functionName: string, lines: string): void;
  /** Writes what waits. */
  flush(): Promise<void>;
  /** Writes what waits and stops the timer. */
  close(): Promise<void>;
}

export interface FunctionLogsOptions {
  /** Holds the folder `functions`. */
  readonly logsDir: string;
  /** A file that has grown beyond this is set aside as `{name}.log.1`, which replaces the one before. */
  readonly fileBytesMax?: number;
  /** Lines wait this long for company. */
  readonly flushMs?: number;
  /** Characters that wait for one file at most; lines beyond that are dropped, and their number is written. */
  readonly charactersMax?: number;
  /** Told once for each outage of a file. */
  readonly report?: (message: string) => void;
}

const defaults = {
  fileBytesMax: 64 * 1024 * 1024,
  flushMs: 200,
  charactersMax: 16 * 1024 * 1024,
  report: (): void => {},
};

/** Log files in a folder. */
export function createFunctionLogs(options: FunctionLogsOptions): FunctionLogs {
  const settings = { ...defaults, ...options };
  const files = new Map<string, LogFile>();
  let timer: NodeJS.Timeout | null = null;
  const flush = async (): Promise<void> => {
    await Promise.all(Array.from(files.values(), (file) => file.flush()));
    // Files of functions that are quiet are forgotten; the next line opens them again.
    for (const [name, file] of files) if (file.isQuiet) files.delete(name);
  };
  return {
    append: (functionName, lines) => {
      let file = files.get(functionName);
      if (file === undefined) {
        file = new LogFile(join(settings.logsDir, 'functions', `${functionName}.log`), settings);
        files.set(functionName, file);
      }
      file.append(lines);
      // Armed by the first line that waits, so that an idle process sleeps.
      timer ??= setTimeout(() => {
        timer = null;
        void flush();
      }, settings.flushMs).unref();
    },
    flush,
    close: async () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await flush();
    },
  };
}

class LogFile {
  readonly #path: string;
  readonly #settings: Required<FunctionLogsOptions>;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #writesDropped = 0;
  #isFailing = false;
  /** The end of the last write; there is never more than one at a time. */
  #writing: Promise<void> = Promise.resolve();
  #writesUnderWay = 0;

  constructor(path: string, settings: Required<FunctionLogsOptions>) {
    this.#path = path;
    this.#settings = settings;
  }

  get isQuiet(): boolean {
    return this.#waiting.length === 0 && this.#writesUnderWay === 0 && !this.#isFailing;
  }

  append(lines: string): void {
    if (this.#waitingCharacters + lines.length > this.#settings.charactersMax) {
      this.#writesDropped++;
      return;
    }
    this.#waiting.push(lines);
    this.#waitingCharacters += lines.length;
  }

  flush(): Promise<void> {
    if (this.#waiting.length === 0) return this.#writing;
    this.#writesUnderWay++;
    this.#writing = this.#writing.then(() => this.#write()).finally(() => this.#writesUnderWay--);
    return this.#writing;
  }

  async #write(): Promise<void> {
    if (this.#writesDropped > 0) {
      this.#waiting.push(`(${this.#writesDropped} writes of this log were dropped: the disk was too slow)\n`);
      this.#writesDropped = 0;
    }
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingCharacters = 0;
    try {
      await this.#rotate();
      await appendFile(this.#path, text, { mode: 0o600 });
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing)
        this.#settings.report(`Cannot write the function log "${this.#path}": ${(error as Error).message}`);
      this.#isFailing = true;
    }
  }

  async #rotate(): Promise<void> {
    const size = await stat(this.#path).then(
      (file) => file.size,
      () => -1,
    );
    if (size < 0) await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    else if (size >= this.#settings.fileBytesMax) await rename(this.#path, `${this.#path}.1`);
  }
}
