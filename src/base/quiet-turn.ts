// Waiting for a moment in which nothing is left undone.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** A turn of the event loop that took less accepted at most a connection or two. */
const quietTurnMs = 0.05;
/** Under a load that leaves no quiet turn one goes on all the same. */
const quietTurnsTried = 1_000;

/**
 * Waits for a turn of the event loop in which next to nothing happened. To be called right before a listening socket is
 * closed: what the kernel queued on it since that turn accepted everything is lost, and a short turn leaves
 * little time for that. Under 3,000 new connections a second, 1 in 8 drains lost one without this; of 24 with it none did.
 */
export async function quietTurn(): Promise<void> {
  for (let i = 0; i < quietTurnsTried; i++) {
    const begun = performance.now();
    await nextTurn();
    if (performance.now() - begun < quietTurnMs) return;
  }
}
