// One eye on the memory and the files of all environments of a host: one timer, one pass over /proc for all.

import type { EnvironmentLimits } from '../limits.ts';
import { family, readMountNamespace, readProcess, readProcesses } from './process-table.ts';
import type { Traces } from './reap.ts';
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

/** What the last pass found of an environment besides its first process. */
interface Seen {
  rssBytes: number;
  /** pid -> start: once a member, always a member, whatever it does to its group and its parents. */
  members: Map<number, string>;
  mountNamespace: string | null;
}

/** Processes that an environment has started are looked for at each so many looks at the first one. */
const passEvery = 5;

export class Watch {
  readonly #limits: EnvironmentLimits;
  readonly #watched = new Map<Watched, Seen>();
  #timer: NodeJS.Timeout | null = null;
  #looks = 0;
  #isPassing = false;
  #storageLookMs = 0;
  #isMeasuring = false;

  constructor(limits: EnvironmentLimits) {
    this.#limits = limits;
  }

  add(environment: Watched): void {
    this.#watched.set(environment, { rssBytes: 0, members: new Map(), mountNamespace: null });
    this.#timer ??= setInterval(() => this.#look(), this.#limits.memoryPollMs).unref();
  }

  /** @returns what was known of its processes */
  remove(environment: Watched): Traces {
    const traces = this.#watched.get(environment) ?? { members: new Map(), mountNamespace: null };
    this.#watched.delete(environment);
    if (this.#watched.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
    return traces;
  }

  /** The memory of one, now. */
  look(environment: Watched): void {
    const seen = this.#watched.get(environment);
    if (seen === undefined || environment.pid === null) return;
    const rssBytes = readProcess(environment.pid)?.rssBytes ?? 0;
    // It enters mounts of its own a moment after its start, where it has any.
    seen.mountNamespace ??= readMountNamespace(environment.pid);
    if (rssBytes > 0) environment.onMemory(rssBytes + seen.rssBytes);
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
      const starts = new Map(entries.map(({ pid, startTicks }) => [pid, startTicks]));
      for (const [environment, seen] of [...this.#watched]) {
        const { pid } = environment;
        if (pid === null) continue;
        const alive = [...seen.members].filter(([member, start]) => starts.get(member) === start);
        const found = family(entries, new Set([pid, ...alive.map(([member]) => member)])).filter(
          (entry) => entry.pid !== pid,
        );
        seen.rssBytes = found.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
        seen.members = new Map(found.map((entry) => [entry.pid, entry.startTicks]));
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
