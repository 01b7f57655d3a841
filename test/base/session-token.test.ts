import assert from 'node:assert/strict';
import test from 'node:test';
import { newSealingKey, type Session, SessionKeys } from '../../src/base/session-token.ts';
import fc from '../support/properties.ts';

const [first, second] = [newSealingKey(), newSealingKey()];
const session: Session = { roleId: 'AROA', sessionName: 'ann', issuedAt: 1, expiresAt: 2 };

test('session token: what was sealed is opened, with the secret that was given', () => {
  const keys = new SessionKeys([first]);
  const sessions = fc.record({
    roleId: fc.string(),
    sessionName: fc.string({ unit: 'grapheme' }),
    issuedAt: fc.nat(),
    expiresAt: fc.nat(),
    policies: fc.array(fc.string({ maxLength: 2_048 }), { maxLength: 1 }),
    tags: fc.dictionary(fc.string(), fc.string()),
  });
  fc.assert(
    fc.property(sessions, (given) => {
      const issued = keys.issue(given)!;
      assert.match(issued.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
      assert.match(issued.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
      const opened = keys.open(issued.sessionToken)!;
      assert.deepEqual(
        [opened.accessKeyId, opened.secretAccessKey],
        [issued.accessKeyId, issued.secretAccessKey],
      );
      assert.deepEqual(opened.session, JSON.parse(JSON.stringify(given)));
    }),
  );
});

test('session token: no other text opens, were it different by one character', () => {
  const keys = new SessionKeys([first]);
  const { sessionToken } = keys.issue(session)!;
  fc.assert(
    fc.property(fc.nat(sessionToken.length - 1), fc.integer({ min: 32, max: 126 }), (at, code) => {
      const character = String.fromCharCode(code);
      fc.pre(sessionToken.charAt(at) !== character);
      assert.equal(keys.open(sessionToken.slice(0, at) + character + sessionToken.slice(at + 1)), null);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => assert.equal(keys.open(text), null)),
  );
  for (const text of [
    `${sessionToken}=`,
    ` ${sessionToken}`,
    sessionToken.slice(4),
    sessionToken.repeat(200),
  ])
    assert.equal(keys.open(text), null);
});

test('session token: an older key opens what it has sealed until it is taken away', () => {
  const { sessionToken } = new SessionKeys([first]).issue(session)!;
  assert.notEqual(new SessionKeys([first, second]).open(sessionToken), null);
  assert.equal(new SessionKeys([second]).open(sessionToken), null);
  assert.equal(new SessionKeys([{ ...second, id: first.id }]).open(sessionToken), null);
  assert.equal(new SessionKeys([]).issue(session), null);
});
