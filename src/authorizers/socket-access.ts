// A handshake as policies are asked about it.

import type { SocketEvent } from '../exchange/socket-event.ts';
import type { AccessRequest } from '../policy/index.ts';
import { invokeAction } from './method-access.ts';
import { keyOf, type RequestFacts } from './request-keys.ts';
import type { Signer } from './signers.ts';
import type { AuthorizerTools } from './tools.ts';

export type SocketTools = Pick<
  AuthorizerTools,
  'clock' | 'functions' | 'backends' | 'upstream' | 'credentials'
>;

/** @param signer - null: nobody is known */
export function accessRequest(
  event: SocketEvent,
  resource: string,
  signer: Signer | null,
  clock: SocketTools['clock'],
): AccessRequest {
  const { route, session, request } = event;
  const facts: RequestFacts = {
    caller: signer?.caller ?? null,
    accountId: route.accountId,
    region: route.region,
    isTls: request?.downstream.tls ?? false,
    isPrivate: false,
    sourceIp: () => session.sourceIp,
    header: (name) => event.header(name),
    nowMs: () => clock.nowMs(),
  };
  return { action: invokeAction, resource, context: (key) => keyOf(facts, key) };
}
