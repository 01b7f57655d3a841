// CUSTOM: somebody is asked about the caller, then the answer's policy and the API's decide together. The API's may end the
// matter before.

import type { Authorization } from '../exchange/authorization.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { type Failure, failures } from '../exchange/gateway-response.ts';
import type { Outcome, Phase } from '../exchange/phase.ts';
import type { AccessRequest, Decision } from '../policy/index.ts';
import type { Reply } from './asker.ts';
import type { Asked, AskingAuthorizer } from './asking-authorizer.ts';
import { combine } from './decision.ts';
import { tracedAnswer } from './lambda-call.ts';
import type { Grant } from './lambda-grant.ts';
import { authorizationOf, deniedByAuthorizer, deniedByPolicy, type MethodAccess } from './method-access.ts';
import { decide } from './resource-policy.ts';
import type { AuthorizerTools } from './tools.ts';

/** Longer ones no policy could name. */
const methodArnCharactersMax = 1_600;

/** A request whose authorizer was asked. */
interface Asking {
  readonly exchange: Exchange;
  readonly authorization: Authorization;
  readonly request: AccessRequest;
  readonly resource: Decision | null;
  readonly scopes: readonly string[];
}

export interface CustomDemands {
  /** Any of them, of callers whose scopes are known. */
  readonly scopes: readonly string[];
  /** Puts the API key on the exchange, of methods that require one: authorizers are told of it. */
  readonly noteKey: ((exchange: Exchange) => void) | null;
}

export function compileCustom(
  access: MethodAccess,
  authorizer: AskingAuthorizer,
  { scopes, noteKey }: CustomDemands,
  tools: AuthorizerTools,
): Phase {
  return (exchange) => {
    const arn = access.arnOf(exchange);
    const request = access.requestOf(exchange, arn, null);
    const resource = access.byResource(exchange, request);
    if (resource === 'deny') return deniedByPolicy(exchange, arn, null, true);
    exchange.log?.info(`Starting authorizer: ${authorizer.id} for request: ${exchange.requestId}`);
    if (arn.length > methodArnCharactersMax) {
      exchange.log?.error('The ARN of the method is too long for an authorizer');
      return failures.methodArnTooLong;
    }
    const authorization = authorizationOf(exchange);
    noteKey?.(exchange);
    const asking: Asking = { exchange, authorization, request, resource, scopes };
    const asked = authorizer.ask(exchange, arn);
    switch (asked.kind) {
      case 'kept':
        return granted(asking, asked.grant);
      case 'unauthorized':
        return unauthorized(asking, '');
      case 'asked':
        return answered(asking, asked, authorizer, tools);
    }
  };
}

function answered(
  asking: Asking,
  { reply, abort }: Extract<Asked, { kind: 'asked' }>,
  { endpoint }: AskingAuthorizer,
  tools: AuthorizerTools,
): Promise<Outcome> {
  const { exchange } = asking;
  const { log, downstream } = exchange;
  if (log?.dataTrace === true) log.info('Incoming identity: ********');
  log?.info(`Sending request to ${endpoint}`);
  return new Promise<Outcome>((resolve, reject) => {
    downstream.onAbort(() => {
      abort();
      tools.finish(exchange);
      resolve('answered');
    });
    reply
      .then((answer) => (downstream.aborted ? 'answered' : conclude(asking, answer)))
      .then(resolve, reject);
  });
}

function conclude(asking: Asking, reply: Reply): Outcome {
  const { exchange, authorization } = asking;
  const { log } = exchange;
  authorization.authorizerLatencyMs = reply.latencyMs;
  authorization.authorizerIntegrationStatus = reply.integrationStatus;
  authorization.authorizerRequestId = reply.requestId;
  if (log?.dataTrace === true && reply.payload !== null)
    log.info(`Authorizer result body before parsing: ${tracedAnswer(reply)}`);
  if (reply.grant !== null) return granted(asking, reply.grant);
  if (reply.refusal === 'unauthorized') return unauthorized(asking, reply.detail);
  log?.error(`Execution failed due to configuration error: ${reply.detail}`);
  return refused(
    asking,
    reply.refusal === 'configuration' ? failures.authorizerConfigurationError : failures.authorizerFailure,
    reply.detail,
  );
}

/** The policy is the answer's, the question this request's: what is kept was given for another. */
function granted(asking: Asking, grant: Grant): Outcome {
  const { exchange, authorization, request, resource, scopes } = asking;
  const { log } = exchange;
  if (grant.scopes !== null && scopes.length > 0 && !scopes.some((scope) => grant.scopes!.has(scope)))
    return unauthorized(asking, 'the token holds none of the scopes');
  authorization.authorizer = grant;
  authorization.authorizerStatus = 200;
  const combined = combine('either', decide([grant.policy], request), resource);
  if (combined !== 'allow') return deniedByAuthorizer(exchange, combined === 'explicit deny');
  authorization.authorizeStatus = 200;
  if (log !== null) {
    log.info('Using valid authorizer policy for principal: ********');
    log.info('Successfully completed authorizer execution');
  }
  return undefined;
}

function unauthorized(asking: Asking, detail: string): Failure {
  const why = detail === '' ? '' : `: ${detail}`;
  asking.exchange.log?.error(`Unauthorized request: ${asking.exchange.requestId}${why}`);
  return refused(asking, failures.unauthorized, failures.unauthorized.message!);
}

function refused({ authorization }: Asking, failure: Failure, error: string): Failure {
  authorization.authorizerStatus = failure.status;
  authorization.authorizerError = error;
  return failure;
}
