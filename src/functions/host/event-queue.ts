// Asynchronous invocations: kept in a file until they have run well, were tried often enough, or are too old. At least
// once: after a crash of the host those that ran are run again.

import { newRequestId } from '../../base/ids.ts';
import type { Invocation, InvocationHandler, InvocationResult } from '../functions.ts';
import type { Alarm, Timers } from './alarm.ts';
import { type Catalogue, Target } from './catalogue.ts';
import { destinationRecord, type EventCondition } from './destination.ts';
import { EventJournal } from './event-journal.ts';
import type { EventEntry, EventStore, NewEvent, StoredEvent } from './event-store.ts';
import { parseFunctionName } from './function-name.ts';
import type { EventSink, Invoker } from './invoker.ts';
import type { FunctionHostLimits } from './limits.ts';
import { bytesOf } from './payload.ts';
import { eventsFull, type Refusal } from './refusal.ts';
import { SortedQueue } from './sorted-queue.ts';

export interface EventQueueOptions {
  readonly store: EventStore;
  readonly catalogue: Catalogue;
  readonly limits: Pick<FunctionHostLimits, 'eventsMax' | 'eventBytesMax' | 'eventConcurrencyMax'>;
  readonly alarm: Alarm;
  readonly timers: Timers;
  readonly random: () => number;
  readonly nowMs: () => number;
  readonly log: (line: string) => void;
}

/** Of settings that are absent. @see AWS Lambda API reference, PutFunctionEventInvokeConfig */
const retriesMaxDefault = 2;
const ageSecondsMaxDefault = 21_600;
/** One minute before the first retry, two before the second. */
const retryDelayMs = 60_000;
/** How soon those are looked at again that wait for something that nobody tells, such as a closed start gate. */
const blockedDelayMs = 1000;
/** After so many destinations it is taken for a circle. */
const hopsMax = 16;

type Done = Extract<InvocationResult, { outcome: 'done' }>;

export class EventQueue implements EventSink {
  readonly #options: EventQueueOptions;
  #invoker: Invoker | null = null;
  /** By function: those that are due, oldest first. */
  readonly #lanes = new Map<string, SortedQueue<EventEntry>>();
  readonly #delayed = new SortedQueue<EventEntry>(({ dueMs }) => dueMs);
  readonly #running = new Set<EventEntry>();
  readonly #journal: EventJournal;
  #isPumping = false;
  #isClosing = false;
  /** Due and not running. */
  #ready = 0;

  constructor(options: EventQueueOptions) {
    this.#options = options;
    const { store, catalogue, timers, log } = options;
    this.#journal = new EventJournal({
      store,
      catalogue,
      timers,
      log,
      onAdded: (entry) => this.#line(entry),
      onFlushed: () => this.#pump(),
      onWriteFailed: () => options.alarm.wakeAt(options.nowMs() + blockedDelayMs),
    });
    for (const entry of store.entries()) {
      this.#journal.countIn(entry.functionName, entry.payloadBytes);
      this.#delayed.add(entry);
    }
  }

  get stats(): { queued: number; queuedBytes: number; running: number } {
    return { queued: this.#journal.count, queuedBytes: this.#journal.bytes, running: this.#running.size };
  }

  /** From now on events run; those of an earlier host too. */
  start(invoker: Invoker): void {
    this.#invoker = invoker;
    this.onDue(this.#options.nowMs());
  }

  accept(
    { payload, clientContext, traceId }: Invocation,
    target: Target,
    requestId: string,
    onDone: (refusal: Refusal | null) => void,
  ): void {
    const { eventsMax, eventBytesMax } = this.#options.limits;
    const isFull = this.#journal.count >= eventsMax || this.#journal.bytes + bytesOf(payload) > eventBytesMax;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const nowMs = this.#options.nowMs();
    const event: NewEvent = {
      functionName: target.state.name,
      qualifier: target.qualifier,
      requestId,
      payload: bytes,
      clientContext,
      traceId,
      receivedMs: nowMs,
      dueMs: nowMs,
      hops: 0,
    };
    if (isFull) this.#options.timers.soon(() => onDone(eventsFull));
    else this.#journal.add(event, onDone);
  }

  onCapacity(): void {
    if (this.#ready > 0) this.#pump();
  }

  /** Puts those in line whose time has come. */
  onDue(nowMs: number): void {
    if (this.#isClosing) return;
    for (
      let entry = this.#delayed.first;
      entry !== undefined && entry.dueMs <= nowMs;
      entry = this.#delayed.first
    ) {
      this.#delayed.takeFirst();
      this.#line(entry);
    }
    if (this.#delayed.first !== undefined) this.#options.alarm.wakeAt(this.#delayed.first.dueMs);
    this.#journal.flush();
    this.#pump();
  }

  /** Begins nothing any more. @param untilMs - a later host leaves alone until then what runs now */
  beginClosing(untilMs: number): void {
    this.#isClosing = true;
    for (const entry of this.#running) {
      entry.dueMs = untilMs;
      this.#journal.change(entry);
    }
    this.#journal.flush();
  }

  close(): void {
    this.#isClosing = true;
    this.#journal.flush();
    this.#options.store.close();
  }

  #line(entry: EventEntry): void {
    let lane = this.#lanes.get(entry.functionName);
    if (lane === undefined) {
      lane = new SortedQueue(({ id }) => id);
      this.#lanes.set(entry.functionName, lane);
    }
    lane.add(entry);
    this.#ready++;
  }

  /** Runs what can run, one of each function in turn. */
  #pump(): void {
    if (this.#isPumping || this.#isClosing || this.#invoker === null) return;
    this.#isPumping = true;
    const nowMs = this.#options.nowMs();
    let hasBegun = true;
    while (hasBegun && this.#ready > 0) {
      hasBegun = false;
      for (const [name, lane] of this.#lanes) {
        if (lane.length === 0) this.#lanes.delete(name);
        else if (this.#next(lane, nowMs)) hasBegun = true;
      }
    }
    this.#isPumping = false;
    if (this.#ready > 0) this.#options.alarm.wakeAt(nowMs + blockedDelayMs);
  }

  /** Begins or ends the first of a line. @returns false when it must wait */
  #next(lane: SortedQueue<EventEntry>, nowMs: number): boolean {
    const entry = lane.first!;
    const target = this.#options.catalogue.resolve(entry.functionName, entry.qualifier || null);
    if (!(target instanceof Target)) {
      this.#take(lane);
      this.#giveUp(entry, `${target.type}: ${target.message}`);
      return true;
    }
    const condition = hopelessness(entry, target, nowMs);
    const pool = target.pick(this.#options.random);
    if (condition === null && !this.#hasCapacity(pool)) return false;
    this.#take(lane);
    const event = this.#read(entry);
    if (event === undefined) return true;
    if (condition !== null) this.#exhaust(entry, event, target, condition, null);
    else this.#begin(entry, event, target, pool);
    return true;
  }

  #hasCapacity(pool: ReturnType<Target['pick']>): boolean {
    return this.#running.size < this.#options.limits.eventConcurrencyMax && this.#invoker!.hasCapacity(pool);
  }

  #take(lane: SortedQueue<EventEntry>): void {
    lane.takeFirst();
    this.#ready--;
  }

  /** What the file says now: another host may have had it. @returns undefined when it is not to be run now */
  #read(entry: EventEntry): StoredEvent | undefined {
    let event: StoredEvent | undefined;
    try {
      event = this.#options.store.read(entry.id);
    } catch (error) {
      this.#options.log(`Cannot read the file of events: ${String(error)}`);
      this.#delay(entry, this.#options.nowMs() + retryDelayMs);
      return undefined;
    }
    if (event === undefined) {
      this.#journal.countOut(entry.functionName, entry.payloadBytes);
      return undefined;
    }
    entry.attempts = Math.max(entry.attempts, event.attempts);
    if (event.dueMs > this.#options.nowMs()) {
      this.#delay(entry, event.dueMs);
      return undefined;
    }
    return event;
  }

  #begin(entry: EventEntry, event: StoredEvent, target: Target, pool: ReturnType<Target['pick']>): void {
    const handler: InvocationHandler = {
      onHead: () => {},
      onData: () => true,
      onEnd: (result) => this.#onEnd(entry, event, target, result),
    };
    this.#running.add(entry);
    const input = { ...event, isStreamed: false, wantsLogTail: false };
    if (this.#invoker!.begin(input, target, pool, event.requestId, handler)) return;
    this.#running.delete(entry);
    this.#delay(entry, this.#options.nowMs() + blockedDelayMs);
  }

  #onEnd(entry: EventEntry, event: StoredEvent, target: Target, result: InvocationResult): void {
    this.#running.delete(entry);
    // The host ends: it is not known whether it ran, so a later host runs it again.
    if (result.outcome === 'lost') return;
    if (result.outcome === 'refused') {
      this.#delay(entry, this.#options.nowMs() + blockedDelayMs);
      return;
    }
    entry.attempts++;
    const config = target.eventInvokeConfig;
    if (result.functionError === null) {
      this.#tellDestination(config?.onSuccess, entry, event, target, 'Success', result);
      this.#journal.remove(entry);
      return;
    }
    if (entry.attempts > (config?.maximumRetryAttempts ?? retriesMaxDefault)) {
      this.#exhaust(entry, event, target, 'RetriesExhausted', result);
      return;
    }
    target.state.eventsRetried++;
    const retryMs = this.#options.nowMs() + entry.attempts * retryDelayMs;
    this.#delay(entry, Math.min(retryMs, expiryMs(entry, target)));
    this.#journal.change(entry);
  }

  #delay(entry: EventEntry, untilMs: number): void {
    entry.dueMs = untilMs;
    this.#delayed.add(entry);
    this.#options.alarm.wakeAt(untilMs);
  }

  #exhaust(
    entry: EventEntry,
    event: StoredEvent,
    target: Target,
    condition: EventCondition,
    result: Done | null,
  ): void {
    this.#tellDestination(target.eventInvokeConfig?.onFailure, entry, event, target, condition, result);
    const runs = `${entry.attempts} ${entry.attempts === 1 ? 'attempt' : 'attempts'}`;
    const answer = result === null ? '' : `: ${Buffer.from(result.payload).toString().slice(0, 500)}`;
    this.#giveUp(entry, `${condition} after ${runs} of event "${event.requestId}"${answer}`);
  }

  #giveUp(entry: EventEntry, reason: string): void {
    this.#options.catalogue.stateOf(entry.functionName).eventsDropped++;
    this.#options.log(`An event of function "${entry.functionName}" is given up: ${reason}`);
    this.#journal.remove(entry);
  }

  #tellDestination(
    arn: string | undefined,
    entry: EventEntry,
    { requestId, payload, traceId }: StoredEvent,
    target: Target,
    condition: EventCondition,
    result: Done | null,
  ): void {
    if (arn === undefined) return;
    const destination = parseFunctionName(arn, null);
    if ('status' in destination || entry.hops >= hopsMax) {
      const reason = 'status' in destination ? 'it is no function' : `it is the ${hopsMax + 1}th in a row`;
      this.#options.log(
        `The destination "${arn}" of function "${entry.functionName}" is not told: ${reason}`,
      );
      return;
    }
    const nowMs = this.#options.nowMs();
    const functionArn = `${target.functionArn}:${target.qualifier || '$LATEST'}`;
    const { attempts } = entry;
    const outcome = { requestId, functionArn, condition, attempts, nowMs, requestPayload: payload, result };
    const event: NewEvent = {
      functionName: destination.name,
      qualifier: destination.qualifier ?? '',
      requestId: newRequestId(),
      payload: Buffer.from(destinationRecord(outcome)),
      clientContext: null,
      traceId,
      receivedMs: nowMs,
      dueMs: nowMs,
      hops: entry.hops + 1,
    };
    this.#journal.add(event, null);
  }
}

/** Why an event needs no further attempt. */
function hopelessness(entry: EventEntry, target: Target, nowMs: number): EventCondition | null {
  // As Lambda does: without concurrency at all nothing is tried, and who is to be told is told at once.
  if (target.state.reservedConcurrency === 0) return 'ZeroReservedConcurrency';
  return nowMs >= expiryMs(entry, target) ? 'EventAgeExceeded' : null;
}

const expiryMs = (entry: EventEntry, { eventInvokeConfig }: Target): number =>
  entry.receivedMs + (eventInvokeConfig?.maximumEventAgeInSeconds ?? ageSecondsMaxDefault) * 1000;
