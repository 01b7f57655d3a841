// All log files of one process: their names, their one timer, their shared limits.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AppendFile, type AppendFileStats } from './append-file.ts';

export interface LogFilesOptions {
  readonly logsDir: string;
  /** A line waits this long for company, at most. */
  readonly flushMs: number;
  /** Characters that wait for one file, at most. */
  readonly charactersMax: number;
  /** Files held open at once; the ones that were quiet longest are closed beyond that. */
  readonly openMax: number;
  readonly report: (message: string) => void;
}

export class LogFiles {
  readonly #options: LogFilesOptions;
  readonly #files: Map<string, AppendFile>;
  #timer: NodeJS.Timeout | null;
  readonly #arm: () => void;

  constructor(options: LogFilesOptions) {
    this.#options = options;
    this.#files = new Map();
    this.#timer = null;
    // Armed by the first line that waits, so that an idle process sleeps.
    this.#arm = () => {
      this.#timer ??= setTimeout(() => void this.#tick(), options.flushMs).unref();
    };
  }

  /** The file of an access log destination; the same object for the same name. */
  accessLog(destinationArn: string): AppendFile {
    return this.#file(join('access', `${destinationFileName(destinationArn)}.log`));
  }

  /** The file of a stage's execution log. @param isCanary - the canary has a file of its own */
  executionLog(apiId: string, stageName: string, isCanary: boolean): AppendFile {
    const group = `API-Gateway-Execution-Logs_${safeFileName(apiId)}`;
    const stage = safeFileName(stageName);
    return this.#file(isCanary ? join(group, stage, 'Canary.log') : join(group, `${stage}.log`));
  }

  /** The file of a WebSocket stage's execution log: AWS's name of its log group. */
  socketExecutionLog(apiId: string, stageName: string): AppendFile {
    return this.#file(`${safeFileName(`/aws/apigateway/${apiId}/${stageName}`)}.log`);
  }

  async flush(): Promise<void> {
    await Promise.all(Array.from(this.#files.values(), (file) => file.flush()));
  }

  async reopen(): Promise<void> {
    await Promise.all(Array.from(this.#files.values(), (file) => file.reopen()));
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await Promise.all(Array.from(this.#files.values(), (file) => file.close()));
  }

  stats(): AppendFileStats[] {
    return Array.from(this.#files.values(), (file) => file.stats());
  }

  #file(name: string): AppendFile {
    const path = join(this.#options.logsDir, name);
    let file = this.#files.get(path);
    if (file === undefined) {
      const { charactersMax, report } = this.#options;
      file = new AppendFile({ path, charactersMax, onWaiting: this.#arm, report });
      this.#files.set(path, file);
    }
    return file;
  }

  async #tick(): Promise<void> {
    this.#timer = null;
    const waiting = Array.from(this.#files.values()).filter((file) => file.isWaiting);
    // Written files go to the end of the map: its front is the file that was quiet longest.
    for (const file of waiting) {
      this.#files.delete(file.path);
      this.#files.set(file.path, file);
    }
    await Promise.all(waiting.map((file) => this.#write(file)));
    await this.#closeQuietFiles();
  }

  /** A file whose disk hangs keeps nobody waiting: each file asks for the next tick itself. */
  async #write(file: AppendFile): Promise<void> {
    if (!file.isDraining) await file.flush();
    if (file.isWaiting) this.#arm();
  }

  async #closeQuietFiles(): Promise<void> {
    const open = Array.from(this.#files.values()).filter((file) => file.isOpen);
    for (const file of open.slice(0, Math.max(0, open.length - this.#options.openMax))) await file.release();
  }
}

/**
 * The file name of an access log destination: the log group's or delivery stream's own name, made safe.
 * `arn:aws:logs:eu-west-1:1234:log-group:/aws/orders` -> `+aws+orders`.
 */
export function destinationFileName(destinationArn: string): string {
  const logGroup = /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)(?::\*)?$/.exec(destinationArn);
  const stream = /^arn:[^:]*:firehose:[^:]*:[^:]*:deliverystream\/([^:]+)$/.exec(destinationArn);
  return safeFileName((logGroup ?? stream)?.[1] ?? destinationArn);
}

const nameBytesMax = 200;

/**
 * Any text as one file name: `/` becomes `+` (which AWS allows in no such name), other characters outside
 * `A-Z a-z 0-9 . _ -` and a leading dot become `%XX`, so two names never meet and none leaves its folder. Long ones
 * are cut and told apart by a hash.
 */
function safeFileName(text: string): string {
  let name = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    if (character === '/') name += '+';
    else if (/[A-Za-z0-9_-]/.test(character) || (character === '.' && name !== '')) name += character;
    else name += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (name === '') return '%';
  if (name.length <= nameBytesMax) return name;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${name.slice(0, nameBytesMax - 17)}-${hash}`;
}
