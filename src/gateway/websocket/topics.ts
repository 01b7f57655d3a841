// Topics of this process: who is in them, and how a message reaches all of them. Messages go out by uWS's own publish; who
// reads too slowly is taken out of it until it has caught up, and is then told the newest of each topic, or nothing.

import type { Socket } from '../../exchange/socket.ts';
import { closings } from './frames.ts';
import { type Member, Membership } from './membership.ts';
import { Retained, type RetainedValue } from './retained.ts';

export interface TopicMessage {
  readonly message: string | Uint8Array;
  readonly isBinary: boolean;
}

/** What became of a published message. */
export interface Deliveries {
  /** Handed to as many connections. */
  readonly deliveries: number;
  /** Waits for as many that read too slowly; each gets it unless a newer one of the topic comes first. */
  readonly conflated: number;
  /** Not kept for as many that read too slowly. */
  readonly dropped: number;
}

export interface Topic {
  readonly name: string;
  /** What uWS knows it by: topics are their stage's own. */
  readonly key: string;
  readonly stage: TopicStage;
  readonly members: Set<Member>;
  readonly lagging: Set<Member>;
  /** `stage.publishedBytes` when the members were last looked at. */
  sweptAtBytes: number;
  /** Wall time of the last message. */
  publishedMs: number;
}

interface TopicStage {
  readonly key: string;
  readonly topics: Map<string, Topic>;
  /** Of all messages, each once. */
  publishedBytes: number;
}

export interface TopicsOptions {
  /** To all sockets of this process that joined. */
  readonly publish: (key: string, message: string | Uint8Array, isBinary: boolean) => void;
  readonly wallMs: () => number;
  readonly retained?: Retained;
}

export type Joined = 'joined' | 'already' | 'full' | 'gone';

const none: Deliveries = Object.freeze({ deliveries: 0, conflated: 0, dropped: 0 });
/** How much of what may be buffered is published at most before readers are looked at again. */
const sweptShare = 1 / 4;

export const stageKeyOf = (apiId: string, stageName: string): string => `${apiId}/${stageName}`;

export class LocalTopics {
  readonly retained: Retained;
  readonly #options: TopicsOptions;
  readonly #stages = new Map<string, TopicStage>();

  constructor(options: TopicsOptions) {
    this.#options = options;
    this.retained = options.retained ?? new Retained();
  }

  wallMs(): number {
    return this.#options.wallMs();
  }

  /** A connection that is being opened joins when it is open. */
  join(member: Member, name: string): Joined {
    const { settings } = member;
    if (settings === null) return 'gone';
    member.membership ??= new Membership();
    const { names } = member.membership;
    if (names.has(name)) return 'already';
    if (names.size >= settings.topicsMax) return 'full';
    names.add(name);
    if (member.socket !== null) this.#enter(member, member.membership, member.socket, name);
    return names.has(name) ? 'joined' : 'gone';
  }

  /** @returns false when it was not in it */
  leave(member: Member, name: string): boolean {
    if (member.membership?.names.delete(name) !== true) return false;
    const topic = this.#find(stageKeyOf(member.apiId, member.stageName), name);
    if (topic === null) return true;
    member.socket?.leave(topic.key);
    this.#exit(member, member.membership, topic);
    return true;
  }

  /** The handshake is done. */
  opened(member: Member): void {
    const { membership, socket } = member;
    if (membership === null || socket === null) return;
    for (const name of membership.names) this.#enter(member, membership, socket, name);
  }

  /** Its end: it is in no topic any more. */
  closed(member: Member): void {
    const { membership } = member;
    if (membership === null) return;
    const stageKey = stageKeyOf(member.apiId, member.stageName);
    for (const name of membership.names) {
      const topic = this.#find(stageKey, name);
      if (topic !== null) this.#exit(member, membership, topic);
    }
    membership.names.clear();
  }

  /** What waited for it was sent, or some of it: perhaps it keeps up again. */
  drained(member: Member): void {
    const { membership, socket, settings } = member;
    if (membership?.isLagging !== true || socket === null || settings === null) return;
    if (socket.bufferedBytes > settings.bufferedBytesMax / 2) return;
    for (const [topic, { message, isBinary }] of membership.stash ?? []) {
      membership.stash!.delete(topic);
      socket.send(message, isBinary);
      count([member], 1, bytesOf(message));
      if (socket.bufferedBytes > settings.bufferedBytesMax) return;
    }
    membership.isLagging = false;
    membership.stash = null;
    for (const topic of this.#topicsOf(member, membership)) {
      topic.lagging.delete(member);
      socket.join(topic.key);
    }
  }

  /** @param keep - the value for newcomers that this message is, too */
  publish(
    stageKey: string,
    name: string,
    { message, isBinary }: TopicMessage,
    keep: RetainedValue | null,
  ): Deliveries {
    if (keep !== null) this.retained.set(keep);
    const topic = this.#find(stageKey, name);
    if (topic === null) return none;
    topic.publishedMs = this.#options.wallMs();
    const bytes = bytesOf(message);
    topic.stage.publishedBytes += bytes;
    this.#sweep(topic);
    const { lagging, members } = topic;
    const deliveries = members.size - lagging.size;
    if (deliveries > 0) this.#options.publish(topic.key, message, isBinary);
    count(members, deliveries, bytes);
    if (lagging.size === 0) return { deliveries, conflated: 0, dropped: 0 };
    let conflated = 0;
    for (const member of lagging) if (stash(member, topic, { message, isBinary })) conflated++;
    return { deliveries, conflated, dropped: lagging.size - conflated };
  }

  /** Wall time of the last message to one of a connection's topics; 0 = none. */
  publishedMs(member: Member): number {
    let latestMs = 0;
    if (member.membership !== null)
      for (const { publishedMs } of this.#topicsOf(member, member.membership))
        latestMs = Math.max(latestMs, publishedMs);
    return latestMs;
  }

  /** null when nobody is in it. */
  members(stageKey: string, name: string): ReadonlySet<Member> | null {
    return this.#find(stageKey, name)?.members ?? null;
  }

  /** Those of a stage that have members. */
  list(stageKey: string): Iterable<Topic> {
    return this.#stages.get(stageKey)?.topics.values() ?? [];
  }

  /** The stage is no more. */
  forgetStage(stageKey: string): void {
    this.retained.forgetStage(stageKey);
    if (this.#stages.get(stageKey)?.topics.size === 0) this.#stages.delete(stageKey);
  }

  #find(stageKey: string, name: string): Topic | null {
    return this.#stages.get(stageKey)?.topics.get(name) ?? null;
  }

  *#topicsOf(member: Member, { names }: Membership): Iterable<Topic> {
    const topics = this.#stages.get(stageKeyOf(member.apiId, member.stageName))?.topics;
    for (const name of names) {
      const topic = topics?.get(name);
      if (topic !== undefined) yield topic;
    }
  }

  #enter(member: Member, membership: Membership, socket: Socket, name: string): void {
    // Its last look at the others' topics says nothing of it: without one now, each topic that it joins adds a quarter.
    if (socket.bufferedBytes > (member.settings?.bufferedBytesMax ?? 0)) this.#lags(member, socket);
    if (!membership.names.has(name)) return; // closed for that
    const stageKey = stageKeyOf(member.apiId, member.stageName);
    const topic = this.#find(stageKey, name) ?? this.#create(stageKey, name);
    topic.members.add(member);
    const last = this.retained.get(stageKey, name, this.#options.wallMs());
    if (membership.isLagging) {
      topic.lagging.add(member);
      if (last !== null) stash(member, topic, last);
      return;
    }
    // In this order: what is published from now on comes after it.
    if (last !== null) {
      socket.send(last.message, last.isBinary);
      count([member], 1, bytesOf(last.message));
    }
    socket.join(topic.key);
  }

  #create(stageKey: string, name: string): Topic {
    let stage = this.#stages.get(stageKey);
    if (stage === undefined) {
      stage = { key: stageKey, topics: new Map(), publishedBytes: 0 };
      this.#stages.set(stageKey, stage);
    }
    const topic: Topic = {
      name,
      key: `${stageKey}/${name}`,
      stage,
      members: new Set(),
      lagging: new Set(),
      sweptAtBytes: stage.publishedBytes,
      publishedMs: 0,
    };
    stage.topics.set(name, topic);
    return topic;
  }

  #exit(member: Member, membership: Membership, topic: Topic): void {
    topic.members.delete(member);
    topic.lagging.delete(member);
    membership.stash?.delete(topic);
    if (topic.members.size === 0) topic.stage.topics.delete(topic.name);
  }

  /**
   * Looks for members that read too slowly. A look at each costs a twentieth of sending to it, so they are looked at only
   * when the stage has published a quarter of what may be buffered since the last time: whatever topics a connection is
   * in, no more than five quarters are ever buffered for it.
   */
  #sweep(topic: Topic): void {
    const { stage } = topic;
    for (const { settings } of topic.members) {
      const max = settings?.bufferedBytesMax ?? 0;
      if (stage.publishedBytes - topic.sweptAtBytes < max * sweptShare) return;
      topic.sweptAtBytes = stage.publishedBytes;
      for (const member of topic.members)
        if (member.socket !== null && member.socket.bufferedBytes > max) this.#lags(member, member.socket);
      return;
    }
  }

  #lags(member: Member, socket: Socket): void {
    const membership = member.membership!;
    if (membership.isLagging) return;
    if (member.settings?.slowReader === 'close') {
      member.traffic.closedSlow++;
      member.close(closings.slowReader.code, closings.slowReader.reason);
      return;
    }
    membership.isLagging = true;
    membership.stash = member.settings?.slowReader === 'conflate' ? new Map() : null;
    for (const topic of this.#topicsOf(member, membership)) {
      socket.leave(topic.key);
      topic.lagging.add(member);
    }
  }
}

/** @returns false when nothing is kept for it */
function stash({ membership, traffic }: Member, topic: Topic, message: TopicMessage): boolean {
  if (membership!.stash === null) {
    membership!.droppedCount++;
    traffic.dropped++;
    return false;
  }
  // Anew, so that what waits is in the order in which it was published.
  if (membership!.stash.delete(topic)) {
    membership!.conflatedCount++;
    traffic.conflated++;
  }
  membership!.stash.set(topic, message);
  return true;
}

/** All members are of one stage, and so count in one place. */
function count(members: Iterable<Member>, deliveries: number, bytes: number): void {
  for (const { traffic } of members) {
    traffic.messagesOut += deliveries;
    traffic.bytesOut += deliveries * bytes;
    return;
  }
}

/** As it goes over the wire. */
const bytesOf = (message: string | Uint8Array): number =>
  typeof message === 'string' ? Buffer.byteLength(message) : message.byteLength;
