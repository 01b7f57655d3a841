// Tokens that were taken back before their end, as the published state names them.

import type { TokenRevocation } from '../../resources/index.ts';
import { type Claims, isSameIssuer } from './claims.ts';

export class Revocations {
  #byClaim: ReadonlyMap<string, readonly TokenRevocation[]> = new Map();
  #seen = '';
  /** Grows whenever they have changed: tokens that are remembered are looked at again. */
  revision = 0;

  /** From now on these are known, and no others. */
  adopt(revocations: readonly TokenRevocation[] = []): void {
    const seen = revocations.map(({ id }) => id).join();
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.revision++;
    this.#byClaim = Map.groupBy(revocations, ({ claim, value }) => `${claim}:${value}`);
  }

  /** @param nowMs - wall time */
  isRevoked(claims: Claims, nowMs: number): boolean {
    if (this.#byClaim.size === 0) return false;
    const { jti, sub, sid, client_id: clientId, azp, iss, iat } = claims;
    const named = { jti, sub, sid, client_id: clientId ?? azp };
    return Object.entries(named).some(([claim, value]) =>
      this.#byClaim.get(`${claim}:${value}`)?.some(
        ({ issuer, issuedUntil, expiresDate }) =>
          value !== undefined &&
          (issuer === null || (typeof iss === 'string' && isSameIssuer(iss, issuer))) &&
          // A token that does not say when it was issued may be as old as any.
          (issuedUntil === null || typeof iat !== 'number' || iat <= issuedUntil) &&
          Date.parse(expiresDate) > nowMs,
      ),
    );
  }
}
