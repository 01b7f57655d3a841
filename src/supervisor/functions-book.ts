// The sum of what all function hosts have counted, those that have ended included: no counter goes back when one is
// replaced.

import {
  emptyFunctionStats,
  mergeFunctionStats,
  retiredFunctionStats,
} from '../observability/function-stats.ts';
import type { FunctionsFigures } from '../observability/stats.ts';
import type { FunctionHost } from './run-folder.ts';
import { timings } from './timings.ts';

export class FunctionsBook {
  /** What hosts that have ended had told last; null while there was none. */
  #ended: FunctionsFigures | null = null;
  /** By pid; what each told last. */
  readonly #latest = new Map<number, FunctionsFigures>();

  /** Takes down what a host told, for example with its last words. */
  note(pid: number, stats: unknown): void {
    if (stats !== undefined && stats !== null) this.#latest.set(pid, stats as FunctionsFigures);
  }

  /** @param hosts - all that live; one that does not answer in time counts with what it told before */
  async sum(hosts: readonly FunctionHost[]): Promise<FunctionsFigures | null> {
    await Promise.all(
      hosts.map(({ client, hello: { pid } }) =>
        client.call('stats', undefined, timings.statsMs).then(
          (stats) => this.note(pid, stats),
          () => {},
        ),
      ),
    );
    const living = new Set(hosts.map((host) => host.hello.pid));
    for (const [pid, stats] of this.#latest) {
      if (living.has(pid)) continue;
      this.#ended = mergeFunctionStats(this.#ended ?? emptyFunctionStats, retiredFunctionStats(stats));
      this.#latest.delete(pid);
    }
    if (this.#ended === null && this.#latest.size === 0) return null;
    return [...this.#latest.values()].reduce(mergeFunctionStats, this.#ended ?? emptyFunctionStats);
  }
}
