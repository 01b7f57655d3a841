// The processes of one data folder among themselves. Each has a number and a socket of that name; each dials all others
// and is dialled by them, so that a call and its answer always share a stream that one of the two has opened.

import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { BatchReader, BatchWriter, type Body } from './batches.ts';
import { type Answered, greetedBy, greeting, Link, type LinkLimits } from './link.ts';
import { claimNumber, forgetDead, numbersSeen, peerSocketPath } from './peer-number.ts';

export type { Body } from './batches.ts';
export type { Answered, CallFailure } from './link.ts';

export interface PeersOptions {
  readonly dataDir: string;
  readonly limits?: Partial<LinkLimits>;
  /** Told of what a call threw: a bug of ours. */
  readonly onBug: (error: unknown) => void;
}

/** What a process does for the others. */
export interface PeerService {
  /**
   * A call of another process. Those of one process come in the order in which it made them.
   * @param body - bytes in it are the callee's only until it returns
   * @param answer - to be called once, now or later
   */
  onCall(body: Body, answer: (result: unknown) => void): void;
  /** Another process was met, or met again after it was lost: what it said in between did not arrive. */
  onMet(number: number): Promise<void> | void;
}

export interface Peers {
  /** 0 to 65535; no other living process of the data folder has it. */
  readonly number: number;
  /** Of the others that can be called. */
  numbers(): readonly number[];
  /** Asks another process, known or not. Bytes of the body must not change before the answer. */
  call(number: number, body: Body, answered: Answered): void;
  /** Begins to answer the others and to call them. Resolves when those that live have been met, or soon after. */
  serve(service: PeerService): Promise<void>;
  /** What was said and answered still goes out; the others learn that this process is gone. */
  close(): void;
}

const limitsDefault: LinkLimits = { queuedBytesMax: 16 * 1024 * 1024, callMs: 5_000 };
/** Answers that a process does not read: nothing more is read of it until it does. */
const unreadAnswersMax = 4 * 1024 * 1024;
const lookEachMs = 500;
/** How long a start waits for the others. */
const metWithinMs = 1_000;

/** @throws (rejects) Error with one line when the run folder cannot be used */
export async function openPeers(options: PeersOptions): Promise<Peers> {
  const waiting: Socket[] = [];
  const server = createServer((socket) => waiting.push(socket));
  const number = await claimNumber(server, options.dataDir);
  server.unref();
  return new OpenPeers(options, number, server, waiting);
}

class OpenPeers implements Peers {
  readonly number: number;
  readonly #options: PeersOptions;
  readonly #limits: LinkLimits;
  readonly #server: Server;
  /** Those that called before anybody could answer. */
  readonly #early: Socket[];
  readonly #links = new Map<number, Link>();
  /** Of others, by their number: who opens a second stream has given up the first. */
  readonly #callers = new Map<number, Socket>();
  readonly #answering = new Map<Socket, BatchWriter>();
  readonly #meeting = new Map<number, PromiseWithResolvers<void>>();
  #service: PeerService | null = null;
  #looking: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: PeersOptions, number: number, server: Server, early: Socket[]) {
    this.#options = options;
    this.#limits = { ...limitsDefault, ...options.limits };
    this.number = number;
    this.#server = server;
    this.#early = early;
  }

  numbers(): readonly number[] {
    return [...this.#links.keys()];
  }

  async serve(service: PeerService): Promise<void> {
    this.#service = service;
    this.#server.removeAllListeners('connection');
    this.#server.on('connection', (socket) => this.#accept(socket));
    for (const socket of this.#early.splice(0)) this.#accept(socket);
    this.#looking = setInterval(() => {
      const nowMs = performance.now();
      for (const link of this.#links.values()) link.look(nowMs);
    }, lookEachMs);
    this.#looking.unref();
    const met = numbersSeen(this.#options.dataDir, this.number).map(async (number) => {
      const meeting = Promise.withResolvers<void>();
      this.#meeting.set(number, meeting);
      if (await this.#dial(number).lives) await meeting.promise;
      else forgetDead(this.#options.dataDir, number);
      this.#meeting.delete(number);
    });
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, metWithinMs);
    });
    await Promise.race([Promise.all(met), enough]);
    clearTimeout(timer);
  }

  call(number: number, body: Body, answered: Answered): void {
    if (this.#isClosed) answered(null, 'lost');
    else (this.#links.get(number) ?? this.#dial(number)).call(body, answered);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#looking !== null) clearInterval(this.#looking);
    rmSync(peerSocketPath(this.#options.dataDir, this.number), { force: true });
    this.#server.close();
    for (const link of this.#links.values()) link.close();
    for (const socket of this.#early) socket.destroy();
    for (const [socket, writer] of this.#answering) {
      writer.flush();
      socket.end(() => socket.destroy());
    }
  }

  #dial(number: number): Link {
    const link = new Link(number, this.number, peerSocketPath(this.#options.dataDir, number), this.#limits, {
      onEnd: (ended, wasOpen) => this.#linkEnded(ended, wasOpen),
    });
    this.#links.set(number, link);
    return link;
  }

  /** Whether the other lives is found out by dialling it again: what it is told from now on goes that way. */
  #linkEnded(ended: Link, wasOpen: boolean): void {
    if (this.#links.get(ended.number) === ended) this.#links.delete(ended.number);
    if (!wasOpen || this.#isClosed) {
      ended.failPending(this.#isClosed);
      return;
    }
    const again = this.#links.get(ended.number) ?? this.#dial(ended.number);
    void again.lives.then((lives) => {
      ended.failPending(lives);
      if (!lives) forgetDead(this.#options.dataDir, ended.number);
    });
  }

  #accept(socket: Socket): void {
    const writer = new BatchWriter(socket);
    this.#answering.set(socket, writer);
    writer.add(0, greeting(this.number));
    let number: number | null = null;
    const reader = new BatchReader((call, body) => {
      if (number === null) {
        number = greetedBy(body);
        if (number === null) throw new Error('no greeting');
        this.#met(number, socket);
      } else this.#serve(call, body, socket, writer);
    });
    socket.on('data', (chunk) => {
      if (socket.destroyed) return;
      try {
        reader.push(chunk);
      } catch (error) {
        this.#options.onBug(error);
        socket.destroy();
      }
    });
    socket.on('drain', () => socket.resume());
    socket.on('error', () => {}); // `close` follows
    socket.on('end', () => socket.destroy());
    socket.once('close', () => {
      this.#answering.delete(socket);
      if (number !== null && this.#callers.get(number) === socket) this.#callers.delete(number);
    });
  }

  #met(number: number, socket: Socket): void {
    // What still waits in the older stream was given up by who sent it, and must not arrive after what is new.
    this.#callers.get(number)?.destroy();
    this.#callers.set(number, socket);
    if (!this.#links.has(number)) this.#dial(number);
    void Promise.resolve(this.#service?.onMet(number))
      .catch(this.#options.onBug)
      .finally(() => this.#meeting.get(number)?.resolve());
  }

  #serve(call: number, body: unknown, socket: Socket, writer: BatchWriter): void {
    if (!Array.isArray(body)) throw new Error('a call without a body');
    const answer = (result: unknown, number = call): void => {
      writer.add(number, result);
      if (writer.queuedBytes <= unreadAnswersMax) return;
      writer.flush();
      if (socket.writableNeedDrain) socket.pause();
    };
    try {
      this.#service?.onCall(body, (result) => answer(result));
    } catch (error) {
      this.#options.onBug(error);
      answer(null, -call);
    }
  }
}
