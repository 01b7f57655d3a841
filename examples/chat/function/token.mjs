// A token says a name and when it ends, and is signed with a secret that the page's server and the authorizer share.

import { createHmac, timingSafeEqual } from 'node:crypto';

const livesMs = 12 * 3_600_000;

export function tokenFor(name, secret, nowMs = Date.now()) {
  const claim = Buffer.from(JSON.stringify({ name, until: nowMs + livesMs })).toString('base64url');
  return `${claim}.${signatureOf(claim, secret)}`;
}

/** The name that a token says; null when it is forged or over. */
export function nameOf(token, secret, nowMs = Date.now()) {
  const [claim = '', signature = ''] = token.split('.');
  const [given, expected] = [Buffer.from(signature), Buffer.from(signatureOf(claim, secret))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const { name, until } = JSON.parse(Buffer.from(claim, 'base64url').toString());
  return until > nowMs ? name : null;
}

const signatureOf = (claim, secret) => createHmac('sha256', secret).update(claim).digest('base64url');
