// The execution log of a test invocation, as its caller gets it. Owns the form of its lines; which lines there are is
// the pipeline's business.

import type { Clock } from '../../base/clock.ts';
import type { ExecutionLog } from '../../exchange/recorder.ts';
import { headersText, truncated } from '../../observability/log-text.ts';

/** Gathers at INFO with data trace. @see observed behaviour, section 8 */
export class TestLog implements ExecutionLog {
  readonly dataTrace = true;
  readonly #clock: Clock;
  #lines: string;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lines = '';
  }

  /** A line of a body stays a line: who reads this log wrote the request, or the backend is theirs. */
  info(line: string): void {
    this.#lines += `${timeText(this.#clock.nowMs())} : ${truncated(line)}\n`;
  }

  fields(label: string, fields: readonly string[]): void {
    this.info(`${label}: ${headersText(fields)}`);
  }

  error(line: string): void {
    this.info(line);
  }

  /** The first line bears no time, and the last one is empty. */
  text(requestId: string): string {
    return `Execution log for request ${requestId}\n${this.#lines}`;
  }
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `EEE MMM dd HH:mm:ss UTC yyyy`, as Java's Date prints it. */
function timeText(epochMs: number): string {
  const date = new Date(epochMs);
  // `Tue, 21 Nov 2026 13:57:13 GMT`
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${days[date.getUTCDay()]} ${month} ${day} ${time} UTC ${year}`;
}
