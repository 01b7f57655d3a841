// One place for a data plane: kept filled until it is released.

import { setTimeout as sleep } from 'node:timers/promises';
import type { DataPlane } from './run-folder.ts';
import { backoffMs, timings } from './timings.ts';

export interface SlotOptions {
  readonly index: number;
  /** Starts a data plane for this slot and waits until it serves. */
  launch(cancelled: AbortSignal): Promise<DataPlane>;
  log(line: string): void;
  /** Milliseconds without an answer after which a data plane is killed. */
  readonly unresponsiveMs?: number;
}

export class Slot {
  readonly index: number;
  readonly #options: SlotOptions;
  readonly #released = new AbortController();
  #plane: DataPlane | null = null;
  #filledAtMs = 0;
  /** In a row, none after a sound life. */
  #deaths = 0;
  #refill: Promise<void> | null = null;
  #looking = false;
  #unansweredSinceMs = 0;

  constructor(options: SlotOptions) {
    this.index = options.index;
    this.#options = options;
  }

  /** The data plane that serves now; null while a replacement starts. */
  get plane(): DataPlane | null {
    return this.#plane;
  }

  /** Starts the first data plane. @throws (rejects) StartError: the slot then stays empty and is not watched */
  async fill(): Promise<DataPlane> {
    const plane = await this.#options.launch(this.#released.signal);
    this.take(plane);
    return plane;
  }

  /** Puts a running data plane in, and watches it. */
  take(plane: DataPlane): void {
    this.#plane = plane;
    this.#filledAtMs = performance.now();
    this.#unansweredSinceMs = 0;
    void plane.client.closed.then(() => this.#lost(plane));
  }

  /** Stops whatever is starting here. */
  cancel(): void {
    this.#released.abort();
  }

  /** Stops watching and gives up the data plane, which goes on serving: the caller drains it, or leaves it. */
  async release(): Promise<DataPlane | null> {
    this.#released.abort();
    await this.#refill;
    const plane = this.#plane;
    this.#plane = null;
    return plane;
  }

  /**
   * Looks after the data plane: one that drains of its own accord (somebody sent it SIGTERM) is replaced before it
   * ends, one that has answered nothing for too long is killed and thereby replaced.
   */
  async look(): Promise<void> {
    const plane = this.#plane;
    if (plane === null || this.#looking) return;
    this.#looking = true;
    try {
      const hello = await plane.client.call('hello', undefined, timings.watchMs);
      this.#unansweredSinceMs = 0;
      if (hello.state === 'draining' && this.#plane === plane && !this.#released.signal.aborted) {
        this.#options.log(`data plane ${this.#name(plane)} was told to drain; starting its replacement`);
        this.#plane = null;
        this.#startRefill();
      }
    } catch {
      if (this.#plane === plane) this.#unanswered(plane);
    } finally {
      this.#looking = false;
    }
  }

  #unanswered(plane: DataPlane): void {
    const nowMs = performance.now();
    if (this.#unansweredSinceMs === 0) this.#unansweredSinceMs = nowMs;
    const { unresponsiveMs = timings.unresponsiveMs } = this.#options;
    if (nowMs - this.#unansweredSinceMs < unresponsiveMs) return;
    this.#options.log(
      `data plane ${this.#name(plane)} has answered nothing for ${unresponsiveMs / 1000} s; killing it`,
    );
    killDataPlane(plane);
  }

  #lost(plane: DataPlane): void {
    if (this.#plane !== plane || this.#released.signal.aborted) return;
    this.#plane = null;
    const livedMs = performance.now() - this.#filledAtMs;
    this.#deaths = livedMs >= timings.soundLifeMs ? 1 : this.#deaths + 1;
    this.#options.log(
      `data plane ${this.#name(plane)} died after ${(livedMs / 1000).toFixed(1)} s; replacing it`,
    );
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
          `data plane ${this.index} died ${this.#deaths} times in a row; next try in ${waitMs} ms`,
        );
        await sleep(waitMs, undefined, { signal }).catch(() => {});
        if (signal.aborted) return;
      }
      try {
        const plane = await this.#options.launch(this.#released.signal);
        this.take(plane);
        this.#options.log(`data plane ${this.#name(plane)} is ready`);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#deaths++;
        this.#options.log(`data plane ${this.index} did not start: ${(error as Error).message}`);
      }
    }
  }

  #name(plane: DataPlane): string {
    return `${this.index} (pid ${plane.hello.pid})`;
  }
}

/** At once. Safe against reused pids: only while its own socket is open is the pid known to be its. */
export function killDataPlane(plane: DataPlane): void {
  try {
    if (plane.client.isOpen) process.kill(plane.hello.pid, 'SIGKILL');
  } catch {
    // it ended between the two
  }
}
