// Ends processes that outlive their environment: those that left its group and its session, and those of a host that
// was killed.

import { markerVariable } from './marker.ts';
import { family, readMountNamespace, readProcesses, readVariable } from './process-table.ts';

/** A process may fork while others are being ended: looked again this often. */
const roundsMax = 10;
const cleanLooksMin = 2;

/** What is known of the processes of an environment besides their mark, which they may have thrown off. */
export interface Traces {
  /** pid -> start. */
  readonly members: ReadonlyMap<number, string>;
  /** Mounts that nobody else sees. */
  readonly mountNamespace: string | null;
}

/**
 * Kills all processes whose mark is wanted, those that traces lead to, and all that belong to their groups and
 * sessions.
 *
 * @returns when looks find none any more
 */
export async function reapMarked(
  isWanted: (mark: string) => boolean,
  traces: readonly Traces[] = [],
): Promise<void> {
  const members = new Map(traces.flatMap((each) => [...each.members]));
  const namespaces = new Set(traces.map(({ mountNamespace }) => mountNamespace));
  namespaces.delete(null);
  const isOurs = (pid: number, startTicks: string): boolean => {
    if (members.get(pid) === startTicks) return true;
    if (namespaces.size > 0 && namespaces.has(readMountNamespace(pid))) return true;
    const mark = readVariable(pid, markerVariable);
    return mark !== null && isWanted(mark);
  };
  let cleanLooks = 0;
  for (let round = 0; round < roundsMax; round++) {
    const entries = await readProcesses();
    const roots = new Set<number>();
    for (const { pid, startTicks } of entries) {
      if (pid !== process.pid && isOurs(pid, startTicks)) roots.add(pid);
    }
    // One look may miss a process that is just becoming another program: its variables are not there then.
    if (roots.size === 0 && ++cleanLooks === cleanLooksMin) return;
    for (const { pid } of family(entries, roots)) if (pid !== process.pid) killProcess(pid);
    // The dead are gone from /proc when their parents, or init, have seen them.
    await new Promise((resolve) => setTimeout(resolve, 5 * (round + 1)));
  }
}

/** Asked of the reaper: by those who share a look. */
interface Asked {
  readonly traces: Traces;
  readonly resolve: () => void;
}

/** Reaps by mark; those who ask during a pass over /proc share the next one. */
export class Reaper {
  #asked = new Map<string, Asked>();
  #isRunning = false;

  /** Resolves when no process carries the mark. */
  reap(mark: string, traces: Traces): Promise<void> {
    return new Promise((resolve) => {
      this.#asked.set(mark, { traces, resolve });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#asked.size > 0) {
      const asked = this.#asked;
      this.#asked = new Map();
      const traces = Array.from(asked.values(), (each) => each.traces);
      // Whoever waits is told, whatever /proc says: a folder that cannot be removed is swept later.
      await reapMarked((mark) => asked.has(mark), traces).catch(() => {});
      for (const { resolve } of asked.values()) resolve();
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
