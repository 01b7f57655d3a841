// Tokens that are good no longer, though they are signed and have not ended.

/** Claims by which tokens are named: one token, all of somebody, of a session, of a client. */
export const revocableClaims = ['jti', 'sub', 'sid', 'client_id'] as const;
export type RevocableClaim = (typeof revocableClaims)[number];

export interface TokenRevocation {
  readonly id: string;
  readonly claim: RevocableClaim;
  readonly value: string;
  /** null: of any issuer. */
  readonly issuer: string | null;
  /** Tokens that were issued then or before, Unix seconds; null: whenever. */
  readonly issuedUntil: number | null;
  /** ISO 8601. */
  readonly createdDate: string;
  /** ISO 8601: forgotten then. All that it is about must have ended by itself. */
  readonly expiresDate: string;
}

/** Each process holds them all, and a publish writes them all. */
export const revocationsMax = 10_000;
