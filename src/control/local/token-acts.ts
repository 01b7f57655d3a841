// Tokens that are taken back before their end, for `sluice tokens`. AWS has no such operation: there each service looks.

import {
  type RevocableClaim,
  revocableClaims,
  revocationsMax,
  type TokenRevocation,
} from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { ControlPlane } from '../control-plane.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';

export interface RevokeTokens {
  readonly claim: RevocableClaim;
  readonly value: string;
  readonly issuer?: string;
  /** Only those issued until then, Unix seconds. */
  readonly issuedUntil?: number;
  /** How long it is known: at least as long as such tokens live. */
  readonly keepSeconds: number;
}

const charactersMax = 2_048;

export const tokenActs = {
  /** When it resolves, the next request with such a token is refused. @throws (rejects) BadRequestException */
  revokeTokens: (wanted: RevokeTokens, { services }: ControlPlane): Promise<TokenRevocation> => {
    const { claim, value, issuer = null, issuedUntil = null, keepSeconds } = wanted;
    if (!revocableClaims.includes(claim)) throw badRequest(`Tokens cannot be revoked by "${String(claim)}"`);
    if (value === '' || value.length > charactersMax || (issuer?.length ?? 0) > charactersMax)
      throw badRequest(`A value has 1 to ${charactersMax} characters`);
    return services.store.write((transaction) => {
      const now = services.now();
      forgetExpired(transaction, now);
      if (transaction.list('tokenRevocation', '').length >= revocationsMax)
        throw badRequest(
          `There are ${revocationsMax} revocations already: revoke by subject or client, or make new keys`,
        );
      const revocation: TokenRevocation = {
        id: services.newId(10),
        claim,
        value,
        issuer,
        issuedUntil,
        createdDate: now,
        expiresDate: new Date(Date.parse(now) + keepSeconds * 1_000).toISOString(),
      };
      transaction.put('tokenRevocation', '', revocation.id, revocation);
      return revocation;
    });
  },

  /** Those that are not over. */
  listRevocations: (_: undefined, { services }: ControlPlane): TokenRevocation[] =>
    services.store.view
      .list('tokenRevocation', '')
      .filter(({ expiresDate }) => expiresDate > services.now())
      .sort((a, b) => (a.createdDate < b.createdDate ? -1 : 1)),

  /** @throws (rejects) NotFoundException */
  removeRevocation: ({ id }: { id: string }, { services }: ControlPlane): Promise<void> =>
    services.store.write((transaction) => {
      if (transaction.get('tokenRevocation', '', id) === undefined)
        throw notFound(`There is no revocation "${id}"`);
      transaction.remove('tokenRevocation', '', id);
    }),
} as const;

function forgetExpired(transaction: Transaction, now: string): void {
  for (const { id, expiresDate } of transaction.list('tokenRevocation', ''))
    if (expiresDate <= now) transaction.remove('tokenRevocation', '', id);
}
