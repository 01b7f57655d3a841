// One connection's topics, and what becomes of their messages while it reads too slowly.

import type { SocketTraffic } from '../../exchange/recorder.ts';
import type { Socket } from '../../exchange/socket.ts';
import type { WebSocketSettings } from '../../resources/index.ts';
import type { Topic, TopicMessage } from './topics.ts';

/** A connection as topics see it. */
export interface Member {
  readonly id: string;
  readonly apiId: string;
  readonly stageName: string;
  /** null before the handshake is done, and after the end. */
  readonly socket: Socket | null;
  /** null when its stage is going. */
  readonly settings: WebSocketSettings | null;
  /** Of its stage. */
  readonly traffic: SocketTraffic;
  /** null until it joins its first topic: most connections never do. */
  membership: Membership | null;
  close(code: number, reason: string): boolean;
}

/** Topics change it, and nobody else. */
export class Membership {
  /** Also those that it will be in when its handshake is done. */
  readonly names = new Set<string>();
  /** Reads too slowly: what is published goes to the stash, or nowhere, until it has caught up. */
  isLagging = false;
  /** The newest message of each topic that waits, oldest first; null when nothing may wait. */
  stash: Map<Topic, TopicMessage> | null = null;
  /** Messages that a newer one of the same topic took the place of. */
  conflatedCount = 0;
  /** Messages that were not kept for it. */
  droppedCount = 0;
}
