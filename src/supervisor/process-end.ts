// How the processes of a supervisor end, and where they tell why.

import type { ControlServer } from './control-server.ts';

/** How long replies that were written may take to reach a peer that does not read. */
const lastWordsMs = 1_000;
/** How long the reason of a failed start can still be asked for. */
const failureKeptMs = 2_000;

/** Ends this process when the replies that were written have left. @param server - the control socket, once it is open */
export function exitAfterLastWords(server: ControlServer | null, code: number): void {
  const exit = (): never => process.exit(code);
  if (server === null) exit();
  else server.flush().then(exit, exit);
  setTimeout(exit, lastWordsMs);
}

/** Ends a process that did not start, when whoever started it has had time to ask why. */
export function exitAfterFailure(server: () => ControlServer | null): void {
  setTimeout(() => exitAfterLastWords(server(), 1), failureKeptMs);
}

/** Standard error is a file, and disks are full at times: that costs lines of the log, never the process. */
export function outliveOwnLog(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** Standard error is the process's own log file. */
export function report(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}
