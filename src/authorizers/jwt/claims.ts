// What a verified token must say before it is anybody's: issuer, audience, times. See RFC 7519, and auth reference,
// section 4; HTTP API reference, section 4.1.

import type { TokenClaims } from '../../exchange/authorization.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface ClaimRules {
  /** Any of them. */
  readonly issuers: readonly string[];
  /** Any of them, in `aud`, or in `client_id` where there is no `aud`; null: not asked. */
  readonly audiences: readonly string[] | null;
  /** Seconds by which clocks may differ. */
  readonly leewaySeconds: number;
}

/** `expired`: everything else was right. */
export interface ClaimProblem {
  readonly kind: 'wrong' | 'expired';
  /** For the log. */
  readonly detail: string;
}

const wrong = (detail: string): ClaimProblem => ({ kind: 'wrong', detail });

/** @param nowMs - wall time @returns null when the token may be used now */
export function claimProblem(claims: Claims, rules: ClaimRules, nowMs: number): ClaimProblem | null {
  const { iss, exp, nbf, iat } = claims;
  const { issuers, audiences, leewaySeconds } = rules;
  if (typeof iss !== 'string' || !issuers.some((issuer) => isSameIssuer(issuer, iss))) return wrong('issuer');
  if (audiences !== null && !audiences.some((audience) => isFor(claims, audience))) return wrong('audience');
  const now = nowMs / 1000;
  // A token without an end would be good for ever.
  if (!isTime(exp)) return wrong('exp is no time');
  if (nbf !== undefined && !(isTime(nbf) && nbf <= now + leewaySeconds)) return wrong('nbf is in the future');
  if (iat !== undefined && !(isTime(iat) && iat <= now + leewaySeconds)) return wrong('iat is in the future');
  return exp + leewaySeconds > now ? null : { kind: 'expired', detail: 'the token has expired' };
}

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** Whether two texts name one issuer. Configurations are written with a slash at the end and without. */
export const isSameIssuer = (a: string, b: string): boolean => a === b || withoutSlash(a) === withoutSlash(b);
export const withoutSlash = (text: string): string => (text.endsWith('/') ? text.slice(0, -1) : text);

/** Whether a token is for somebody: by `aud`, or by `client_id` where there is no `aud`. */
export function isFor({ aud, client_id: clientId }: Claims, audience: string): boolean {
  if (aud === undefined) return clientId === audience;
  return Array.isArray(aud) ? aud.includes(audience) : aud === audience;
}

/** Scopes that a token carries: `scope` as text, or `scp` as a list. */
export function scopesOf({ scope, scp }: Claims): ReadonlySet<string> {
  const given = scope ?? scp;
  if (typeof given === 'string') return new Set(given.split(' ').filter((one) => one !== ''));
  return new Set(Array.isArray(given) ? given.filter((one) => typeof one === 'string') : []);
}

/** The claims as templates, events and logs see them: made when somebody first asks, and then for all requests with the token. */
export class ShownClaims implements TokenClaims {
  readonly #claims: Claims;
  #texts: Readonly<Record<string, string>> | null = null;
  #json: string | null = null;

  constructor(claims: Claims) {
    this.#claims = claims;
  }

  texts(): Readonly<Record<string, string>> {
    if (this.#texts !== null) return this.#texts;
    const made: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries(this.#claims)) made[name] = claimText(value);
    this.#texts = made;
    return made;
  }

  json(): string {
    this.#json ??= JSON.stringify(this.texts());
    return this.#json;
  }
}

/** `$context.authorizer.claims.NAME`: AWS gives every claim as text; lists in brackets, as Java prints them. */
export function claimText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(claimText).join(' ')}]`;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
