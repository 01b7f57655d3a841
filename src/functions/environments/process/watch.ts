// One eye on the memory and the files of all environments of a host: one timer, one pass over /proc for all.

import type { EnvironmentLimits } from '../limits.ts';
import { family, readProcess, readProcesses } from './process-table.ts';
import { storageBytes } from './temp-folders.ts';

export interface Watched {
  /** null: not started yet, or ended. */
  readonly pid: number | null;
  readonly tmpDir: string | null;
  /** It starts or runs an invocation; others are left alone. */
  readonly isActive: boolean;
  onMemory(rssBytes: number): void;
  onStorage(bytes: number): void;
}

/** Processes that an environment has started are looked for at each so many looks at the first one. */
const passEvery = 5;

export class Watch {
  readonly #limits: EnvironmentLimits;
  /** Memory of the processes besides the first, at the last pass. */
  readonly #watched = new Map<Watched, number>();
  #timer: NodeJS.Timeout | null = null;
  #looks = 0;
  #isPassing = false;
  #storageLookMs = 0;
  #isMeasuring = false;

  constructor(limits: EnvironmentLimits) {
    this.#limits = limits;
  }

  add(environment: Watched): void {
    this.#watched.set(environment, 0);
    this.#timer ??= setInterval(() => this.#look(), this.#limits.memoryPollMs).unref();
  }

  remove(environment: Watched): void {
    this.#watched.delete(environment);
    if (this.#watched.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** The memory of one, now. */
  look(environment: Watched): void {
    const others = this.#watched.get(environment);
    if (others === undefined || environment.pid === null) return;
    const rssBytes = readProcess(environment.pid)?.rssBytes ?? 0;
    if (rssBytes > 0) environment.onMemory(rssBytes + others);
  }

  #look(): void {
    let isAnyActive = false;
    for (const environment of [...this.#watched.keys()]) {
      if (!environment.isActive) continue;
      isAnyActive = true;
      this.look(environment);
    }
    if (!isAnyActive) return;
    this.#looks++;
    if (this.#looks % passEvery === 0 && !this.#isPassing) void this.#pass();
    this.#storageLookMs += this.#limits.memoryPollMs;
    if (this.#storageLookMs >= this.#limits.storagePollMs && !this.#isMeasuring) void this.#measureStorage();
  }

  async #pass(): Promise<void> {
    this.#isPassing = true;
    try {
      const entries = await readProcesses();
      for (const environment of [...this.#watched.keys()]) {
        const { pid } = environment;
        if (pid === null) continue;
        let others = 0;
        for (const entry of family(entries, new Set([pid]))) if (entry.pid !== pid) others += entry.rssBytes;
        if (this.#watched.has(environment)) this.#watched.set(environment, others);
        this.look(environment);
      }
    } finally {
      this.#isPassing = false;
    }
  }

  async #measureStorage(): Promise<void> {
    this.#isMeasuring = true;
    this.#storageLookMs = 0;
    try {
      for (const environment of [...this.#watched.keys()])
        if (environment.isActive && environment.tmpDir !== null)
          environment.onStorage(await storageBytes(environment.tmpDir));
    } finally {
      this.#isMeasuring = false;
    }
  }
}
