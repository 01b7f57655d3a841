import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { claimProblem, claimText, scopesOf } from '../../src/authorizers/jwt/claims.ts';
import { IssuerKeys } from '../../src/authorizers/jwt/issuer-keys.ts';
import { type KeySet, readKeys } from '../../src/authorizers/jwt/jwk.ts';

function keySet(kid: string): KeySet {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return readKeys({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] });
}

/** An issuer whose answers wait until the test gives them. */
function issuer() {
  const asked: { resolve: (keys: KeySet) => void; reject: (error: Error) => void }[] = [];
  const lines: string[] = [];
  const time = { ns: 0 };
  const keys = new IssuerKeys({
    fetch: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
    nowNs: () => time.ns,
    log: (line) => lines.push(line),
  });
  return { keys, asked, lines, time };
}

test('issuer keys: the first thousand tokens ask the issuer once', async () => {
  const { keys, asked } = issuer();
  const all = Array.from({ length: 1_000 }, () => keys.get());
  assert.equal(asked.length, 1);
  const one = keySet('a');
  asked[0]!.resolve(one);
  assert.deepEqual(new Set(await Promise.all(all)), new Set([one]));
  assert.equal(keys.get(), one);
});

test('issuer keys: old keys are renewed beside the requests that use them', async () => {
  const { keys, asked, time } = issuer();
  const first = keys.get();
  const [one, two] = [keySet('a'), keySet('b')];
  asked[0]!.resolve(one);
  await first;
  time.ns = 301e9;
  assert.equal(keys.get(), one);
  assert.equal(keys.get(), one);
  assert.equal(asked.length, 2);
  asked[1]!.resolve(two);
  await new Promise(setImmediate);
  assert.equal(keys.get(), two);
});

test('issuer keys: an issuer that is down is asked seldom, and its last keys are used for a day', async () => {
  const { keys, asked, lines, time } = issuer();
  const first = keys.get();
  const one = keySet('a');
  asked[0]!.resolve(one);
  await first;
  for (let minute = 6; minute < 60; minute++) {
    time.ns = minute * 60e9;
    assert.equal(keys.get(), one);
    asked.at(-1)!.reject(new Error('connect ECONNREFUSED'));
    await new Promise(setImmediate);
    assert.equal(keys.get(), one);
  }
  assert.equal(asked.length, 55);
  assert.match(lines[0]!, /cannot fetch the keys of an issuer: connect ECONNREFUSED/);
  time.ns = 25 * 3_600e9;
  const gone = keys.get();
  asked.at(-1)!.reject(new Error('still down'));
  assert.equal(await gone, null);
  assert.equal(await keys.get(), null, 'and nobody waits for it again at once');
});

test('issuer keys: tokens of unknown keys make us look again once in ten seconds', async () => {
  const { keys, asked, time } = issuer();
  const first = keys.get();
  asked[0]!.resolve(keySet('a'));
  await first;
  for (let i = 0; i < 1_000; i++) void keys.lookAgain();
  assert.equal(asked.length, 1);
  time.ns = 11e9;
  const looked = Array.from({ length: 1_000 }, () => keys.lookAgain());
  assert.equal(asked.length, 2);
  const two = keySet('b');
  asked[1]!.resolve(two);
  assert.deepEqual(new Set(await Promise.all(looked)), new Set([two]));
});

test('issuer keys: the same keys again are no rotation, and an empty answer takes none away', async () => {
  const { keys, asked, time } = issuer();
  const first = keys.get();
  const one = keySet('a');
  asked[0]!.resolve(one);
  await first;
  for (const answer of [{ ...one }, { keys: [], problems: ['key 0: is no object'] }]) {
    time.ns += 301e9;
    void keys.get();
    asked.at(-1)!.resolve(answer);
    await new Promise(setImmediate);
    assert.equal(keys.get(), one);
  }
});

test('issuer keys: a key that is for another algorithm from now on is another one', async () => {
  const { keys, asked, time } = issuer();
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ format: 'jwk' });
  const [any, one] = [undefined, 'PS512'].map((alg) => readKeys({ keys: [{ ...jwk, kid: 'a', alg }] }));
  const first = keys.get();
  asked[0]!.resolve(any!);
  await first;
  time.ns = 301e9;
  void keys.get();
  asked[1]!.resolve(one!);
  await new Promise(setImmediate);
  assert.equal(keys.get(), one);
});

const rules = { issuers: ['https://issuer.test/'], audiences: ['app'], leewaySeconds: 60 };
const good = { iss: 'https://issuer.test', aud: 'app', exp: 2_000, iat: 900, nbf: 900 };
const nowMs = 1_000_000;

const claimCases: readonly [title: string, claims: Record<string, unknown>, problem: string | null][] = [
  ['that is right', good, null],
  ['of a list of audiences', { ...good, aud: ['other', 'app'] }, null],
  ['with a client id in place of an audience', { ...good, aud: undefined, client_id: 'app' }, null],
  ['that ended within the leeway', { ...good, exp: 941 }, null],
  ['of another issuer', { ...good, iss: 'https://evil.test' }, 'issuer'],
  ['of an issuer that only begins alike', { ...good, iss: 'https://issuer.test.evil' }, 'issuer'],
  ['without an issuer', { ...good, iss: undefined }, 'issuer'],
  ['for another audience', { ...good, aud: 'other' }, 'audience'],
  ['whose audience is other and client id ours', { ...good, aud: 'other', client_id: 'app' }, 'audience'],
  ['without an end', { ...good, exp: undefined }, 'exp is no time'],
  ['whose end is text', { ...good, exp: '2000' }, 'exp is no time'],
  ['whose end is not finite', { ...good, exp: Number.POSITIVE_INFINITY }, 'exp is no time'],
  ['that begins later', { ...good, nbf: 1_061 }, 'nbf is in the future'],
  ['that was made later', { ...good, iat: 1_061 }, 'iat is in the future'],
  ['that has ended', { ...good, exp: 940 }, 'the token has expired'],
];
for (const [title, claims, problem] of claimCases) {
  test(`claims: a token ${title} ${problem === null ? 'may be used' : 'is refused'}`, () => {
    assert.equal(claimProblem(claims, rules, nowMs)?.detail ?? null, problem);
  });
}

test('claims: scopes come as text or as a list, claims go on as text', () => {
  assert.deepEqual([...scopesOf({ scope: 'a  b/read' })], ['a', 'b/read']);
  assert.deepEqual([...scopesOf({ scp: ['x', 7, 'y'] })], ['x', 'y']);
  assert.deepEqual([...scopesOf({})], []);
  assert.deepEqual([true, 7, ['a', 'b'], 'x', null].map(claimText), ['true', '7', '[a b]', 'x', 'null']);
});
