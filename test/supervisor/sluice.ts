// Runs the command line over toy data planes, and cleans up whatever a test leaves running.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../src/supervisor/index.ts';
import { runningStatus } from '../../src/supervisor/index.ts';
import { findDataPlanes, findFunctionHosts } from '../../src/supervisor/run-folder.ts';
import { killProcess } from '../../src/supervisor/slot.ts';

/** Each test starts processes of the same files: compiled once, they start in half the time. */
const compileCache = fileURLToPath(new URL('../../build/compile-cache', import.meta.url));
const toyMain = fileURLToPath(new URL('./toy-main.ts', import.meta.url));

/** What a toy data plane answers. */
export interface ToyAnswer {
  readonly pid: number;
  readonly slot: number;
  readonly revision: number;
}

/**
 * An empty data folder; at the end of the test its data planes are killed and it is removed.
 * @param below - folders between the temporary one and the data folder
 */
export function dataFolder(t: TestContext, ...below: readonly string[]): string {
  const temporary = mkdtempSync(path.join(tmpdir(), 'sluice-'));
  const dataDir = path.join(temporary, ...below);
  mkdirSync(dataDir, { recursive: true });
  t.after(async () => {
    // Supervisors first: they would replace what is killed.
    for (const sluice of started.get(t) ?? []) {
      sluice.kill('SIGKILL');
      await sluice.exited;
    }
    for (const running of [...(await findDataPlanes(dataDir)), ...(await findFunctionHosts(dataDir))]) {
      killProcess(running);
      await running.client.closed;
    }
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  });
  return dataDir;
}

const started = new WeakMap<TestContext, Sluice[]>();

export class Sluice {
  readonly child: ChildProcess;
  /** Standard output and error, in the order of arrival. */
  text = '';
  readonly exited: Promise<number | NodeJS.Signals>;

  constructor(t: TestContext, args: readonly string[], folder: string) {
    this.child = spawn(process.execPath, [toyMain, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.text += text;
      });
    this.exited = once(this.child, 'close').then(([code, signal]) => (code as number | null) ?? signal);
    started.set(t, [...(started.get(t) ?? []), this]);
  }

  /** Waits until the text was printed, or fails with what was printed instead. */
  async printed(wanted: string | RegExp): Promise<void> {
    const isThere = (): boolean =>
      typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text);
    const gone = this.exited.then((code) => {
      if (!isThere()) throw new Error(`it ended with ${code} and printed: ${this.text}`);
    });
    gone.catch(() => {});
    while (!isThere()) {
      await Promise.race([gone, once(this.child.stdout!, 'data'), once(this.child.stderr!, 'data')]);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** Starts a supervisor on free ports and waits until it serves. */
export async function startSluice(
  t: TestContext,
  dataDir: string,
  args: readonly string[] = [],
): Promise<{ sluice: Sluice; status: Status }> {
  const all = [
    'start',
    '--data-dir',
    dataDir,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--admin-port',
    '0',
    '--management-port',
    '0',
    ...args,
  ];
  const sluice = new Sluice(t, all, dataDir);
  await sluice.printed('listens on');
  const status = await until(() => runningStatus(dataDir));
  return { sluice, status };
}

/** Runs a command to its end. */
export async function run(
  t: TestContext,
  folder: string,
  args: readonly string[],
): Promise<{ exit: number | NodeJS.Signals; text: string }> {
  const sluice = new Sluice(t, args, folder);
  const exit = await sluice.exited;
  return { exit, text: sluice.text };
}

/** One request on a connection of its own. @returns undefined when the connection was refused or reset */
export async function ask(port: number): Promise<ToyAnswer | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    return (await response.json()) as ToyAnswer;
  } catch {
    return undefined;
  }
}

/** Looks again and again, in turns of the event loop, until there is something to see. */
export async function until<T>(
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const exists = (dataDir: string, name: string): boolean => existsSync(path.join(dataDir, name));
