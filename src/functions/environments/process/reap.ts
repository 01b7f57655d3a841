// Ends processes that outlive their environment: those that left its group and its session, and those of a host that
// was killed.

import { markerVariable } from './marker.ts';
import { family, readProcesses, readVariable } from './process-table.ts';

/** A process may fork while others are being ended: looked again this often. */
const roundsMax = 10;

/**
 * Kills all processes whose mark is wanted, and all that belong to their groups and sessions.
 *
 * @returns when a look finds none any more
 */
export async function reapMarked(isWanted: (mark: string) => boolean): Promise<void> {
  for (let round = 0; round < roundsMax; round++) {
    const entries = await readProcesses();
    const roots = new Set<number>();
    for (const { pid } of entries) {
      const mark = pid === process.pid ? null : readVariable(pid, markerVariable);
      if (mark !== null && isWanted(mark)) roots.add(pid);
    }
    if (roots.size === 0) return;
    for (const { pid } of family(entries, roots)) if (pid !== process.pid) killProcess(pid);
    // The dead are gone from /proc when their parents, or init, have seen them.
    await new Promise((resolve) => setTimeout(resolve, 5 * (round + 1)));
  }
}

/** Reaps by mark; those who ask during a pass over /proc share the next one. */
export class Reaper {
  #asked = new Map<string, (() => void)[]>();
  #isRunning = false;

  /** Resolves when no process carries the mark. */
  reap(mark: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#asked.get(mark);
      if (waiting === undefined) this.#asked.set(mark, [resolve]);
      else waiting.push(resolve);
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#asked.size > 0) {
      const asked = this.#asked;
      this.#asked = new Map();
      try {
        await reapMarked((mark) => asked.has(mark));
      } finally {
        for (const waiting of asked.values()) for (const resolve of waiting) resolve();
      }
    }
    this.#isRunning = false;
  }
}

/** @param pid - negative: a whole group */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
