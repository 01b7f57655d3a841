// Which key of an issuer may have signed a token: one, or none.

import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import test from 'node:test';
import type { Algorithm, VerifyingKey } from '../../src/authorizers/jwt/jwk.ts';
import { chooseKey } from '../../src/authorizers/jwt/jws.ts';

const key = (kid: string | null, ...algorithms: Algorithm[]): VerifyingKey => ({
  kid,
  key: createSecretKey(Buffer.from('x')),
  algorithms: new Set(algorithms),
});
const none = Buffer.alloc(0);
const token = (kid: string | null, algorithm = 'RS256') => ({
  algorithm,
  kid,
  signed: none,
  signature: none,
  payload: none,
});

test('keys: a token is checked with the one key that fits it, and with none where several might', () => {
  const allowed = new Set(['RS256', 'ES256']);
  const [a, b, plain, curve] = [key('a', 'RS256'), key('b', 'RS256'), key(null, 'RS256'), key('c', 'ES256')];
  const cases: [what: string, keys: VerifyingKey[], kid: string | null, VerifyingKey | boolean][] = [
    ['its id', [a, b, plain], 'b', b],
    ['an id that nobody has', [a, b], 'x', true],
    ['an id beside a key without one', [a, plain], 'x', true],
    ['an id where one key has none', [plain], 'x', plain],
    ['an id of a key for something else', [a, curve], 'c', true],
    ['no id, one key', [a], null, a],
    ['no id, one key for it', [a, curve], null, a],
    ['no id, several keys', [a, b], null, false],
    ['no keys', [], 'a', true],
  ];
  for (const [what, keys, kid, expected] of cases) {
    const chosen = chooseKey(token(kid), { keys, problems: [] }, allowed);
    // Of a refusal: whether newer keys might help.
    assert.equal('refused' in chosen ? chosen.isUnknownKey : chosen, expected, what);
  }
  const refused = chooseKey(token('a'), { keys: [a], problems: [] }, new Set(['ES256']));
  assert.ok('refused' in refused && !refused.isUnknownKey);
});
