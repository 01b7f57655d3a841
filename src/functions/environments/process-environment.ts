// An execution environment: one runtime, from its start to the end of the last process, and what runs in it. Joins the
// Runtime API, the processes, their log and their limits; each of these has a file of its own.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type {
  Environment,
  EnvironmentHandler,
  EnvironmentInvocation,
  EnvironmentSpec,
  InitFailure,
} from '../host/environment.ts';
import { RuntimeApi } from './api/runtime-api.ts';
import { type Answer, Call } from './call.ts';
import { RuntimeChannel } from './channel/runtime-channel.ts';
import * as endings from './endings.ts';
import * as failures from './failures.ts';
import type { EnvironmentLimits } from './limits.ts';
import { EnvironmentLog } from './logs/environment-log.ts';
import type { FunctionLogs } from './logs/function-logs.ts';
import { type CommandTools, commandOf } from './process/command.ts';
import { FunctionProcess } from './process/function-process.ts';
import { processSpecOf } from './process/process-spec.ts';
import type { Reaper } from './process/reap.ts';
import type { Sandbox } from './process/sandbox.ts';
import type { TempFolders } from './process/temp-folders.ts';
import type { Watch, Watched } from './process/watch.ts';
import type { AnswerKind, RuntimeLink, RuntimeListener } from './runtime-link.ts';

/** What environments of one host share. */
export interface EnvironmentTools extends CommandTools {
  /** Real path. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logs: FunctionLogs;
  readonly limits: EnvironmentLimits;
  readonly sandbox: Promise<Sandbox>;
  readonly tempFolders: TempFolders;
  readonly reaper: Reaper;
  readonly watch: Watch;
}

const mebibyte = 1024 * 1024;
/** An answer is handed on when the runtime asks for the next invocation, or after this: it is busy for itself. */
const afterAnswerMs = 100;
/** Between the end of a runtime's connection and its exit. */
const exitGraceMs = 300;

export class ProcessEnvironment implements Environment, RuntimeListener, Watched {
  readonly ready: Promise<InitFailure | null>;
  readonly ended: Promise<void>;
  rssBytes = 0;
  tmpDir: string | null = null;
  readonly #spec: EnvironmentSpec;
  readonly #mark: string;
  readonly #tools: EnvironmentTools;
  readonly #log: EnvironmentLog;
  /** null: it is not started yet. */
  #link: RuntimeLink | null = null;
  /** Stands for the invocation's while there is none. */
  readonly #initId = randomUUID();
  readonly #bornNs: number;
  #resolveReady: (failure: InitFailure | null) => void = () => {};
  #resolveEnded: () => void = () => {};
  #process: FunctionProcess | null = null;
  #isStarting = true;
  #isKilled = false;
  /** It has said that it exits: it is given nothing any more. */
  #isLeaving = false;
  #hasEnded = false;
  #initTimer: NodeJS.Timeout | null = null;
  /** Told by the first REPORT. */
  #initMs: number | null = null;
  readonly #calls = new Map<EnvironmentInvocation, Call>();
  /** Those of them that wait for the runtime to ask for the next one. */
  readonly #answered = new Set<Call>();
  #rssPeakBytes = 0;

  constructor(spec: EnvironmentSpec, mark: string, tools: EnvironmentTools) {
    const { clock, limits, logs } = tools;
    this.#spec = spec;
    this.#mark = mark;
    this.#tools = tools;
    this.#log = new EnvironmentLog(spec, logs, limits, clock.nowMs);
    this.#bornNs = clock.monotonicNs();
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#start().catch((error: Error) => {
      this.#failStart(failures.invalidEntrypoint(this.#initId, error.message));
    });
  }

  get pid(): number | null {
    return this.#hasEnded ? null : (this.#process?.pid ?? null);
  }

  get isActive(): boolean {
    return this.#isStarting || this.#calls.size > 0;
  }

  get #concurrency(): number {
    return this.#spec.version.concurrencyPerEnvironment;
  }

  get #isAnswerDue(): boolean {
    for (const { answer } of this.#calls.values()) if (answer === null) return true;
    return false;
  }

  // Start.

  async #start(): Promise<void> {
    const { codeHash, runtime } = this.#spec.version;
    const codeDir = join(this.#tools.dataDir, 'functions', 'code', codeHash);
    const sandbox = await this.#tools.sandbox;
    const found = await commandOf(this.#spec.version, codeDir, this.#initId, this.#tools);
    if (Buffer.isBuffer(found)) return this.#failStart(found);
    const api =
      found.channel === 'frames' ? null : new RuntimeApi(this, this.#tools.limits, this.#concurrency);
    this.#link = api;
    const runtimeApi = found.channel === null ? await api!.listen() : null;
    if (this.#isKilled)
      return this.#failStart(failures.exited(this.#initId, { code: null, signal: 'SIGKILL' }));

    const { dataDir, nodePath, clock } = this.#tools;
    const tmpDir = this.#tools.tempFolders.make(this.#mark);
    this.tmpDir = tmpDir;
    this.#log.line(`INIT_START Runtime Version: ${runtime}`);
    const sources = { spec: this.#spec, mark: this.#mark, dataDir, nodePath, codeDir, tmpDir, sandbox };
    const process = new FunctionProcess(
      processSpecOf({ ...sources, nowMs: clock.nowMs() }, found, runtimeApi),
      this,
    );
    this.#process = process;
    if (process.pid === null) return;
    if (found.channel === 'api') api!.attach(process.channel);
    else if (found.channel === 'frames')
      this.#link = new RuntimeChannel(process.channel, this.#concurrency > 1, this, this.#tools.limits);
    for (const output of process.outputs) this.#log.read(output);
    this.#tools.watch.add(this);
    this.#armInit();
  }

  /**
   * AWS starts a runtime that was not ready within 10 seconds once more, within the time of its first invocation:
   * one that needs longer than that comes up if its function may run so long. Here it is not interrupted.
   */
  #armInit(): void {
    const initMs = Math.max(this.#tools.limits.initMs, this.#spec.version.timeoutSeconds * 1000);
    this.#initTimer = setTimeout(() => {
      this.#end(endings.initTimedOut(initMs));
    }, initMs);
  }

  /** There is no process. */
  #failStart(payload: Buffer): void {
    this.#log.line(payload.toString());
    this.#endInit(payload, 'error', null);
    void this.#cleanUp();
  }

  onFailed(reason: string): void {
    this.#failStart(failures.invalidEntrypoint(this.#initId, reason));
  }

  /** @param failure - null: it is ready */
  #endInit(failure: Uint8Array | null, status: 'timeout' | 'error', errorType: string | null): void {
    if (!this.#isStarting) return;
    this.#isStarting = false;
    if (this.#initTimer !== null) clearTimeout(this.#initTimer);
    const initMs = (this.#tools.clock.monotonicNs() - this.#bornNs) / 1e6;
    if (failure === null) this.#initMs = initMs;
    else {
      const type = errorType === null ? '' : `\tError Type: ${errorType}`;
      this.#log.line(
        `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: init\tStatus: ${status}${type}`,
      );
    }
    this.#resolveReady(failure === null ? null : { payload: failure });
  }

  // Invocations.

  run(invocation: EnvironmentInvocation, handler: EnvironmentHandler): { resume(): void } {
    const { clock } = this.#tools;
    const call = new Call(invocation, handler, clock.monotonicNs());
    if (this.#hasEnded || this.#calls.size >= this.#concurrency) {
      const payload = failures.exited(invocation.requestId, { code: null, signal: 'SIGKILL' });
      setImmediate(() =>
        handler.onEnd({ functionError: 'Unhandled', payload, logTail: null, isReusable: false }),
      );
      return { resume: () => {} };
    }
    this.#calls.set(invocation, call);
    this.#log.start(invocation.requestId, invocation.wantsLogTail);
    call.timer = setTimeout(() => this.#onDeadline(call), invocation.deadlineMs - clock.nowMs());
    this.#link!.deliver(invocation);
    return { resume: () => this.#link!.resume(invocation) };
  }

  #onDeadline(call: Call): void {
    const { timeoutSeconds } = this.#spec.version;
    this.#giveUp(
      call,
      endings.timedOut(call.invocation.requestId, this.#tools.clock.nowMs(), timeoutSeconds),
    );
  }

  /** Ends an invocation that the runtime does not answer: with the environment, or alone where others are in it. */
  #giveUp(call: Call, ending: endings.Ending): void {
    if (!this.#calls.has(call.invocation)) return;
    if (this.#concurrency === 1) {
      this.#end(() => ending);
      return;
    }
    if (ending.logText !== '') this.#log.line(ending.logText);
    this.#link!.forget(call.invocation);
    // Its code may run on: the environment takes no other, and ends with the last that is in it.
    this.#finish(call, ending);
  }

  onNext(): void {
    const call: Call | undefined = this.#answered.values().next().value;
    if (this.#isStarting) this.#endInit(null, 'error', null);
    else if (call !== undefined) this.#finish(call);
  }

  onLeaving(): void {
    this.#isLeaving = true;
  }

  onInitError(payload: Buffer): void {
    this.#endInit(payload.length > 0 ? payload : failures.failure('Runtime.Unknown', ''), 'error', null);
    this.kill();
  }

  onHead(invocation: EnvironmentInvocation, contentType: string): void {
    this.#calls.get(invocation)?.handler.onHead(contentType);
  }

  onData(invocation: EnvironmentInvocation, chunk: Buffer): boolean {
    return this.#calls.get(invocation)?.handler.onData(chunk) ?? true;
  }

  onAnswer(invocation: EnvironmentInvocation, payload: Buffer, kind: AnswerKind): void {
    const call = this.#calls.get(invocation);
    if (call === undefined || call.answer !== null) return;
    call.answer = this.#answerOf(invocation, payload, kind);
    // What one does after its answer holds up no other. After an error it may be about to exit.
    if (this.#concurrency > 1 && (kind !== 'error' || this.#isLeaving)) this.#finish(call);
    else this.#finishSoon(call);
  }

  #answerOf({ isStreamed }: EnvironmentInvocation, payload: Buffer, kind: AnswerKind): Answer {
    if (kind === 'response') return { functionError: null, payload };
    if (kind === 'error') return { functionError: 'Unhandled', payload };
    const { responseBytesMax, streamedBytesMax } = this.#tools.limits;
    const bytesMax = isStreamed ? streamedBytesMax : responseBytesMax;
    return { functionError: 'Unhandled', payload: failures.answerTooLarge(bytesMax) };
  }

  #finishSoon(call: Call): void {
    this.#answered.add(call);
    if (call.timer !== null) clearTimeout(call.timer);
    call.timer = null;
    // Our own clients ask for the next invocation with the same write: this runs a moment later, if at all.
    queueMicrotask(() => {
      if (!this.#calls.has(call.invocation)) return;
      call.timer = setTimeout(() => this.#calls.has(call.invocation) && this.#finish(call), afterAnswerMs);
    });
  }

  onTruncated(invocation: EnvironmentInvocation | null): void {
    const call = invocation === null ? undefined : this.#calls.get(invocation);
    this.#soon(() => {
      if (call === undefined) this.#end(endings.truncated);
      else this.#giveUp(call, endings.truncated(call.invocation.requestId));
    });
  }

  onChannelEnd(): void {
    if (this.#hasEnded) return;
    this.#soon(() => this.#end(endings.noAnswer));
  }

  /** A runtime whose connection ends is most often exiting: its exit says more. */
  #soon(act: () => void): void {
    const timer = setTimeout(act, exitGraceMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** @param ending - what it has in the place of an answer; null: it has one */
  #finish(call: Call, ending: endings.Ending | null = null): void {
    this.#calls.delete(call.invocation);
    this.#answered.delete(call);
    if (call.timer !== null) clearTimeout(call.timer);
    if (this.#rssPeakBytes === 0) this.#tools.watch.look(this);
    const { handler, invocation } = call;
    const { functionError, payload } =
      ending === null ? call.answer! : ({ functionError: 'Unhandled', payload: ending.payload } as const);
    const report = {
      requestId: invocation.requestId,
      durationMs: (this.#tools.clock.monotonicNs() - call.startedNs) / 1e6,
      initMs: this.#initMs,
      memoryUsedBytes: this.#rssPeakBytes,
      status: ending?.status ?? null,
      errorType: ending?.errorType ?? null,
    };
    this.#initMs = null;
    const end = (logTail: string | null): void => {
      // One without an answer may still run.
      const isReusable = ending === null && !this.#isKilled && !this.#isLeaving;
      handler.onEnd({ functionError, payload, logTail, isReusable });
    };
    if (invocation.wantsLogTail) this.#log.finish(report, end);
    else {
      this.#log.finish(report, null);
      end(null);
    }
  }

  // Limits and ends.

  onMemory(rssBytes: number): void {
    this.rssBytes = rssBytes;
    if (rssBytes > this.#rssPeakBytes) this.#rssPeakBytes = rssBytes;
    if (rssBytes <= this.#spec.version.memoryMb * mebibyte || this.#isKilled) return;
    this.#end(endings.outOfMemory);
  }

  onStorage(bytes: number): void {
    const { ephemeralStorageMb } = this.#spec.version;
    if (bytes <= ephemeralStorageMb * mebibyte || this.#isKilled) return;
    this.#end(endings.outOfStorage(ephemeralStorageMb));
  }

  kill(): void {
    this.#isKilled = true;
    this.#process?.kill();
  }

  /** Ends the runtime, and tells who waits for it why. */
  #end(endingOf: endings.EndingOf): void {
    this.kill();
    if (this.#hasEnded) return;
    if (this.#calls.size === 0) {
      const { payload, logText, status, errorType } = endingOf(this.#initId);
      if (logText !== '') this.#log.line(logText);
      this.#endInit(payload, status, errorType);
    }
    for (const call of [...this.#calls.values()]) {
      const ending = endingOf(call.invocation.requestId);
      if (ending.logText !== '') this.#log.line(ending.logText);
      // An answer that is there is the answer.
      this.#finish(call, call.answer === null ? ending : null);
    }
  }

  onExit(exit: failures.Exit): void {
    const process = this.#process!;
    // What it wrote last, on its connection or its pipes, is read first.
    void process.drained().then(() => {
      this.#log.end();
      this.#tellExit(exit);
      return this.#cleanUp();
    });
  }

  #tellExit(exit: failures.Exit): void {
    const isQuiet = this.#isKilled && !this.#isStarting && !this.#isAnswerDue;
    this.#end(endings.exited(exit, isQuiet));
  }

  async #cleanUp(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#isKilled = true;
    this.#link?.close();
    const traces = this.#tools.watch.remove(this);
    this.rssBytes = 0;
    if (this.#process !== null && this.#process.pid !== null)
      await this.#tools.reaper.reap(this.#mark, traces);
    if (this.tmpDir !== null) await this.#tools.tempFolders.remove(this.tmpDir);
    this.#resolveEnded();
  }
}
