// Who signs, as the data plane finds them: keys of users, sessions, and sessions that the gateway asks for itself.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type Signer, Signers } from '../../src/authorizers/signers.ts';
import { type Session, SessionKeys, type TemporaryCredentials } from '../../src/base/session-token.ts';
import { expiredToken, isRefusal, type Refusal, unknownClient } from '../../src/base/sigv4/index.ts';
import type { PublishedState } from '../../src/resources/index.ts';
import { identity, policyOf } from '../support/authorized.ts';
import { role, sessionKey, sessionOf } from '../support/sessions.ts';

const nowMs = 1_704_164_645_000;
const nowSeconds = nowMs / 1000;
const published = { identities: [identity()], roles: [role()], sessionKeys: [sessionKey] };

function knowing(more: Partial<PublishedState> = {}): Signers {
  const signers = new Signers();
  signers.adopt({ ...published, ...more });
  return signers;
}

const find = (signers: Signers, { accessKeyId, sessionToken }: TemporaryCredentials, atMs = nowMs) =>
  signers.find(accessKeyId, sessionToken, atMs);

/** A session that a user has asked for. */
function ofUser(more: Partial<Session> = {}): TemporaryCredentials {
  const { userId, accessKeyId: parentKeyId } = identity();
  const session = { userId, parentKeyId, issuedAt: nowSeconds, expiresAt: nowSeconds + 3_600 };
  return new SessionKeys([sessionKey]).issue({ ...session, ...more })!;
}

function known(found: Signer | Refusal): Signer {
  assert.ok(!isRefusal(found), JSON.stringify(found));
  return found;
}

const may = (signer: Signer, action: string): boolean => signer.rights.allows(action, 'arn:aws:x:::y');

test('signers: a session is over in the millisecond that its token names, also one that was opened before', () => {
  const signers = knowing();
  const who = sessionOf({}, nowMs);
  const endsMs = nowMs + 3_600_000;
  assert.equal(find(signers, who, endsMs), expiredToken);
  known(find(signers, who, endsMs - 1));
  assert.equal(find(signers, who, endsMs), expiredToken);
});

test("signers: a user's session is that user's alone, and ends when its key has another owner or none", () => {
  const who = ofUser();
  assert.equal(known(find(knowing(), who)).caller.userId, identity().userId);
  const another = identity([], { userId: 'AIDAANOTHERANOTHERAN' });
  assert.equal(find(knowing({ identities: [another] }), who), unknownClient);
  assert.equal(find(knowing({ identities: [] }), who), unknownClient);
  assert.equal(find(knowing(), ofUser({ userId: undefined as never })), unknownClient);
  assert.equal(find(knowing(), ofUser({ parentKeyId: undefined as never })), unknownClient);
});

test("signers: a user's session is what the user is, within the user's limits and its own", () => {
  const everything = policyOf({ Action: '*' });
  const only = (Action: string) => policyOf({ Action });
  const user = identity([everything], { boundary: only('execute-api:*'), tags: { team: 'red' } });
  const signers = knowing({ identities: [user] });
  const whole = known(find(signers, ofUser()));
  assert.equal(whole.isSession, true);
  assert.deepEqual([may(whole, 'execute-api:Invoke'), may(whole, 'lambda:InvokeFunction')], [true, false]);
  assert.equal(whole.caller.conditionKeys.get('aws:principaltag/team'), 'red');
  assert.equal(whole.caller.conditionKeys.get('aws:principaltype'), 'User');
  assert.equal(whole.caller.conditionKeys.get('aws:tokenissuetime'), '2024-01-02T03:04:05Z');
  const limited = known(
    find(signers, ofUser({ policies: [only('execute-api:ManageConnections'), only('lambda:*')] })),
  );
  assert.equal(limited.isSession, true);
  assert.deepEqual(
    ['execute-api:Invoke', 'execute-api:ManageConnections', 'lambda:InvokeFunction'].map((action) =>
      may(limited, action),
    ),
    [false, true, false],
  );
});

test('signers: a managed policy that is gone denies, whatever stands beside it', () => {
  const arn = 'arn:aws:iam::123456789012:policy/limit';
  const limits = { policies: [policyOf({})], policyArns: [arn] };
  const invokes = (managedPolicies: Record<string, string>): boolean =>
    may(known(find(knowing({ managedPolicies }), sessionOf(limits, nowMs))), 'execute-api:Invoke');
  assert.equal(invokes({ [arn]: policyOf({}) }), true);
  assert.equal(invokes({}), false);
});

test('signers: a session of our own is renewed ten minutes before its end, and serves until then', () => {
  const { arn } = role();
  const signers = knowing({ roles: [role({ trustsGateway: true })] });
  const keyAt = (atMs: number) => signers.ownRole(arn, atMs)?.accessKeyId;
  const first = keyAt(nowMs);
  assert.match(first!, /^ASIA/);
  assert.equal(keyAt(nowMs + 2_999_999), first);
  const second = keyAt(nowMs + 3_000_000);
  assert.notEqual(second, first);
  assert.equal(keyAt(nowMs + 5_999_999), second);
  const last = signers.ownRole(arn, nowMs + 5_999_999);
  known(find(signers, last as TemporaryCredentials, nowMs + 5_999_999));
});
