// CUSTOM: a Lambda authorizer is asked, then its policy and the API's decide together. The API's may end the matter before.

import type { Authorization } from '../exchange/authorization.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { type Failure, failures } from '../exchange/gateway-response.ts';
import type { Outcome, Phase } from '../exchange/phase.ts';
import type { AccessRequest, Decision } from '../policy/index.ts';
import { combine } from './decision.ts';
import type { Asked, LambdaAuthorizer } from './lambda-authorizer.ts';
import { type Reply, tracedAnswer } from './lambda-call.ts';
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
}

/** @param noteKey - puts the API key on the exchange, of methods that require one: authorizers are told of it */
export function compileCustom(
  access: MethodAccess,
  authorizer: LambdaAuthorizer,
  noteKey: ((exchange: Exchange) => void) | null,
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
    const asking: Asking = { exchange, authorization, request, resource };
    const asked = authorizer.ask(exchange, arn);
    switch (asked.kind) {
      case 'kept':
        return granted(asking, asked.grant);
      case 'unauthorized':
        return unauthorized(asking);
      case 'asked':
        return answered(asking, asked, authorizer, tools);
    }
  };
}

function answered(
  asking: Asking,
  { reply, abort }: Extract<Asked, { kind: 'asked' }>,
  { endpoint }: LambdaAuthorizer,
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
  if (reply.refusal === 'unauthorized') return unauthorized(asking);
  log?.error(`Execution failed due to configuration error: ${reply.detail}`);
  return refused(
    asking,
    reply.refusal === 'configuration' ? failures.authorizerConfigurationError : failures.authorizerFailure,
    reply.detail,
  );
}

/** The policy is the answer's, the question this request's: what is kept was given for another. */
function granted({ exchange, authorization, request, resource }: Asking, grant: Grant): Outcome {
  const { log } = exchange;
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

function unauthorized(asking: Asking): Failure {
  asking.exchange.log?.error(`Unauthorized request: ${asking.exchange.requestId}`);
  return refused(asking, failures.unauthorized, failures.unauthorized.message!);
}

function refused({ authorization }: Asking, failure: Failure, error: string): Failure {
  authorization.authorizerStatus = failure.status;
  authorization.authorizerError = error;
  return failure;
}
