// Whose turn it is where a worker thread and the event loop want the same core: the event loop's. It holds up every request
// of the process, the thread only the jobs that were sent to it.

import { getPriority, setPriority } from 'node:os';

/**
 * What a worker thread is nicer than the rest of its process. 5 leaves it a quarter of a core that the event loop would have
 * all for itself (weights of the kernel: 335 to 1024), so that jobs go on; 10 would leave a tenth, and the time limit
 * of a job (2 s by the clock) would be reached by one that takes 200 ms on a core of its own.
 */
export const threadNiceness = 5;

/** The nicest there is. */
const nicestMax = 19;

/**
 * Called in a worker thread when it starts. Only on Linux, where pid 0 is the calling thread alone; elsewhere it would be the
 * process. Where it is refused (a seccomp profile) the thread goes on as it is.
 *
 * @see setpriority(2), "C library/kernel differences"
 */
export function letEventLoopGoFirst(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, Math.min(nicestMax, getPriority(0) + threadNiceness));
  } catch {
    // Nothing depends on it but the latency of others.
  }
}
