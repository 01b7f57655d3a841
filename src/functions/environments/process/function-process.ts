// The processes of one environment: started in a group and a session of their own, ended together.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Exit } from '../failures.ts';
import { killProcess } from './reap.ts';

export interface ProcessSpec {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly hasChannel: boolean;
}

export interface ProcessListener {
  /** It ended; its pipes may still hold what it wrote. */
  onExit(exit: Exit): void;
  /** It could not be started. */
  onFailed(reason: string): void;
}

/** Pipes that a process which left the group keeps open are not waited for longer. */
const drainMs = 200;

export class FunctionProcess {
  readonly pid: number | null;
  readonly #child: ChildProcess;
  #isOver = false;

  /** @throws when the system refuses the arguments */
  constructor({ command, cwd, variables, hasChannel }: ProcessSpec, listener: ProcessListener) {
    const [file, ...args] = command;
    const child = spawn(file!, args, {
      cwd,
      env: variables,
      // A new session, and so a group of which everything started in the environment is a member.
      detached: true,
      stdio: hasChannel ? ['ignore', 'pipe', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.pid = child.pid ?? null;
    child.on('error', (error) => {
      if (this.pid === null) listener.onFailed(error.message);
    });
    child.on('exit', (code, signal) => {
      // What it has started does not outlive it. Later the number of the group may be another's.
      this.kill();
      this.#isOver = true;
      listener.onExit({ code, signal });
    });
  }

  get channel(): Socket {
    return this.#child.stdio[3] as Socket;
  }

  get outputs(): readonly Readable[] {
    return [this.#child.stdout!, this.#child.stderr!];
  }

  kill(): void {
    if (this.pid !== null && !this.#isOver) killProcess(-this.pid);
  }

  /** Resolves when all that was written has been read. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      const open = this.outputs.filter((stream) => !stream.closed);
      let left = open.length;
      const timer = setTimeout(done, drainMs);
      function done(): void {
        clearTimeout(timer);
        for (const stream of open) stream.destroy();
        resolve();
      }
      if (left === 0) done();
      for (const stream of open)
        stream.once('close', () => {
          left--;
          if (left === 0) done();
        });
    });
  }
}
