// Connections and topics of all processes of a node, whoever holds them: an id tells where its connection lives; topics
// are everywhere.

import { isUtf8 } from 'node:buffer';
import type { Body, CallFailure, PeerService, Peers } from '../peers/peers.ts';
import { placeOf } from './connection-id.ts';
import type { Hub } from './hub.ts';
import { adoptRetained, performCall } from './local-calls.ts';
import {
  type DeliveriesRow,
  joinedWords,
  type Left,
  leftWords,
  type MembershipRow,
  type Posted,
  posted,
  type RetainedRow,
  retainedRow,
  type StatusRow,
  verb,
} from './node-verbs.ts';
import type { RetainedValue } from './retained.ts';
import { type Deliveries, type Joined, stageKeyOf, type TopicMessage } from './topics.ts';

/** A stage by its names. */
export interface Home {
  readonly apiId: string;
  readonly stageName: string;
}

/** The process that holds the connection did not answer; what was asked may have been done. */
export type Unanswered = Exclude<CallFailure, 'gone'>;

export interface ConnectionStatus {
  readonly connectedAtMs: number;
  readonly lastActiveAtMs: number;
  readonly sourceIp: string;
  readonly userAgent: string;
}

export interface ConnectionTopics {
  readonly topics: readonly string[];
  /** Messages in whose place the connection got a newer one. */
  readonly conflated: number;
  /** Messages that it did not get because it reads too slowly. */
  readonly dropped: number;
}

export interface PublishOptions {
  /** Newcomers get it at once, until another takes its place; an empty message takes it away. */
  readonly isRetained: boolean;
  /** For how long it is kept; 0 = for as long as there is room. */
  readonly ttlSeconds: number;
}

export interface Published extends Deliveries {
  /** Processes that did not answer: what their members got nobody knows. */
  readonly unanswered: number;
}

export interface Presence {
  readonly members: number;
  /** As many as were asked for. */
  readonly ids: readonly string[];
  readonly retained: { readonly message: string | Uint8Array; readonly isBinary: boolean } | null;
}

export interface TopicList {
  /** Topic -> members. */
  readonly topics: ReadonlyMap<string, number>;
  /** There are more. */
  readonly isCut: boolean;
}

const plain: PublishOptions = Object.freeze({ isRetained: false, ttlSeconds: 0 });
const topicsPerProcessMax = 10_000;

export class NodeConnections implements PeerService {
  readonly #hub: Hub;
  readonly #peers: Peers;
  #lastVersion = 0;

  constructor(hub: Hub, peers: Peers) {
    this.#hub = hub;
    this.#peers = peers;
    hub.everywhere = this;
  }

  onCall(body: Body, answer: (result: unknown) => void): void {
    answer(performCall(this.#hub, body));
  }

  /** Its last values become ours, so that our newcomers get them too. */
  async onMet(number: number): Promise<void> {
    const rows = await this.#ask<readonly RetainedRow[]>(number, [verb.retained]);
    if (typeof rows !== 'string') adoptRetained(this.#hub, rows);
  }

  /** Sends a message to one connection. Its bytes must not change any more. Messages to one keep their order. */
  async post({ apiId, stageName }: Home, id: string, message: Uint8Array): Promise<Posted | Unanswered> {
    const given = await this.#owner<number>(id, [verb.post, apiId, stageName, id, message]);
    return typeof given === 'string' ? given : posted[given]!;
  }

  async status({ apiId, stageName }: Home, id: string): Promise<ConnectionStatus | 'gone' | Unanswered> {
    const row = await this.#owner<StatusRow | null>(id, [verb.status, apiId, stageName, id]);
    if (row === null || typeof row === 'string') return row ?? 'gone';
    const [connectedAtMs, lastActiveAtMs, sourceIp, userAgent] = row;
    return { connectedAtMs, lastActiveAtMs, sourceIp, userAgent };
  }

  async close(home: Home, id: string, code: number, reason: string): Promise<'closed' | 'gone' | Unanswered> {
    const { apiId, stageName } = home;
    const was = await this.#owner<boolean>(id, [verb.close, apiId, stageName, id, code, reason]);
    return typeof was === 'string' ? was : was ? 'closed' : 'gone';
  }

  async join({ apiId, stageName }: Home, id: string, topic: string): Promise<Joined | Unanswered> {
    const given = await this.#owner<number>(id, [verb.join, apiId, stageName, id, topic]);
    return typeof given === 'string' ? given : joinedWords[given]!;
  }

  async leave({ apiId, stageName }: Home, id: string, topic: string): Promise<Left | Unanswered> {
    const given = await this.#owner<number>(id, [verb.leave, apiId, stageName, id, topic]);
    return typeof given === 'string' ? given : leftWords[given]!;
  }

  async topicsOf({ apiId, stageName }: Home, id: string): Promise<ConnectionTopics | 'gone' | Unanswered> {
    const row = await this.#owner<MembershipRow | null>(id, [verb.membership, apiId, stageName, id]);
    if (row === null || typeof row === 'string') return row ?? 'gone';
    const [topics, conflated, dropped] = row;
    return { topics, conflated, dropped };
  }

  /**
   * Sends a message to all members of a topic in all processes, to those of this one before it returns. Messages of one
   * caller come in the order of its calls.
   */
  publish(
    { apiId, stageName }: Home,
    topic: string,
    message: string | Uint8Array,
    options: PublishOptions = plain,
  ): Promise<Published> {
    const stageKey = stageKeyOf(apiId, stageName);
    const isBinary = typeof message !== 'string' && !isUtf8(message);
    const keep = options.isRetained
      ? this.#retainedValue(stageKey, topic, { message, isBinary }, options)
      : null;
    const here = this.#hub.topics.publish(stageKey, topic, { message, isBinary }, keep);
    const others = this.#peers.numbers();
    if (others.length === 0) return Promise.resolve({ ...here, unanswered: 0 });
    const row = keep === null ? null : retainedRow(keep);
    return this.#publishAt(others, here, [verb.publish, stageKey, topic, message, isBinary, row]);
  }

  /** Takes the value for newcomers away. */
  async forget(home: Home, topic: string): Promise<void> {
    const { apiId, stageName } = home;
    const stageKey = stageKeyOf(apiId, stageName);
    const none = { message: '', isBinary: false };
    const row = retainedRow(this.#retainedValue(stageKey, topic, none, plain));
    await this.#askAll<boolean>([verb.retain, row]);
  }

  async #publishAt(others: readonly number[], here: Deliveries, body: Body): Promise<Published> {
    let { deliveries, conflated, dropped } = here;
    let unanswered = 0;
    for (const row of await Promise.all(others.map((number) => this.#ask<DeliveriesRow>(number, body)))) {
      if (typeof row === 'string') {
        // The members of a process that is gone are gone with it.
        if (row !== 'gone') unanswered++;
        continue;
      }
      deliveries += row[0];
      conflated += row[1];
      dropped += row[2];
    }
    return { deliveries, conflated, dropped, unanswered };
  }

  /** @param idsMax - of members that are named */
  async presence({ apiId, stageName }: Home, topic: string, idsMax: number): Promise<Presence> {
    type Row = [number, string[], RetainedRow | null];
    const rows = await this.#askAll<Row>([verb.presence, stageKeyOf(apiId, stageName), topic, idsMax]);
    const last = rows.map((row) => row[2]).find((row) => row !== null) ?? null;
    return {
      members: rows.reduce((sum, [members]) => sum + members, 0),
      ids: rows.flatMap(([, ids]) => ids).slice(0, idsMax),
      retained: last === null ? null : { message: last[2], isBinary: last[3] },
    };
  }

  /** Topics that have members. @param max - of topics */
  async topics({ apiId, stageName }: Home, max: number): Promise<TopicList> {
    type Row = [number, [string, number][]];
    const rows = await this.#askAll<Row>([verb.topics, stageKeyOf(apiId, stageName), topicsPerProcessMax]);
    const counts = new Map<string, number>();
    for (const [, topics] of rows)
      for (const [name, members] of topics) counts.set(name, (counts.get(name) ?? 0) + members);
    const names = [...counts.keys()].sort();
    const isCut = names.length > max || rows.some(([count, topics]) => count > topics.length);
    return { topics: new Map(names.slice(0, max).map((name) => [name, counts.get(name)!])), isCut };
  }

  /** Open connections of a stage. @param max - of ids */
  async list({ apiId, stageName }: Home, max: number): Promise<{ count: number; ids: readonly string[] }> {
    const rows = await this.#askAll<[number, string[]]>([verb.list, apiId, stageName, max]);
    return {
      count: rows.reduce((sum, [count]) => sum + count, 0),
      ids: rows.flatMap(([, ids]) => ids).slice(0, max),
    };
  }

  #retainedValue(
    stageKey: string,
    name: string,
    message: TopicMessage,
    { ttlSeconds }: PublishOptions,
  ): RetainedValue {
    const nowMs = this.#hub.topics.wallMs();
    // Microseconds, one apart at least: two values of one millisecond have an order.
    this.#lastVersion = Math.max(this.#lastVersion + 1, Math.floor(nowMs) * 1000);
    const expiresAtMs = ttlSeconds === 0 ? Number.POSITIVE_INFINITY : nowMs + ttlSeconds * 1000;
    return {
      stageKey,
      name,
      ...message,
      version: this.#lastVersion,
      process: this.#hub.process,
      expiresAtMs,
    };
  }

  /** Asks the process that an id names. */
  #owner<T>(id: string, body: Body): Promise<T | CallFailure> | T | 'gone' {
    const place = placeOf(id);
    if (place === null || place.node !== this.#hub.node) return 'gone';
    if (place.process === this.#hub.process) return performCall(this.#hub, body) as T;
    return this.#ask<T>(place.process, body);
  }

  /** Asks every process; leaves out those that do not answer. */
  async #askAll<T>(body: Body): Promise<T[]> {
    const others = await Promise.all(this.#peers.numbers().map((number) => this.#ask<T>(number, body)));
    const here = performCall(this.#hub, body) as T;
    return [here, ...others.filter((row) => typeof row !== 'string')] as T[];
  }

  #ask<T>(number: number, body: Body): Promise<T | CallFailure> {
    return new Promise((resolve) => {
      this.#peers.call(number, body, (result, failure) => resolve(failure ?? (result as T)));
    });
  }
}
