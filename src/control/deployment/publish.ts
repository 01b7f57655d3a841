// The published state: what the store says is served, rewritten whole for the data planes.

import { pack } from 'msgpackr';
import type { BackendSettings, PublishedState } from '../../resources/index.ts';
import { publishedStatePath, readPublishedState } from '../../resources/snapshot-file.ts';
import type { View } from '../../store/index.ts';
import type { Account, Services } from '../api/handler.ts';
import { publishedState } from './published-state.ts';
import { removeSnapshotsExcept } from './snapshots.ts';
import { writeDurably } from './write-durably.ts';

export interface Publisher {
  /**
   * Makes the published state follow the store, and resolves when all data planes serve it. Who asks while one is
   * under way shares the next.
   */
  follow(): Promise<void>;
}

/** @param onPublished - called when what was published is served */
export function createPublisher(
  services: Pick<Services, 'store' | 'dataDir' | 'account' | 'backends' | 'dataPlanes'>,
  onPublished: () => void = () => {},
): Publisher {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let isSwept = false;
  const run = async (): Promise<void> => {
    const { store, dataDir, account, backends } = services;
    publishNow(store.view, dataDir, account, backends);
    // What a process that was ended has left goes at the start, also when nothing has changed since.
    if (!isSwept) removeSnapshotsExcept(dataDir, hashesIn(store.view));
    isSwept = true;
    await services.dataPlanes.adopt();
    onPublished();
  };
  const start = (): Promise<void> => {
    running = run().finally(() => {
      running = null;
    });
    return running;
  };
  return {
    follow: () => {
      if (next !== null) return next;
      if (running === null) return start();
      next = running
        .catch(() => {})
        .then(() => {
          next = null;
          return start();
        });
      return next;
    },
  };
}

/**
 * Writes the published state, unless nothing has changed, and removes the snapshots of deployments that are gone.
 * @returns the revision that data planes are to serve
 */
export function publishNow(view: View, dataDir: string, account: Account, backends: BackendSettings): number {
  const { before, revision: last } = published(dataDir);
  const revision = last + 1;
  const state = publishedState(view, account, backends, revision);
  if (before !== null && isSame({ ...before, revision }, state)) return last;
  writeDurably(publishedStatePath(dataDir), pack(state));
  removeSnapshotsExcept(dataDir, hashesIn(view));
  return revision;
}

// All of it follows from the store, so a file that cannot be read is replaced. Its revision is unknown then: seconds
// since 1970 are more than there have been publishes, so data planes see that it is another state.
function published(dataDir: string): { before: PublishedState | null; revision: number } {
  try {
    const before = readPublishedState(dataDir);
    return { before, revision: before?.revision ?? 0 };
  } catch {
    return { before: null, revision: Math.floor(Date.now() / 1000) };
  }
}

const isSame = (a: PublishedState, b: PublishedState): boolean => Buffer.compare(pack(a), pack(b)) === 0;

const hashesIn = (view: View): ReadonlySet<string> =>
  new Set(
    [
      ...view.list('restApi', '').flatMap(({ id }) => view.list('deployment', id)),
      ...view.list('v2Api', '').flatMap(({ apiId }) => view.list('v2Deployment', apiId)),
    ].map(({ hash }) => hash),
  );
