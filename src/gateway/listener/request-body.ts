// A request body between uWS, which pushes it, and whoever wants it, who may come later. Until then the little that
// arrived is kept and the socket is paused. It knows nothing of answers.

import type { RequestBody } from '../../exchange/downstream.ts';
import type { BodySink } from '../../exchange/upstream.ts';
import { chunkedBody } from './request-head.ts';

/** What the body needs from its connection. */
export interface BodyFlow {
  pause(): void;
  resume(): void;
  /** The body passed the limit: answers 413 and ends the exchange, which ends in `abort`. */
  refuseBody(): void;
}

type Mode =
  | 'waiting' // nobody asked yet
  | 'streaming' // to a sink
  | 'collecting'
  | 'dropping' // nobody wants it
  | 'over'; // complete and handed over, or broken off

export class ClientBody implements RequestBody {
  readonly lengthBytes: number | null;
  /** The last byte has arrived. */
  isComplete: boolean;
  /** Called once when the last byte has arrived, after it was handed over; for answers that wait for it. */
  onComplete: (() => void) | null;

  readonly #flow: BodyFlow;
  readonly #bytesMax: number;
  #mode: Mode;
  #isPaused: boolean;
  #bytesSeen: number;
  /** Copies of what arrived before `start`, or of all while collecting. */
  #kept: Buffer[];
  #sink: BodySink | null;
  #done: ((body: Uint8Array | null) => void) | null;

  constructor(flow: BodyFlow, bodyBytes: number, bytesMax: number) {
    this.lengthBytes = bodyBytes === chunkedBody ? null : bodyBytes;
    this.isComplete = false;
    this.onComplete = null;
    this.#flow = flow;
    this.#bytesMax = bytesMax;
    this.#mode = 'waiting';
    this.#isPaused = false;
    this.#bytesSeen = 0;
    this.#kept = [];
    this.#sink = null;
    this.#done = null;
  }

  get isChunked(): boolean {
    return this.lengthBytes === null;
  }

  /** Nobody asked for the body yet. */
  get isWaiting(): boolean {
    return this.#mode === 'waiting';
  }

  start(sink: BodySink): void {
    if (this.#mode === 'over') sink.onAbort();
    if (this.#mode !== 'waiting') return;
    this.#mode = 'streaming';
    this.#sink = sink;
    const kept = this.#kept;
    this.#kept = [];
    let wantsMore = true;
    for (const chunk of kept) wantsMore = sink.onChunk(chunk) && wantsMore;
    if (this.isComplete) this.#endOfStream();
    else if (wantsMore) this.resume();
    else this.#pause();
  }

  collect(done: (body: Uint8Array | null) => void): void {
    if (this.#mode === 'over') done(null);
    if (this.#mode !== 'waiting') return;
    this.#mode = 'collecting';
    this.#done = done;
    if (this.isComplete) this.#endOfCollecting();
    else this.resume();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#flow.resume();
  }

  cancel(): void {
    if (this.#mode === 'over') return;
    this.#mode = 'dropping';
    this.#kept = [];
    this.#sink = null;
    this.#done = null;
    this.resume();
  }

  /** One piece from uWS. @param chunk - valid only during the call */
  take(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.#mode === 'over') return;
    this.#bytesSeen += chunk.byteLength;
    if (this.#bytesSeen > this.#bytesMax) {
      this.#flow.refuseBody();
      return;
    }
    if (isLast) this.isComplete = true;
    if (this.#mode === 'streaming') this.#stream(chunk, isLast);
    else if (this.#mode !== 'dropping') this.#keep(chunk, isLast);
    if (isLast) this.onComplete?.();
  }

  /** No more will come: the client went away, was refused or cut off. */
  abort(): void {
    if (this.#mode === 'over') return;
    const isUntold = this.#mode === 'streaming' || this.#mode === 'collecting';
    const sink = this.#sink;
    const done = this.#done;
    this.#become('over');
    if (isUntold) sink?.onAbort();
    if (isUntold) done?.(null);
  }

  #stream(chunk: ArrayBuffer, isLast: boolean): void {
    const wantsMore = chunk.byteLength === 0 || this.#sink!.onChunk(new Uint8Array(chunk));
    if (this.#mode !== 'streaming') return; // the sink cancelled
    if (isLast) this.#endOfStream();
    else if (!wantsMore) this.#pause();
  }

  #keep(chunk: ArrayBuffer, isLast: boolean): void {
    if (chunk.byteLength > 0) this.#kept.push(Buffer.from(new Uint8Array(chunk)));
    if (this.#mode === 'collecting') {
      if (isLast) this.#endOfCollecting();
    } else if (!isLast) {
      this.#pause(); // never after the last byte: what follows is the next request
    }
  }

  #endOfStream(): void {
    const sink = this.#sink!;
    this.#become('over');
    sink.onEnd();
  }

  #endOfCollecting(): void {
    const done = this.#done!;
    const kept = this.#kept;
    this.#become('over');
    done(kept.length === 1 ? kept[0]! : Buffer.concat(kept));
  }

  #become(mode: Mode): void {
    this.#mode = mode;
    this.#kept = [];
    this.#sink = null;
    this.#done = null;
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#flow.pause();
  }
}
