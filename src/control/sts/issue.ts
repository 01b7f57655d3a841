// Temporary credentials as the wire has them.

import type { Session } from '../../base/session-token.ts';
import type { Context } from '../api/handler.ts';
import { ensureSessionKey, sessionKeysOf } from '../identity/session-keys.ts';

/** Seals a session. The first that is asked for makes the key, which data planes have before this is answered. */
export async function issue(session: Session, { store, now }: Context) {
  if (store.view.list('sessionKey', '').length === 0)
    await store.write((transaction) => ensureSessionKey(transaction, now()));
  const { accessKeyId, secretAccessKey, sessionToken } = sessionKeysOf(store.view).issue(session)!;
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(session.expiresAt * 1000).toISOString().replace('.000', ''),
  };
}
