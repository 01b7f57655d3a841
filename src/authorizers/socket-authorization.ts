// Who may open a WebSocket: NONE, AWS_IAM, or a REQUEST authorizer, then the API key where the route asks for one. Asked at
// the handshake alone; nothing is kept but on the connection. See WebSocket reference, section 6.

import { isRefusal } from '../base/sigv4/index.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { ConnectDecision, SocketAuthorization } from '../exchange/socket-authorization.ts';
import { anonymous, type SocketEvent, type SocketIdentity } from '../exchange/socket-event.ts';
import type { SocketRoute } from '../exchange/socket-route.ts';
import type { V2Authorizer, V2Route } from '../resources/index.ts';
import { goodApiKey } from './api-key.ts';
import { invokeAction } from './method-access.ts';
import { notAuthorizedText, stageArn } from './method-arn.ts';
import { decideSigner } from './resource-policy.ts';
import { claimedSignature, provenSignature } from './signature.ts';
import { accessRequest, type SocketTools } from './socket-access.ts';
import { compileSocketAuthorizer, type SocketAuthorizer } from './socket-authorizer.ts';

type Refused = Extract<ConnectDecision, { allow: false }>;

export function createSocketAuthorization(tools: SocketTools): SocketAuthorization {
  /** By route: an object of one compiled stage, with which it goes. A route has one authorizer. */
  const compiled = new WeakMap<SocketRoute, SocketAuthorizer | string>();
  const authorizerFor = (authorizer: V2Authorizer, { route }: SocketEvent): SocketAuthorizer | string => {
    const known = compiled.get(route);
    if (known !== undefined) return known;
    const made = compileSocketAuthorizer(authorizer, route, tools);
    compiled.set(route, made);
    return made;
  };

  function identify(
    route: V2Route,
    authorizer: V2Authorizer | null,
    event: SocketEvent,
  ): ConnectDecision | Promise<ConnectDecision> {
    switch (route.authorizationType) {
      case 'NONE':
        return { allow: true, identity: anonymous };
      case 'AWS_IAM':
        return bySignature(event, tools);
      case 'CUSTOM': {
        if (authorizer === null)
          return misconfigured(event, `The authorizer "${route.authorizerId}" is not there`);
        const asked = authorizerFor(authorizer, event);
        return typeof asked === 'string' ? misconfigured(event, asked) : asked.ask(event);
      }
      default:
        return misconfigured(event, `Authorization type ${route.authorizationType} is not served`);
    }
  }

  const finish = (
    decision: ConnectDecision,
    route: V2Route,
    event: SocketEvent,
    apiKey: (identity: SocketIdentity) => string | null,
  ): ConnectDecision =>
    decision.allow && route.apiKeyRequired ? withApiKey(decision.identity, event, apiKey, tools) : decision;

  return {
    authorize: (route, authorizer, event, apiKey) => {
      try {
        const decision = identify(route, authorizer, event);
        return decision instanceof Promise
          ? decision.then((late) => finish(late, route, event, apiKey)).catch((error) => bug(event, error))
          : finish(decision, route, event, apiKey);
      } catch (error) {
        return bug(event, error);
      }
    },
  };
}

/** @see auth reference, section 1 */
function bySignature(event: SocketEvent, { clock, credentials }: SocketTools): ConnectDecision {
  const { request, route } = event;
  if (request === null) return misconfigured(event, 'Only a handshake can be signed');
  const claimed = claimedSignature(request, { region: route.region, nowMs: clock.nowMs(), credentials });
  if (isRefusal(claimed)) return unsigned(event, claimed.type, claimed.message);
  const refusal = provenSignature(claimed, null, credentials);
  if (refusal !== null) return unsigned(event, refusal.type, refusal.message);
  const { signer } = claimed;
  const { caller } = signer;
  const resource = stageArn(route) + route.routeKey;
  const decision = decideSigner(signer, accessRequest(event, resource, signer, clock));
  // There is no policy of the API that could let callers of other accounts in.
  if (decision === 'allow' && caller.accountId === route.accountId)
    return {
      allow: true,
      identity: {
        authorizer: null,
        identity: {
          accountId: caller.accountId,
          accessKey: caller.accessKeyId,
          caller: caller.userId,
          user: caller.userId,
          userArn: caller.arn,
        },
      },
    };
  event.log?.error('The client is not authorized to perform this operation.');
  return {
    allow: false,
    status: failures.accessDenied.status,
    type: failures.accessDenied.type,
    message: notAuthorizedText(caller.arn, invokeAction, resource, decision === 'deny'),
  };
}

function unsigned(event: SocketEvent, errorType: string, message: string): Refused {
  event.log?.error(`Unauthorized request: ${event.requestId}`);
  const isMissing = errorType === failures.missingAuthenticationToken.errorType;
  const { type } = isMissing ? failures.missingAuthenticationToken : failures.invalidSignature;
  return { allow: false, status: 403, type, message };
}

function withApiKey(
  identity: SocketIdentity,
  event: SocketEvent,
  apiKey: (identity: SocketIdentity) => string | null,
  { credentials }: SocketTools,
): ConnectDecision {
  const value = apiKey(identity);
  const { apiId, stageName } = event.route;
  const good = goodApiKey(credentials, value, `${apiId}/${stageName}`);
  if (value === null || good === null) {
    event.log?.error('API Key not authorized: it is not associated with a usage plan of this stage');
    const { status, type, message } = failures.invalidApiKey;
    return { allow: false, status, type, message: message! };
  }
  const withKey = { ...identity.identity, apiKey: value, apiKeyId: good.id };
  const allowed = { authorizer: identity.authorizer, identity: withKey };
  const { planMember } = good;
  return { allow: true, identity: allowed, ...(planMember === null ? {} : { planMember }) };
}

function misconfigured(event: SocketEvent, reason: string): Refused {
  event.log?.error(`Execution failed due to configuration error: ${reason}`);
  return { allow: false, status: 500, type: 'AUTHORIZER_CONFIGURATION_ERROR', message: internal };
}

const internal = 'Internal server error';

function bug(event: SocketEvent, error: unknown): Refused {
  event.log?.error(`Execution failed due to an internal error: ${String(error)}`);
  return { allow: false, status: 500, type: 'AUTHORIZER_FAILURE', message: internal };
}
