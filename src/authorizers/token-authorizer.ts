// Authorizers of type COGNITO_USER_POOLS and JWT: one for each on a stage, shared by its methods.

import type { Exchange } from '../exchange/exchange.ts';
import type { Route } from '../exchange/route.ts';
import { compileSelectionPattern } from '../mapping/index.ts';
import type { Authorizer, JwtIssuer } from '../resources/index.ts';
import { compileIdentitySource, type IdentityReader } from './identity-sources.ts';
import { isSameIssuer } from './jwt/claims.ts';
import { type UserPool, userPoolOf } from './jwt/issuers.ts';
import { publicKeyAlgorithms } from './jwt/jwk.ts';
import { TokenVerifier, type TrustedIssuer } from './jwt/token-verifier.ts';
import type { AuthorizerTools } from './tools.ts';

export interface TokenAuthorizer {
  readonly id: string;
  readonly read: IdentityReader<Exchange>;
  readonly matchesAudience: ((audience: string) => boolean) | null;
  readonly tokens: TokenVerifier;
}

/** User pools sign with this alone; their clocks are AWS's. */
const poolAlgorithms: ReadonlySet<string> = new Set(['RS256']);
const leewaySeconds = 60;

/** @returns what is wrong with its configuration, for the log, where no token can be checked by it */
export function compileTokenAuthorizer(
  authorizer: Authorizer,
  route: Route,
  tools: AuthorizerTools,
): TokenAuthorizer | string {
  const source = authorizer.identitySource || 'method.request.header.Authorization';
  const read = compileIdentitySource(source, route.stageVariables);
  if (read === null) return `"${source}" is no identity source`;
  const trusted = authorizer.type === 'JWT' ? issuersOf(authorizer, tools) : poolsOf(authorizer, tools);
  if (typeof trusted === 'string') return trusted;
  const expression = authorizer.identityValidationExpression ?? '';
  try {
    return {
      id: authorizer.id,
      read,
      matchesAudience: expression === '' ? null : compileSelectionPattern(expression),
      tokens: new TokenVerifier({
        issuerOf: trusted.issuerOf,
        algorithms: () => trusted.algorithms,
        leewaySeconds,
        signatures: tools.signatures,
        revocations: tools.issuers.revocations,
        open: tools.issuers.open,
        nowMs: () => tools.clock.nowMs(),
      }),
    };
  } catch (error) {
    return `The identity validation expression is none: ${(error as Error).message}`;
  }
}

interface Trusted {
  readonly issuerOf: (iss: string) => TrustedIssuer | null;
  readonly algorithms: ReadonlySet<string>;
}

function poolsOf({ providerARNs = [] }: Authorizer, { issuers }: AuthorizerTools): Trusted | string {
  const pools: UserPool[] = [];
  for (const arn of providerARNs) {
    const pool = userPoolOf(arn);
    if (pool === null) return `"${arn}" is no ARN of a user pool`;
    pools.push(pool);
  }
  if (pools.length === 0) return 'The authorizer names no user pool';
  const issuerOf = (iss: string): TrustedIssuer | null => {
    for (const pool of pools) {
      const found = issuers.pool(pool, iss);
      if (found !== null) return found;
    }
    return null;
  };
  // A provider of one's own that stands for the pools may sign with what it likes.
  return {
    issuerOf,
    get algorithms() {
      return issuers.standsForPools ? publicKeyAlgorithms : poolAlgorithms;
    },
  };
}

function issuersOf({ jwtConfiguration = {} }: Authorizer, { issuers }: AuthorizerTools): Trusted | string {
  const { issuer, audience = [], defaultAlgorithms = [] } = jwtConfiguration;
  const named: JwtIssuer[] = [...(jwtConfiguration.issuers ?? [])];
  if (issuer !== undefined) named.push({ issuer, audiences: audience });
  if (named.length === 0) return 'The authorizer names no issuer';
  if (named.some(({ additionalClaims = [] }) => additionalClaims.length > 0))
    return 'Additional claims of issuers are not checked by this release';
  const allowed = defaultAlgorithms.filter((name) => (publicKeyAlgorithms as ReadonlySet<string>).has(name));
  if (allowed.length === 0 && defaultAlgorithms.length > 0)
    return `None of the algorithms ${defaultAlgorithms.join(', ')} is checked by this release`;
  /** By its name, with the slash at its end and without. */
  const trusted = new Map<string, TrustedIssuer>();
  return {
    issuerOf: (iss) => {
      const known = trusted.get(iss);
      if (known !== undefined) return known;
      const found = named.find((one) => isSameIssuer(one.issuer, iss));
      if (found === undefined) return null;
      const { issuer, audiences } = found;
      const made = { issuer, audiences, keys: issuers.discovered(issuer) };
      trusted.set(iss, made);
      return made;
    },
    algorithms: allowed.length === 0 ? publicKeyAlgorithms : new Set(allowed),
  };
}
