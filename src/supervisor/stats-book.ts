// The sum of what all data planes have counted, those that have ended included: no counter goes back when one is
// replaced.

import { emptyStats, mergeStats, type RecorderStats, retiredStats } from '../observability/stats.ts';
import type { DataPlane } from './run-folder.ts';
import { timings } from './timings.ts';

export class StatsBook {
  /** What processes that have ended had told last. */
  #ended: RecorderStats = emptyStats;
  /** By pid; what each told last. */
  readonly #latest = new Map<number, RecorderStats>();

  /** Takes down what a data plane told, for example with its last words. */
  note(pid: number, stats: unknown): void {
    if (stats !== undefined && stats !== null) this.#latest.set(pid, stats as RecorderStats);
  }

  /** @param planes - all that live; one that does not answer in time counts with what it told before */
  async sum(planes: readonly DataPlane[]): Promise<RecorderStats> {
    await Promise.all(
      planes.map(({ client, hello: { pid } }) =>
        client.call('stats', undefined, timings.statsMs).then(
          (stats) => this.note(pid, stats),
          () => {},
        ),
      ),
    );
    const living = new Set(planes.map((plane) => plane.hello.pid));
    for (const [pid, stats] of this.#latest) {
      if (living.has(pid)) continue;
      this.#ended = mergeStats([this.#ended, retiredStats(stats)]);
      this.#latest.delete(pid);
    }
    return mergeStats([this.#ended, ...this.#latest.values()]);
  }
}
