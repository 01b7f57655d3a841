// The execution log of one exchange, or of one event of a WebSocket: lines are gathered while it runs and written
// together when it ends, so that the lines of one request stand together. Owns the events' form; which events there are is the pipeline's business.

import type { Clock } from '../base/clock.ts';
import type { ExecutionLog } from '../exchange/recorder.ts';
import type { AppendFile } from './append-file.ts';
import { headersText, onOneLine, truncated } from './log-text.ts';

/** Events of one exchange, at most; the ones after that are dropped and the last line says how many. */
const eventsMax = 200;

/** Whose log it is. */
export interface Logged {
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** Wall time, milliseconds. */
  readonly startedMs: number;
}

/** @see observability reference, section 3 */
export class GatheredLog implements ExecutionLog {
  readonly dataTrace: boolean;
  readonly #level: 'ERROR' | 'INFO';
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #extendedRequestId: string;
  readonly #startedMs: number;
  readonly #lines: string[];
  readonly #timesMs: number[];
  #dropped: number;
  #hasFailed: boolean;

  constructor(logged: Logged, level: 'ERROR' | 'INFO', dataTrace: boolean, clock: Clock) {
    this.dataTrace = dataTrace;
    this.#level = level;
    this.#clock = clock;
    this.#prefix = `(${logged.requestId}) `;
    this.#extendedRequestId = logged.extendedRequestId;
    this.#startedMs = logged.startedMs;
    this.#lines = [];
    this.#timesMs = [];
    this.#dropped = 0;
    this.#hasFailed = false;
  }

  info(line: string): void {
    if (this.#level === 'INFO') this.#add(line);
  }

  fields(label: string, fields: readonly string[]): void {
    if (this.#level === 'INFO') this.#add(`${label}: ${headersText(fields)}`);
  }

  error(line: string): void {
    this.#hasFailed = true;
    this.#add(line);
  }

  /**
   * Writes the events: at INFO always, at ERROR only when there is an error among them.
   * @param closing - the last event, which at INFO is there already: made here, where it is known that it is wanted
   */
  writeTo(file: AppendFile, closing: string): void {
    if (this.#level === 'ERROR') {
      if (!this.#hasFailed) return;
      this.#add(closing);
    }
    let text = this.#event(this.#startedMs, `Extended Request Id: ${this.#extendedRequestId}`);
    for (let i = 0; i < this.#lines.length; i++) text += this.#event(this.#timesMs[i]!, this.#lines[i]!);
    let count = this.#lines.length + 1;
    if (this.#dropped > 0) {
      text += this.#event(
        this.#timesMs.at(-1)!,
        `${this.#dropped} more events of this request were not kept`,
      );
      count++;
    }
    file.append(text, count);
  }

  #add(line: string): void {
    if (this.#lines.length === eventsMax) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line.length > keptCharacters ? line.slice(0, keptCharacters) : line);
    this.#timesMs.push(this.#clock.nowMs());
  }

  /** One event is one line: line ends within it are escaped. */
  #event(timeMs: number, line: string): string {
    return `${isoTime(timeMs)} ${truncated(this.#prefix + onOneLine(line))}\n`;
  }
}

/** Enough to fill an event and to see that there was more: a line of 10 MB is not kept until the end. */
const keptCharacters = 1_100;

let formattedMs = -1;
let formattedTime = '';

/** ISO 8601 in UTC with milliseconds; events often share one. */
function isoTime(epochMs: number): string {
  if (epochMs !== formattedMs) {
    formattedTime = new Date(epochMs).toISOString();
    formattedMs = epochMs;
  }
  return formattedTime;
}
