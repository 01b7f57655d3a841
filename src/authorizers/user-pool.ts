// COGNITO_USER_POOLS and JWT: a token of an issuer that the authorizer trusts, with the scopes that the method asks for; then
// the policy of the API, which must allow by itself. See auth reference, section 4; data-plane reference, section 4.

import type { Exchange } from '../exchange/exchange.ts';
import { type Failure, failures } from '../exchange/gateway-response.ts';
import type { Outcome, Phase } from '../exchange/phase.ts';
import { combine } from './decision.ts';
import { bearerToken } from './identity-sources.ts';
import { type Claims, scopesOf } from './jwt/claims.ts';
import type { TokenAnswer, TokenRefusal, TokenVerifier, VerifiedToken } from './jwt/token-verifier.ts';
import { authorizationOf, deniedByPolicy, type MethodAccess } from './method-access.ts';

/** What one method asks of a token. */
export interface TokenDemands {
  /** Any of them; empty: an identity token will do. */
  readonly scopes: readonly string[];
  /** `aud` must match it; null: not asked. */
  readonly matchesAudience: ((audience: string) => boolean) | null;
  readonly read: (exchange: Exchange) => string | null;
}

export function compileUserPool(
  access: MethodAccess,
  authorizerId: string,
  demands: TokenDemands,
  tokens: TokenVerifier,
): Phase {
  return (exchange) => {
    const { log } = exchange;
    log?.info(`Starting authorizer: ${authorizerId} for request: ${exchange.requestId}`);
    const given = demands.read(exchange);
    if (given === null) return unauthorized(exchange, 'the identity source is missing');
    const answer = tokens.check(bearerToken(given));
    const conclude = (known: TokenAnswer): Outcome =>
      'claims' in known
        ? admitted(exchange, known, demands, access)
        : note(exchange, failureOf[known.kind], known.detail);
    return answer instanceof Promise ? answer.then(conclude) : conclude(answer);
  };
}

function admitted(
  exchange: Exchange,
  { claims, shown }: VerifiedToken,
  { scopes, matchesAudience }: TokenDemands,
  access: MethodAccess,
): Outcome {
  const use = claims.token_use;
  if (scopes.length === 0 && use !== undefined && use !== 'id')
    return unauthorized(exchange, 'without scopes an identity token is asked for');
  if (scopes.length > 0) {
    if (use !== undefined && use !== 'access')
      return unauthorized(exchange, 'for its scopes an access token is asked for');
    const held = scopesOf(claims);
    if (!scopes.some((scope) => held.has(scope)))
      return unauthorized(exchange, 'the token holds none of the scopes');
  }
  if (matchesAudience !== null && !audiencesOf(claims).some(matchesAudience))
    return unauthorized(exchange, 'the audience does not match the identity validation expression');
  const authorization = authorizationOf(exchange);
  authorization.claims = shown;
  authorization.authorizerStatus = 200;
  // Few APIs have a policy: without one nothing is made for it (0.3 us).
  const resource = access.apiPolicy === null ? null : access.byResource(exchange, access.anonymous(exchange));
  const combined = combine('resource', 'none', resource);
  if (combined !== 'allow')
    return deniedByPolicy(exchange, access.arnOf(exchange), null, combined === 'explicit deny');
  authorization.authorizeStatus = 200;
  exchange.log?.info('Successfully completed authorizer execution');
  return undefined;
}

const audiencesOf = ({ aud, client_id: clientId }: Claims): string[] =>
  [aud ?? clientId ?? []].flat().map(String);

const failureOf: Readonly<Record<TokenRefusal['kind'], Failure>> = {
  wrong: failures.unauthorized,
  expired: failures.expiredIdentityToken,
  unavailable: failures.authorizerConfigurationError,
  overloaded: failures.overloaded,
};

const unauthorized = (exchange: Exchange, detail: string): Failure =>
  note(exchange, failures.unauthorized, detail);

function note(exchange: Exchange, failure: Failure, detail: string): Failure {
  const authorization = authorizationOf(exchange);
  authorization.authorizerStatus = failure.status;
  authorization.authorizerError = detail;
  exchange.log?.error(`Unauthorized request: ${exchange.requestId}: ${detail}`);
  return failure;
}
