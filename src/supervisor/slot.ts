// One place for a process that serves, a data plane or the function host: kept filled until it is released.

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs, timings } from './timings.ts';

/** A process that answers on its control socket. */
export interface WatchedProcess {
  readonly client: {
    readonly closed: Promise<void>;
    readonly isOpen: boolean;
    call(verb: 'hello', argument: undefined, timeoutMs: number): Promise<{ readonly state: string }>;
  };
  readonly hello: { readonly pid: number };
}

export interface SlotOptions<P extends WatchedProcess> {
  /** For log lines: `data plane 0`. */
  readonly name: string;
  /** Starts a process for this slot and waits until it serves. */
  launch(cancelled: AbortSignal): Promise<P>;
  log(line: string): void;
  /** Milliseconds without an answer after which a process is killed. */
  readonly unresponsiveMs?: number;
}

export class Slot<P extends WatchedProcess> {
  readonly #options: SlotOptions<P>;
  readonly #released = new AbortController();
  #process: P | null = null;
  #filledAtMs = 0;
  /** In a row, none after a sound life. */
  #deaths = 0;
  #refill: Promise<void> | null = null;
  #looking = false;
  #unansweredSinceMs = 0;

  constructor(options: SlotOptions<P>) {
    this.#options = options;
  }

  /** The process that serves now; null while a replacement starts. */
  get process(): P | null {
    return this.#process;
  }

  /** Starts the first process. @throws (rejects) StartError: the slot then stays empty and is not watched */
  async fill(): Promise<P> {
    const running = await this.#options.launch(this.#released.signal);
    this.take(running);
    return running;
  }

  /** Starts one, and tries again for ever; resolves when one serves or the slot is released. */
  async keepFilled(): Promise<void> {
    if (this.#refill === null && this.#process === null) this.#startRefill();
    await this.#refill;
  }

  /** Puts a running process in, and watches it. */
  take(running: P): void {
    this.#process = running;
    this.#filledAtMs = performance.now();
    this.#unansweredSinceMs = 0;
    void running.client.closed.then(() => this.#lost(running));
  }

  /** Stops whatever is starting here. */
  cancel(): void {
    this.#released.abort();
  }

  /** Stops watching and gives up the process, which goes on serving: the caller drains it, or leaves it. */
  async release(): Promise<P | null> {
    this.#released.abort();
    await this.#refill;
    const running = this.#process;
    this.#process = null;
    return running;
  }

  /**
   * Looks after the process: one that drains of its own accord (somebody sent it SIGTERM) is replaced before it
   * ends, one that has answered nothing for too long is killed and thereby replaced.
   */
  async look(): Promise<void> {
    const running = this.#process;
    if (running === null || this.#looking) return;
    this.#looking = true;
    try {
      const hello = await running.client.call('hello', undefined, timings.watchMs);
      this.#unansweredSinceMs = 0;
      if (hello.state === 'draining' && this.#process === running && !this.#released.signal.aborted) {
        this.#options.log(`${this.#name(running)} was told to drain; starting its replacement`);
        this.#process = null;
        this.#startRefill();
      }
    } catch {
      if (this.#process === running) this.#unanswered(running);
    } finally {
      this.#looking = false;
    }
  }

  #unanswered(running: P): void {
    const nowMs = performance.now();
    if (this.#unansweredSinceMs === 0) this.#unansweredSinceMs = nowMs;
    const { unresponsiveMs = timings.unresponsiveMs } = this.#options;
    if (nowMs - this.#unansweredSinceMs < unresponsiveMs) return;
    this.#options.log(
      `${this.#name(running)} has answered nothing for ${unresponsiveMs / 1000} s; killing it`,
    );
    killProcess(running);
  }

  #lost(running: P): void {
    if (this.#process !== running || this.#released.signal.aborted) return;
    this.#process = null;
    const livedMs = performance.now() - this.#filledAtMs;
    this.#deaths = livedMs >= timings.soundLifeMs ? 1 : this.#deaths + 1;
    this.#options.log(`${this.#name(running)} died after ${(livedMs / 1000).toFixed(1)} s; replacing it`);
    this.#startRefill();
  }

  #startRefill(): void {
    this.#refill = this.#keepFilling().finally(() => {
      this.#refill = null;
    });
  }

  async #keepFilling(): Promise<void> {
    const { signal } = this.#released;
    while (!signal.aborted) {
      const waitMs = backoffMs(this.#deaths);
      if (waitMs > 0) {
        this.#options.log(
          `${this.#options.name} died ${this.#deaths} times in a row; next try in ${waitMs} ms`,
        );
        await sleep(waitMs, undefined, { signal }).catch(() => {});
        if (signal.aborted) return;
      }
      try {
        const running = await this.#options.launch(this.#released.signal);
        this.take(running);
        this.#options.log(`${this.#name(running)} is ready`);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#deaths++;
        this.#options.log(`${this.#options.name} did not start: ${(error as Error).message}`);
      }
    }
  }

  #name(running: P): string {
    return `${this.#options.name} (pid ${running.hello.pid})`;
  }
}

/** At once. Safe against reused pids: only while its own socket is open is the pid known to be its. */
export function killProcess(running: WatchedProcess): void {
  try {
    if (running.client.isOpen) process.kill(running.hello.pid, 'SIGKILL');
  } catch {
    // it ended between the two
  }
}
