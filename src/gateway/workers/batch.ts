// One batch on its way to a worker thread and back: many jobs, one buffer each way. Arrays only, no objects, so
// that no key has to be written or looked up.

import { Packr } from 'msgpackr';

/** @see encodeBatch */
export interface Batch {
  /** Which progress word belongs to the batch. */
  readonly slotIndex: number;
  readonly limitMs: number;
  /** Flat: kind name, payload, kind name, payload ... */
  readonly jobs: readonly unknown[];
}

/** Flat: 1 and the result, or 0 and the text of an exception, for each job in order. */
export type BatchReply = readonly unknown[];

const packr = new Packr({ useRecords: false });

// msgpackr writes into a buffer that it shares among calls; a buffer that is transferred is lost to the sender, so
// it must be its own. The copy costs 0.3 us per kilobyte; giving msgpackr a fresh buffer each time costs more.
const ownBytes = (value: unknown): Uint8Array<ArrayBuffer> => new Uint8Array(packr.pack(value));

export function encodeBatch(batch: Batch): Uint8Array<ArrayBuffer> {
  return ownBytes([batch.slotIndex, batch.limitMs, batch.jobs]);
}

export function decodeBatch(bytes: Uint8Array): Batch {
  const [slotIndex, limitMs, jobs] = packr.unpack(bytes) as [number, number, unknown[]];
  return { slotIndex, limitMs, jobs };
}

export function encodeReply(reply: BatchReply): Uint8Array<ArrayBuffer> {
  return ownBytes(reply);
}

export function decodeReply(bytes: Uint8Array): BatchReply {
  return packr.unpack(bytes) as unknown[];
}
