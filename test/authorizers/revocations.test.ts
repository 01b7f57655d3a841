import assert from 'node:assert/strict';
import test from 'node:test';
import { Revocations } from '../../src/authorizers/jwt/revocations.ts';
import type { TokenRevocation } from '../../src/resources/index.ts';

let ids = 0;
const revocation = (more: Partial<TokenRevocation>): TokenRevocation => ({
  id: `r${++ids}`,
  claim: 'sub',
  value: 'ann',
  issuer: null,
  issuedUntil: null,
  createdDate: '2024-01-01T00:00:00.000Z',
  expiresDate: '2024-02-01T00:00:00.000Z',
  ...more,
});
const nowMs = Date.parse('2024-01-15T00:00:00Z');
const token = { iss: 'https://issuer.test', sub: 'ann', jti: 'j1', sid: 's1', client_id: 'app', iat: 1_000 };

const cases: readonly [what: string, more: Partial<TokenRevocation>, claims: object, isRevoked: boolean][] = [
  ['of somebody', {}, token, true],
  ['of somebody else', { value: 'bob' }, token, false],
  ['one token', { claim: 'jti', value: 'j1' }, token, true],
  ['of a session', { claim: 'sid', value: 's1' }, token, true],
  ['of a client', { claim: 'client_id', value: 'app' }, token, true],
  ['of an authorized party', { claim: 'client_id', value: 'web' }, { sub: 'ann', azp: 'web' }, true],
  ['a value that another claim has', { claim: 'jti', value: 'ann' }, token, false],
  ['of the issuer', { issuer: 'https://issuer.test/' }, token, true],
  ['of another issuer', { issuer: 'https://other.test' }, token, false],
  ['issued until then', { issuedUntil: 1_000 }, token, true],
  ['issued before', { issuedUntil: 999 }, token, false],
  ['issued nobody knows when', { issuedUntil: 999 }, { ...token, iat: undefined }, true],
  ['that are over', { expiresDate: '2024-01-15T00:00:00.000Z' }, token, false],
  ['without the claim', { claim: 'sid', value: 'undefined' }, { sub: 'ann' }, false],
];
for (const [what, more, claims, isRevoked] of cases)
  test(`revocations: ${what}: ${isRevoked ? 'refused' : 'not touched'}`, () => {
    const revocations = new Revocations();
    revocations.adopt([revocation({ value: 'nobody' }), revocation(more)]);
    assert.equal(revocations.isRevoked(claims as Record<string, unknown>, nowMs), isRevoked);
  });

test('revocations: their revision grows when they change, and only then', () => {
  const revocations = new Revocations();
  revocations.adopt();
  const one = revocation({});
  const before = revocations.revision;
  revocations.adopt([one]);
  revocations.adopt([{ ...one }]);
  assert.equal(revocations.revision, before + 1);
  revocations.adopt([]);
  assert.deepEqual([revocations.revision, revocations.isRevoked(token, nowMs)], [before + 2, false]);
});
