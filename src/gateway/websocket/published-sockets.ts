// The WebSocket stages of a published state: compiled where they changed, and switched to with one assignment each.

import type { PublishedState, PublishedV2Stage, V2Snapshot } from '../../resources/index.ts';
import { closings } from './frames.ts';
import type { Hub, StageHandle } from './hub.ts';
import { compileWebSocketStage, type SocketSource, type SocketTools, type WebSocketStage } from './plan.ts';

export interface PublishedSocketStage {
  readonly handle: StageHandle;
  readonly stage: WebSocketStage;
  /** Equal identities mean equal stages. */
  readonly identity: string;
}

/** `{api id}/{stage name}` -> what is served. */
export type PublishedSockets = ReadonlyMap<string, PublishedSocketStage>;

/**
 * Compiles one stage, unless it is as it was. Its handle is the one that open connections hold.
 * @param read - gives the snapshot of a content hash; throws when it cannot be read
 */
export function socketStage(
  published: PublishedV2Stage,
  state: PublishedState,
  before: PublishedSockets,
  read: (hash: string) => V2Snapshot,
  tools: SocketTools,
): PublishedSocketStage {
  const source = sourceOf(published, state);
  const identity = JSON.stringify(source);
  const old = before.get(keyOf(published));
  if (old !== undefined && old.identity === identity) return old;
  const stage = compileWebSocketStage(source, read(published.deploymentHash), tools);
  return { handle: old?.handle ?? newHandle(stage, tools), stage, identity };
}

function newHandle({ apiId, apiName, stageName }: WebSocketStage, { sockets }: SocketTools): StageHandle {
  const traffic = sockets.socketTraffic(apiId, apiName, stageName);
  return { apiId, stageName, current: null, last: null, connectionCount: 0, traffic };
}

export const keyOf = ({ apiId, stage }: PublishedV2Stage): string => `${apiId}/${stage.stageName}`;

function sourceOf(published: PublishedV2Stage, state: PublishedState): SocketSource {
  return {
    accountId: state.accountId,
    region: state.region,
    accountThrottle: state.accountThrottle,
    apiId: published.apiId,
    stage: published.stage,
    deploymentHash: published.deploymentHash,
    clientCertificate: published.clientCertificate ?? null,
  };
}

/** From now on open connections go by `after`; those of a stage that is gone are closed. */
export function switchSockets(before: PublishedSockets, after: PublishedSockets, hub: Hub): void {
  for (const { handle, stage } of after.values()) handle.current = stage;
  for (const [key, { handle, stage }] of before) {
    if (after.has(key)) continue;
    handle.current = null;
    handle.last = stage;
    hub.topics.forgetStage(key);
  }
  const { code, reason } = closings.stageGone;
  for (const [key, { handle }] of before)
    if (!after.has(key) && handle.connectionCount > 0)
      for (const session of hub.sessions())
        if (session.apiId === handle.apiId && session.stageName === handle.stageName)
          session.close(code, reason);
}

/** Gives back to the throttle what the stages of `before` held and those of `after` do not. */
export function releaseSockets(before: PublishedSockets, after: PublishedSockets): void {
  for (const [key, { stage }] of before) if (after.get(key)?.stage !== stage) stage.close();
}
