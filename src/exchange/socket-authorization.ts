// Who may open a connection: asked at the handshake, kept for all that comes later. Types only; authorizers/ decides.

import type { V2Authorizer, V2Route } from '../resources/index.ts';
import type { PlanMember } from './plan-member.ts';
import type { SocketEvent, SocketIdentity } from './socket-event.ts';

export type ConnectDecision =
  | {
      readonly allow: true;
      readonly identity: SocketIdentity;
      /** Whose limits hold; absent where no usage plan counts it. */
      readonly planMember?: PlanMember | null;
    }
  | {
      readonly allow: false;
      /** 401, 403 or 500. */
      readonly status: number;
      /** `$context.error.message`, and the answer's. */
      readonly message: string;
      /** `$context.error.responseType` */
      readonly type: string;
    };

export interface SocketAuthorization {
  /**
   * Decides about a handshake: authorization type, then the API key where the route asks for one. Never throws.
   * @param authorizer - the route's, if it has one
   * @param apiKey - what the API's selection expression gives, which may look at what the authorizer said; null = none
   */
  authorize(
    route: V2Route,
    authorizer: V2Authorizer | null,
    event: SocketEvent,
    apiKey: (identity: SocketIdentity) => string | null,
  ): ConnectDecision | Promise<ConnectDecision>;
}
