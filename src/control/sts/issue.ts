// Temporary credentials as the wire has them.

import { type Session, tokenCharactersMax } from '../../base/session-token.ts';
import type { Context } from '../api/handler.ts';
import { ensureSessionKey, sessionKeysOf } from '../identity/session-keys.ts';
import { AwsException } from '../protocol/exceptions.ts';

/**
 * Seals a session. The first that is asked for makes the key, which data planes have before this is answered.
 *
 * @throws PackedPolicyTooLarge 400 when its policies, tags and names are more than a token holds
 */
export async function issue(session: Session, { store, now }: Context) {
  if (store.view.list('sessionKey', '').length === 0)
    await store.write((transaction) => ensureSessionKey(transaction, now()));
  const { accessKeyId, secretAccessKey, sessionToken } = sessionKeysOf(store.view).issue(session)!;
  const percent = Math.ceil((sessionToken.length * 100) / tokenCharactersMax);
  if (percent > 100)
    throw new AwsException(
      'PackedPolicyTooLarge',
      400,
      `Packed size of session policies and tags consumes ${percent}% of allotted space.`,
    );
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(session.expiresAt * 1000).toISOString().replace('.000', ''),
  };
}
