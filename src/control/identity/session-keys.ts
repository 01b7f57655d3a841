// The key that temporary credentials are sealed with, as the store has it.

import { newSealingKey, type OpenedSession, SessionKeys } from '../../base/session-token.ts';
import type { SessionKey } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';

/** By the newest document: keys come and go together, and derived ones are made once (some 20 us). */
const derived = new WeakMap<SessionKey, SessionKeys>();
const nobodys = new SessionKeys([]);

export function sessionKeysOf(view: View): SessionKeys {
  const keys = view.list('sessionKey', '');
  const newest = keys.at(-1);
  if (newest === undefined) return nobodys;
  let known = derived.get(newest);
  if (known === undefined) {
    known = new SessionKeys(keys);
    derived.set(newest, known);
  }
  return known;
}

/** Sessions that were opened lately: the commands of one script have the same. */
const openMax = 1_024;
const opened = new WeakMap<SessionKeys, Map<string, OpenedSession>>();

/** @returns null for what is no token of ours; whether its time is over is not looked at */
export function openSession(view: View, token: string): OpenedSession | null {
  const keys = sessionKeysOf(view);
  const known = opened.get(keys) ?? new Map<string, OpenedSession>();
  opened.set(keys, known);
  const before = known.get(token);
  if (before !== undefined) return before;
  const session = keys.open(token);
  if (session === null) return null;
  if (known.size >= openMax) known.clear();
  known.set(token, session);
  return session;
}

/** Makes the first key, unless there is one. */
export function ensureSessionKey(transaction: Transaction, now: string): void {
  if (transaction.list('sessionKey', '').length === 0) addKey(transaction, now);
}

/** Ends all sessions that there are: what the old keys have sealed nobody opens any more. */
export function replaceSessionKeys(transaction: Transaction, now: string): void {
  transaction.removeAll('sessionKey', '');
  addKey(transaction, now);
}

function addKey(transaction: Transaction, createdDate: string): void {
  const { id, key } = newSealingKey();
  transaction.put('sessionKey', '', id, { id, key, createdDate });
}
