// Web ACLs in front of a stage, over the wire.

import assert from 'node:assert/strict';
import test from 'node:test';
import { bytes, rule, startGuarded, webAcl } from './support.ts';

test('firewall: what a rule blocks is answered as WAF_FILTERED, and all else is let on', async (t) => {
  const { call } = await startGuarded(t, webAcl([rule('no-admin', 0, bytes('/admin', { UriPath: {} }))]));
  const allowed = await call('/a');
  assert.deepEqual([allowed.status, allowed.body], [200, 'open']);
  const blocked = await call('/admin');
  assert.deepEqual([blocked.status, blocked.body], [403, '{"message":"Forbidden"}']);
  assert.equal(blocked.headers['x-amzn-errortype'], 'ForbiddenException');
});
