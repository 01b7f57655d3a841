// A server of an example, in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../config/index.ts';
import { CommandError } from './command-error.ts';

export interface ExampleService {
  readonly child: ChildProcess;
  /** On 127.0.0.1. */
  readonly port: number;
}

/** Ends the service when its standard input does: also when we die without a word. */
const endWithParent = `data:text/javascript,${encodeURIComponent(
  'process.stdin.on("end", () => process.exit(0)).resume()',
)}`;

/**
 * Starts a server that prints where it listens, on a free port, and out of reach of Ctrl-C: requests that drain still need
 * it.
 * @param what - for a message: `pet service`
 * @throws (rejects) CommandError when it ends before that
 */
export async function startExampleService(
  what: string,
  file: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<ExampleService> {
  const child = spawn(process.execPath, ['--import', endWithParent, file], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment({ PORT: '0', ...variables }),
  });
  const lines = createInterface({ input: child.stdout! });
  const ready = (async (): Promise<number> => {
    for await (const line of lines) {
      const port = /:(\d+)$/.exec(line)?.[1];
      if (port !== undefined) return Number(port);
    }
    return await new Promise(() => {}); // it ended: 'close' says so
  })();
  const gone = once(child, 'close').then(() => {
    throw new CommandError(`the ${what} did not start; its own words are above`);
  });
  gone.catch(() => {}); // also when it ends long after
  const port = await Promise.race([ready, gone]);
  child.stdout!.resume();
  child.unref();
  return { child, port };
}
