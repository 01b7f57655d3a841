// The worker thread's side: takes a batch, does its jobs one after the other, says which one it is at.

import { workerData } from 'node:worker_threads';
import { move } from 'piscina';
import { type BatchReply, decodeBatch, encodeReply } from './batch.ts';
import type { JobKind } from './job-kind.ts';
import { letEventLoopGoFirst } from './thread-turn.ts';

/** What every thread of a pool is started with. */
export interface ThreadData {
  /**
   * One word per slot, shared with the main thread: 0 = between batches, n = at the batch's job n (counted from 1).
   * Lets the main thread tell the job that hangs from those that wait behind it.
   */
  readonly progress: Int32Array<SharedArrayBuffer>;
}

/** Makes the function that piscina calls for each batch; the thread is from now on nicer than the event loop. */
export function createThread(kinds: readonly JobKind[]): (bytes: Uint8Array) => Promise<Uint8Array> {
  const kindByName = new Map(kinds.map((kind) => [kind.name, kind]));
  const { progress } = workerData as ThreadData;
  letEventLoopGoFirst();

  async function runJob(
    kindName: string,
    payload: unknown,
    limitMs: number,
    reply: unknown[],
  ): Promise<void> {
    try {
      const kind = kindByName.get(kindName);
      if (kind === undefined) throw new Error(`no kind of job is named "${kindName}"`);
      const result = kind.run(payload, limitMs);
      reply.push(1, result instanceof Promise ? await result : result);
    } catch (error) {
      reply.push(0, String(error));
    }
  }

  return async (bytes) => {
    const { slotIndex, limitMs, jobs } = decodeBatch(bytes);
    const reply: unknown[] = [];
    for (let i = 0; i < jobs.length; i += 2) {
      Atomics.store(progress, slotIndex, i / 2 + 1);
      await runJob(jobs[i] as string, jobs[i + 1], limitMs, reply);
    }
    Atomics.store(progress, slotIndex, 0);
    return move(encodeReply(reply satisfies BatchReply)) as Uint8Array;
  };
}
