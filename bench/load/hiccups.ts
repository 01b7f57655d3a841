// A hiccup meter, after Gil Tene's jHiccup: how long the machine itself was away while something was measured, be it that the
// host of a virtual machine gave its core to others, be it interrupts. One observer on each core, in the real-time class, so
// that none of our own processes can hold it up: what it misses, nobody on that core could have done.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pinned } from '../harness/child.ts';
import { sharedNowMs } from './open-loop-latency.ts';

/** Milliseconds of the shared clock (`sharedNowMs`). */
export interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Hiccups {
  /** In the order of time, of whichever core; those that touch are one. */
  readonly stalls: readonly Stall[];
  /**
   * The observers ran before everybody else (SCHED_FIFO). Where they may not, a stall can be one of our own processes that
   * had the core: it is told, but takes the blame from nobody.
   */
  readonly isTheMachines: boolean;
}

const file = fileURLToPath(new URL('./hiccups-observer.ts', import.meta.url));
const realTime = '1';
const readyMsMax = 15_000;

/**
 * Watches the machine while something runs.
 *
 * @param cores - those of the run; null = any that this process may use, so all of them are watched
 * @throws (rejects) with what `run` throws, or when an observer ends
 */
export async function watched<T>(
  cores: readonly (number | null)[],
  run: () => Promise<T>,
): Promise<[T, Hiccups]> {
  const watchedCores = cores.includes(null)
    ? coresOf(/^Cpus_allowed_list:\s*(.*)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]!)
    : [...new Set(cores)];
  const observers = watchedCores.map((core) => new Observer(core));
  try {
    await Promise.all(observers.map((observer) => observer.until(() => observer.policy !== null)));
    const result = await run();
    // A stall that lasts until now is known only when it is over.
    const endMs = sharedNowMs();
    await Promise.all(observers.map((observer) => observer.until(() => observer.seenMs >= endMs)));
    return [
      result,
      {
        stalls: merged(observers.flatMap(({ stalls }) => stalls)),
        isTheMachines: observers.every(({ policy }) => policy === realTime),
      },
    ];
  } finally {
    for (const observer of observers) observer.stop();
  }
}

class Observer {
  readonly stalls: Stall[] = [];
  /** As the process found it; null until it is ready. */
  policy: string | null = null;
  /** All until then has been told. */
  seenMs = 0;
  readonly #process: ChildProcess;
  #text = '';
  #isOver = false;
  #onLine: () => void = () => {};

  constructor(core: number | null) {
    const [command, args] = pinned(process.execPath, [file], core, 'observer');
    this.#process = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process.stdout!.setEncoding('latin1').on('data', (text: string) => this.#read(text));
    this.#process.once('error', () => this.#end()).once('close', () => this.#end());
  }

  /** @throws (rejects) when the observer ends, or nothing is heard of it for long */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('a hiccup meter fell silent')), readyMsMax);
      const look = (): void => {
        if (!isSo() && !this.#isOver) return;
        clearTimeout(timer);
        if (isSo()) resolve();
        else reject(new Error('a hiccup meter ended'));
      };
      this.#onLine = look;
      look();
    });
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }

  #end(): void {
    this.#isOver = true;
    this.#onLine();
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop()!;
    for (const line of lines) {
      const [first, second] = line.split(' ');
      if (first === 'READY') this.policy = second!;
      else if (second === undefined) this.seenMs = Number(first);
      else this.stalls.push({ fromMs: Number(first), toMs: Number(second) });
    }
    this.#onLine();
  }
}

/** @param list - as the kernel writes it: `0-3,8` */
export function coresOf(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Stalls that overlap, of different cores, are one. */
export function merged(stalls: readonly Stall[]): Stall[] {
  const result: Stall[] = [];
  for (const stall of [...stalls].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = result.at(-1);
    if (last === undefined || stall.fromMs > last.toMs) result.push(stall);
    else result[result.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, stall.toMs) };
  }
  return result;
}
