// How long the supervisor waits for what, in milliseconds.

export const timings = {
  /** For a reply that costs its sender nothing; a process that compiles 300 methods in slices still gives it. */
  helloMs: 3_000,
  /** From fork to ready: the largest published state on a slow, busy machine. */
  startMs: 60_000,
  /** Between two looks for the socket of a process that starts. */
  socketPollMs: 10,
  adoptMs: 60_000,
  /** A test invocation ends by itself: its integration's timeout, five minutes at most, and some seconds. */
  testInvokeMs: 330_000,
  /** For a command of the control plane: an import of the largest document, or an SDK made by a child process. */
  manageMs: 600_000,
  /** From the question to a host that serves what was published; one that crashes at each start is not waited for. */
  functionsAdoptMs: 30_000,
  /** For a predecessor to send its callers away. */
  stepAsideMs: 3_000,
  /** For the end of what a killed function host has left behind. */
  sweepMs: 10_000,
  statsMs: 2_000,
  /** Between two looks at every data plane. */
  watchMs: 1_000,
  /** A data plane that answers nothing for so long serves nobody either, yet keeps its share of the connections. */
  unresponsiveMs: 15_000,
  /** After the drain deadline, for what follows it: last writes, closing files. */
  drainGraceMs: 5_000,
  /** A data plane that lived so long did not die of its start: the next death begins a new count. */
  soundLifeMs: 10_000,
  /** Bounds of the waits between the starts of a crash loop. */
  backoffFirstMs: 200,
  backoffMaxMs: 10_000,
} as const;

/**
 * The wait before a replacement starts. The first two come at once: a process that was killed is back within a
 * second; one that dies at each start costs little and is tried for ever.
 * @param deaths - in a row, none after a sound life
 */
export function backoffMs(deaths: number): number {
  return deaths <= 2 ? 0 : Math.min(timings.backoffMaxMs, timings.backoffFirstMs * 2 ** (deaths - 3));
}
