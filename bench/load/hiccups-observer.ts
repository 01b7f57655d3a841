// Looks at its core every millisecond and tells when the machine was away: a process of its own, one per core, of which
// the parent (hiccups.ts) sees to it that nobody on the machine goes before it.
//   node bench/load/hiccups-observer.ts    prints `READY policy`, then `from to` of each stall and `now` ten times a second,
//                                          milliseconds of CLOCK_MONOTONIC

import { readFileSync, writeSync } from 'node:fs';
import { sharedNowMs } from './open-loop-latency.ts';

const tickMs = 1;
/** A tick that comes later than this was a stall. */
const lateMs = 2;
const aliveMs = 100;

/** Field 41 of stat, counted from the third one on: 1 is SCHED_FIFO. */
const stat = readFileSync('/proc/self/stat', 'latin1');
const policy = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38];

// A timed wait on a word that nobody ever wakes: no timers and no event loop, and nothing that makes garbage in between.
const word = new Int32Array(new SharedArrayBuffer(4));
const clockMs = sharedNowMs() - performance.now();
const nowMs = (): number => clockMs + performance.now();
const tell = (line: string): number => writeSync(1, `${line}\n`);

// Node's own start, and the first second of V8's compiling, are nobody's stall.
for (const untilMs = nowMs() + 200; nowMs() < untilMs; ) Atomics.wait(word, 0, 0, tickMs);
tell(`READY ${policy}`);
let lastMs = nowMs();
let toldMs = lastMs;
for (;;) {
  Atomics.wait(word, 0, 0, tickMs);
  const now = nowMs();
  // From when it should have woken: what was due before and answered by then knows nothing of the stall.
  if (now - lastMs > tickMs + lateMs) tell(`${(lastMs + tickMs).toFixed(3)} ${now.toFixed(3)}`);
  // Ends here with an exception once nobody listens any more.
  if (now - toldMs > aliveMs) {
    tell(now.toFixed(3));
    toldMs = now;
  }
  lastMs = now;
}
