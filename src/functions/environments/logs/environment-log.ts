// The log of one environment: what its processes write between the lines that the platform writes about them.

import type { Readable } from 'node:stream';
import type { EnvironmentSpec } from '../../host/environment.ts';
import type { EnvironmentLimits } from '../limits.ts';
import type { FunctionLogs } from './function-logs.ts';
import { LogLines } from './log-lines.ts';

/** Of an invocation's log, as Lambda returns it. */
const tailBytesMax = 4096;

/** What the REPORT line tells. */
export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  /** null: the environment was there already. */
  readonly initMs: number | null;
  readonly memoryUsedBytes: number;
  readonly status: 'timeout' | 'error' | null;
  readonly errorType: string | null;
}

export class EnvironmentLog {
  readonly #spec: EnvironmentSpec;
  readonly #logs: FunctionLogs;
  /** Last lines of the invocations whose callers want them, by request id. */
  readonly #tails = new Map<string, string>();
  /** Invocations between START and END. */
  #underWay = 0;
  /** Lines of the platform that wait until the processes' own are read. */
  #waiting: (() => void)[] = [];
  readonly #flush: () => void;
  readonly #lines: LogLines[] = [];
  readonly #limits: EnvironmentLimits;
  readonly #nowMs: () => number;

  constructor(spec: EnvironmentSpec, logs: FunctionLogs, limits: EnvironmentLimits, nowMs: () => number) {
    this.#spec = spec;
    this.#logs = logs;
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#flush = () => {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const act of waiting) act();
    };
  }

  /** Takes lines from a pipe of the process. */
  read(stream: Readable): void {
    const lines = new LogLines({
      lineBytesMax: this.#limits.logLineBytesMax,
      bytesPerSecond: this.#limits.logBytesPerSecond,
      nowMs: this.#nowMs,
      emit: (text) => this.#emit(text),
    });
    this.#lines.push(lines);
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.on('error', () => {});
  }

  /** Lines without an end end now. */
  end(): void {
    for (const lines of this.#lines) lines.end();
  }

  line(text: string): void {
    this.#later(() => this.#emit(`${text}\n`));
  }

  start(requestId: string, wantsTail: boolean): void {
    this.#later(() => {
      this.#underWay++;
      if (wantsTail) this.#tails.set(requestId, '');
      this.#emit(`START RequestId: ${requestId} Version: ${this.#spec.version.version}\n`);
    });
  }

  /** @param onTail - told the last 4 KB of the invocation's log, in base64 */
  finish(report: Report, onTail: ((tail: string) => void) | null): void {
    this.#later(() => {
      // What has no line end by now is a line; where others are under way it may be the beginning of one of theirs.
      if (--this.#underWay === 0) this.end();
      this.#emit(`END RequestId: ${report.requestId}\n${reportLine(report, this.#spec.version.memoryMb)}`);
      if (onTail === null) return;
      const bytes = Buffer.from(this.#tails.get(report.requestId) ?? '');
      this.#tails.delete(report.requestId);
      onTail(bytes.subarray(Math.max(0, bytes.length - tailBytesMax)).toString('base64'));
    });
  }

  /**
   * The platform's lines come last in a turn of the event loop: what the process wrote before its answer lies in its
   * pipe when the answer is read, and is read in the same turn.
   */
  #later(act: () => void): void {
    if (this.#waiting.push(act) === 1) setImmediate(this.#flush);
  }

  #emit(text: string): void {
    this.#logs.append(this.#spec.functionName, text);
    for (const [requestId, tail] of this.#tails)
      this.#tails.set(requestId, this.#grown(tail, text, requestId));
  }

  #grown(tail: string, text: string, requestId: string): string {
    const grown =
      tail + (this.#spec.version.concurrencyPerEnvironment === 1 ? text : linesOf(text, requestId));
    // More is cut at the end; here only what grows is held.
    return grown.length > tailBytesMax * 4 ? grown.slice(-tailBytesMax) : grown;
  }
}

/** Of lines that several invocations have written, those that say which one they are of. */
const linesOf = (text: string, requestId: string): string =>
  text
    .split(/(?<=\n)/)
    .filter((line) => line.includes(requestId))
    .join('');

const mebibyte = 1024 * 1024;

function reportLine(report: Report, memoryMb: number): string {
  const { requestId, durationMs, initMs, status, errorType } = report;
  const used = Math.ceil(report.memoryUsedBytes / mebibyte);
  return (
    `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\t` +
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms\t` +
    `Memory Size: ${memoryMb} MB\tMax Memory Used: ${used} MB\t` +
    `${initMs === null ? '' : `Init Duration: ${initMs.toFixed(2)} ms\t`}` +
    `${status === null ? '' : `Status: ${status}\t`}${errorType === null ? '' : `Error Type: ${errorType}\t`}\n`
  );
}
