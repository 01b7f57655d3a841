// The control plane, for as long as one command takes: the one of the gateway that runs, else one of our own over the
// store of the data folder.

import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessConfig } from '../config/index.ts';
import {
  answerLocal,
  type LocalControl,
  type LocalReply,
  localControl,
} from '../control/local/local-control.ts';
import { StoreError } from '../store/index.ts';
import { askSupervisor, prepareFolder } from '../supervisor/index.ts';
import { CommandError } from './command-error.ts';
import { openControlPlane } from './open-control-plane.ts';

/** How long another command may take with the store before we give up. */
const patienceMs = 10_000;
const sqliteBusy = 5;

/** @throws (rejects) StoreError or CommandError in one line when there is no control plane to be had */
export async function withControl<T>(
  config: ProcessConfig,
  work: (control: LocalControl) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const running = await askSupervisor(config.dataDir);
    if (running !== null) {
      try {
        return await work(localControl((request) => manage(running.manage, request), userName()));
      } finally {
        running.end();
      }
    }
    prepareFolder(config.dataDir, 'data folder', '--data-dir');
    try {
      const opened = await openControlPlane(config);
      try {
        return await work(
          localControl((request) => answerLocal(opened.control, request, opened.trail.onLocal), userName()),
        );
      } finally {
        await opened.close();
      }
    } catch (error) {
      // Another command has it, or a gateway that is about to answer on its socket.
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

async function manage(ask: (request: unknown) => Promise<unknown>, request: unknown): Promise<LocalReply> {
  try {
    return (await ask(request)) as LocalReply;
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false;
  const code = (error.cause as { errcode?: number } | undefined)?.errcode;
  return code !== undefined && (code & 0xff) === sqliteBusy;
}

/** Who sits here, for the audit log. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // a user id without a name
  }
}
