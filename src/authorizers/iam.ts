// AWS_IAM: a signature, then the caller's policies and the API's together.

import { isRefusal } from '../base/sigv4/index.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Outcome, Phase } from '../exchange/phase.ts';
import { isWithinLimits } from '../policy/index.ts';
import { combine } from './decision.ts';
import { authorizationOf, deniedByPolicy, deniedBySignature, type MethodAccess } from './method-access.ts';
import { decideSigner } from './resource-policy.ts';
import { type ClaimedSignature, claimedSignature, provenSignature } from './signature.ts';
import type { AuthorizerTools } from './tools.ts';

/**
 * The signature covers the body: it is read here, and kept for the phases that follow. Who cannot have signed the head
 * is refused before that.
 */
export function compileIam(access: MethodAccess, region: string, tools: AuthorizerTools): Phase {
  const { clock, credentials } = tools;
  const conclude = (exchange: Exchange, claimed: ClaimedSignature): Outcome => {
    const refusal = provenSignature(claimed, exchange.requestBody, credentials);
    if (refusal !== null) return deniedBySignature(exchange, refusal);
    const { signer } = claimed;
    const authorization = authorizationOf(exchange);
    authorization.caller = signer.caller;
    authorization.rights = signer.rights;
    authorization.authenticateStatus = 200;
    const arn = access.arnOf(exchange);
    const request = access.requestOf(exchange, arn, signer);
    const rule = signer.caller.accountId === exchange.route.accountId ? 'either' : 'both';
    const byResource = access.byResource(exchange, request);
    const combined = combine(
      rule,
      decideSigner(signer, request),
      // A session's policies are what it may do at most, whoever allows it.
      byResource === 'allow' && signer.isSession && !isWithinLimits(signer.permissions, request)
        ? 'none'
        : byResource,
    );
    if (combined !== 'allow')
      return deniedByPolicy(exchange, arn, signer.caller, combined === 'explicit deny');
    authorization.authorizeStatus = 200;
    return undefined;
  };
  return (exchange) => {
    const claimed = claimedSignature(exchange.request, { region, nowMs: clock.nowMs(), credentials });
    if (isRefusal(claimed)) return deniedBySignature(exchange, claimed);
    const { body } = exchange.downstream;
    // Rules of a web ACL have read it where they look at bodies.
    if (body === null || exchange.requestBody !== null) return conclude(exchange, claimed);
    return new Promise<Outcome>((resolve, reject) => {
      body.collect((bytes) => {
        // null: the listener answered 413, or nobody is there to answer.
        if (bytes === null) {
          resolve('answered');
          return;
        }
        exchange.requestBody = bytes;
        try {
          resolve(conclude(exchange, claimed));
        } catch (error) {
          reject(error);
        }
      });
    });
  };
}
