// The sum of what all processes of a kind have counted, those that have ended included: no counter goes back when one is
// replaced.

import type { ControlClient } from './control-client.ts';
import type { ProcessHello, ProcessProtocol } from './protocol.ts';
import { timings } from './timings.ts';

/** How counts of several processes become one. */
export interface Summing<T> {
  merge(list: readonly T[]): T;
  /** What stays of a process that has ended: counts, no state. */
  retired(stats: T): T;
}

interface Asked {
  readonly client: Pick<ControlClient<ProcessProtocol<ProcessHello, unknown>>, 'call'>;
  readonly hello: { readonly pid: number };
}

export class StatsBook<T> {
  readonly #summing: Summing<T>;
  /** What processes that have ended had told last; null while there was none. */
  #ended: T | null = null;
  /** By pid; what each told last. */
  readonly #latest = new Map<number, T>();

  constructor(summing: Summing<T>) {
    this.#summing = summing;
  }

  /** Takes down what a process told, for example with its last words. */
  note(pid: number, stats: unknown): void {
    if (stats !== undefined && stats !== null) this.#latest.set(pid, stats as T);
  }

  /**
   * @param living - one that does not answer in time counts with what it told before
   * @returns null where no process has told anything yet
   */
  async sum(living: readonly Asked[]): Promise<T | null> {
    await Promise.all(
      living.map(({ client, hello: { pid } }) =>
        client.call('stats', undefined, timings.statsMs).then(
          (stats) => this.note(pid, stats),
          () => {},
        ),
      ),
    );
    const pids = new Set(living.map(({ hello }) => hello.pid));
    for (const [pid, stats] of this.#latest) {
      if (pids.has(pid)) continue;
      this.#ended = this.#summing.merge([...this.#endedList(), this.#summing.retired(stats)]);
      this.#latest.delete(pid);
    }
    const list = [...this.#endedList(), ...this.#latest.values()];
    return list.length === 0 ? null : this.#summing.merge(list);
  }

  #endedList(): T[] {
    return this.#ended === null ? [] : [this.#ended];
  }
}
