// What changes in the file of events, gathered: one transaction for each turn of the event loop. Counts what waits.

import type { Timers } from './alarm.ts';
import type { Catalogue } from './catalogue.ts';
import type { EventEntry, EventStore, NewEvent } from './event-store.ts';
import { type Refusal, serviceFailed } from './refusal.ts';

export interface EventJournalOptions {
  readonly store: EventStore;
  readonly catalogue: Catalogue;
  readonly timers: Timers;
  readonly log: (line: string) => void;
  /** An event is in the file. */
  readonly onAdded: (entry: EventEntry) => void;
  readonly onFlushed: () => void;
  /** What could not be written is kept: flush again some time. */
  readonly onWriteFailed: () => void;
}

interface Added {
  readonly event: NewEvent;
  /** null: the host's own, nobody waits for it. */
  readonly onDone: ((refusal: Refusal | null) => void) | null;
}

export class EventJournal {
  readonly #options: EventJournalOptions;
  #added: Added[] = [];
  #removed: number[] = [];
  #changed: EventEntry[] = [];
  #isFlushSet = false;
  /** Events that are accepted and not done with, and the bytes of their payloads. */
  count = 0;
  bytes = 0;

  constructor(options: EventJournalOptions) {
    this.#options = options;
  }

  countIn(functionName: string, payloadBytes: number): void {
    this.count++;
    this.bytes += payloadBytes;
    this.#options.catalogue.stateOf(functionName).eventsQueued++;
  }

  countOut(functionName: string, payloadBytes: number): void {
    this.count--;
    this.bytes -= payloadBytes;
    this.#options.catalogue.stateOf(functionName).eventsQueued--;
  }

  /** @param onDone - told once it is in the file, or why it is not */
  add(event: NewEvent, onDone: Added['onDone']): void {
    this.countIn(event.functionName, event.payload.length);
    this.#added.push({ event, onDone });
    this.#flushSoon();
  }

  remove(entry: EventEntry): void {
    this.countOut(entry.functionName, entry.payloadBytes);
    this.#removed.push(entry.id);
    this.#flushSoon();
  }

  /** Another time at which it is due, another count of attempts. */
  change(entry: EventEntry): void {
    this.#changed.push(entry);
    this.#flushSoon();
  }

  flush(): void {
    const [added, removed, changed] = [this.#added, this.#removed, this.#changed];
    if (added.length + removed.length + changed.length === 0) return;
    this.#added = [];
    let ids: number[];
    try {
      const events = added.map(({ event }) => event);
      ids = this.#options.store.commit({ added: events, removed, delayed: changed });
    } catch (error) {
      this.#onWriteFailed(added, error);
      return;
    }
    this.#removed = [];
    this.#changed = [];
    for (let i = 0; i < added.length; i++) {
      const { event, onDone } = added[i]!;
      const { functionName, qualifier, receivedMs, dueMs, hops, payload } = event;
      const [id, payloadBytes] = [ids[i]!, payload.length];
      this.#options.onAdded({
        id,
        functionName,
        qualifier,
        receivedMs,
        dueMs,
        attempts: 0,
        payloadBytes,
        hops,
      });
      onDone?.(null);
    }
  }

  #flushSoon(): void {
    if (this.#isFlushSet) return;
    this.#isFlushSet = true;
    this.#options.timers.soon(() => {
      this.#isFlushSet = false;
      this.flush();
      this.#options.onFlushed();
    });
  }

  /** Callers are told; what is the host's own (destinations, results) stays to be written. */
  #onWriteFailed(added: readonly Added[], error: unknown): void {
    this.#options.log(`Cannot write the file of events: ${String(error)}`);
    for (const one of added) {
      if (one.onDone === null) {
        this.#added.push(one);
        continue;
      }
      this.countOut(one.event.functionName, one.event.payload.length);
      one.onDone(serviceFailed('The event could not be stored'));
    }
    this.#options.onWriteFailed();
  }
}
