// Processes that a benchmark starts: told when ready, counted with their children, ended by their own ids.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { listening } from './free-port.ts';

/** A process that runs until `stop`. */
export interface Child {
  readonly pid: number;
  /** The match of `ready` in what it printed; empty when it was a port. */
  readonly ready: readonly string[];
  /** All that it printed, both streams. */
  output(): string;
  /** SIGTERM, and SIGKILL for whatever of it is still there after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

export interface ChildOptions {
  /** What it prints when it serves, or the port that it then listens on. */
  readonly ready: RegExp | number;
  /** Core to stay on; null = any. Ignored where `taskset` is missing. */
  readonly core: number | null;
  /** Default `normal`. */
  readonly turn?: Turn;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly readyMsMax?: number;
}

const running = new Set<Child>();

/** Ends whatever is still running; for the end of the run, however it comes. */
export async function stopAllChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop(2_000)));
}

const hasTaskset = spawnSync('taskset', ['--version']).status === 0;

/**
 * Who gets the core where several want it. `first`: a real-time thread (SCHED_FIFO) takes it from all others at once, in
 * whichever session they run; for what computes little. `observer`: before those too. `last`: an idle one (SCHED_IDLE) has
 * what nobody else in its session wants. Niceness alone would not do: with `kernel.sched_autogroup_enabled` it counts within
 * one session only, and even -20 waits for the end of another's slice (3 ms).
 */
export type Turn = 'observer' | 'first' | 'normal' | 'last';

// Observers go before those whom they observe.
const chrtOf = { observer: ['-f', '60'], first: ['-f', '50'], normal: null, last: ['-i', '0'] } as const;
const allowed = new Map<Turn, boolean>();

/** @returns whether this machine gives us that turn: real time wants CAP_SYS_NICE, all but `normal` want util-linux */
export function hasTurn(turn: Turn): boolean {
  const flags = chrtOf[turn];
  if (flags === null) return true;
  let isAllowed = allowed.get(turn);
  if (isAllowed === undefined) {
    isAllowed = spawnSync('chrt', [...flags, 'true']).status === 0;
    allowed.set(turn, isAllowed);
  }
  return isAllowed;
}

/** @returns command and arguments that stay on one core, and have their turn, where that can be had */
export function pinned(
  command: string,
  args: readonly string[],
  core: number | null,
  turn: Turn = 'normal',
): [string, string[]] {
  const words = [command, ...args];
  const flags = chrtOf[turn];
  if (flags !== null && hasTurn(turn)) words.unshift('chrt', ...flags);
  if (core !== null && hasTaskset) words.unshift('taskset', '-c', String(core));
  const [first, ...rest] = words;
  return [first!, rest];
}

/** Starts a process and waits for its word. @throws (rejects) with all that it printed when it ends before */
export async function startChild(
  command: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<Child> {
  const [file, all] = pinned(command, args, options.core, options.turn);
  const child = spawn(file, all, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let printed = '';
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString('utf8')).slice(-65_536);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const { ready: sign } = options;
  const ready = await new Promise<readonly string[]>((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${command} ${args.slice(0, 2).join(' ')}: ${why}\n${printed}`));
    };
    const timer = setTimeout(() => fail('was not ready in time'), options.readyMsMax ?? 15_000);
    const done = (match: readonly string[]): void => {
      clearTimeout(timer);
      child.stdout.off('data', look);
      child.stderr.off('data', look);
      resolve(match);
    };
    const look = (): void => {
      const match = typeof sign === 'number' ? null : sign.exec(printed);
      if (match !== null) done(match);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    if (typeof sign === 'number')
      listening(sign).then(
        () => done([]),
        () => {},
      );
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`ended (${code ?? signal})`));
  });
  child.removeAllListeners('exit');
  const started: Child = {
    pid: child.pid!,
    ready,
    output: () => printed,
    stop: async (graceMs = 5_000) => {
      running.delete(started);
      await stop(child, graceMs);
    },
  };
  running.add(started);
  return started;
}

async function stop(child: ChildProcess, graceMs: number): Promise<void> {
  const tree = pidTree(child.pid!);
  child.kill('SIGTERM');
  const until = performance.now() + graceMs;
  while (tree.some(isAlive) && performance.now() < until) await sleep(20);
  for (const pid of tree) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function isAlive(pid: number): boolean {
  // A zombie answers kill(pid, 0) until its parent has asked for it.
  return !/^(Z|X|)$/.test(statFields(pid)[0] ?? '');
}

/** Fields of /proc/PID/stat from the third (state) on; empty when there is no such process. */
export function statFields(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** A process and all that descend from it. */
export function pidTree(root: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = Number(statFields(pid)[1] ?? -1);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const tree: number[] = [];
  const visit = (pid: number): void => {
    tree.push(pid);
    for (const child of childrenOf.get(pid) ?? []) visit(child);
  };
  visit(root);
  return tree;
}
