import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import test from 'node:test';
import { IssuerKeys } from '../../src/authorizers/jwt/issuer-keys.ts';
import { publicKeyAlgorithms, readKeys } from '../../src/authorizers/jwt/jwk.ts';
import { parseJws } from '../../src/authorizers/jwt/jws.ts';
import { Revocations } from '../../src/authorizers/jwt/revocations.ts';
import { signaturesHere } from '../../src/authorizers/jwt/signature.ts';
import { TokenVerifier } from '../../src/authorizers/jwt/token-verifier.ts';
import type { SignatureAnswer, Signatures } from '../../src/exchange/tools.ts';
import fc from '../support/properties.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function tokenOf(privateKey: KeyObject, kid: string, claims: Record<string, unknown>): string {
  const text = `${part({ alg: 'ES256', kid })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const claims = { iss: 'https://issuer.test', aud: 'app', sub: 'ann', exp: 1_000 };

/** An issuer with one key, and a verifier that trusts it. */
function world(signatures: Signatures = signaturesHere) {
  const state = { nowMs: 500_000, ns: 0, isDown: false, fetches: 0, verifications: 0 };
  let pairs = [{ kid: 'a', ...pair() }];
  const keys = new IssuerKeys({
    fetch: async () => {
      state.fetches++;
      if (state.isDown) throw new Error('connect ECONNREFUSED');
      return readKeys({
        keys: pairs.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid })),
      });
    },
    nowNs: () => state.ns,
    log: () => {},
  });
  const revocations = new Revocations();
  const verifier = new TokenVerifier({
    issuerOf: (iss) =>
      iss === 'https://issuer.test' ? { issuer: 'https://issuer.test/', audiences: ['app'], keys } : null,
    algorithms: () => publicKeyAlgorithms,
    leewaySeconds: 0,
    signatures: {
      verify: async (...given) => {
        state.verifications++;
        return signatures.verify(...given);
      },
    },
    revocations,
    open: () => null,
    nowMs: () => state.nowMs,
  });
  return {
    state,
    revocations,
    verifier,
    token: (more: Record<string, unknown> = {}) =>
      tokenOf(pairs.at(-1)!.privateKey, pairs.at(-1)!.kid, { ...claims, ...more }),
    rotate: (kid: string) => {
      pairs = [{ kid, ...pair() }];
    },
  };
}

test('tokens: a token that was verified is not verified again until it ends', async () => {
  const { verifier, token, state } = world();
  const one = token();
  assert.deepEqual(((await verifier.check(one)) as { claims: unknown }).claims, claims);
  for (let i = 0; i < 100; i++) assert.ok('claims' in (verifier.check(one) as object), 'at once');
  assert.equal(state.verifications, 1);
  state.nowMs = 1_000_000;
  assert.deepEqual(verifier.check(one), { kind: 'expired', detail: 'the token has expired' });
  assert.equal(verifier.size, 0);
});

test('tokens: a thousand requests with one new token verify it once', async () => {
  const { verifier, token, state } = world();
  const one = token();
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => verifier.check(one)));
  assert.ok(answers.every((answer) => 'claims' in answer));
  assert.deepEqual([state.verifications, state.fetches], [1, 1]);
});

test('tokens: of a key that the issuer has made since is found; tokens of the old one end with it', async () => {
  const { verifier, token, state, rotate } = world();
  const old = token();
  await verifier.check(old);
  rotate('b');
  state.ns = 20e9;
  assert.ok('claims' in (await verifier.check(token())));
  assert.deepEqual(await verifier.check(old), { kind: 'wrong', detail: 'no key fits the token' });
});

test('tokens: while the issuer is down, those of its known keys are good, and nothing else is', async () => {
  const known = world();
  await known.verifier.check(known.token());
  known.state.isDown = true;
  known.state.ns = 3_600e9;
  assert.ok('claims' in (await known.verifier.check(known.token({ sub: 'bob' }))));
  const never = world();
  never.state.isDown = true;
  assert.deepEqual(await never.verifier.check(never.token()), {
    kind: 'unavailable',
    detail: 'the issuer "https://issuer.test/" gives no keys',
  });
});

test('tokens: what is wrong is refused, and not remembered', async () => {
  const { verifier, token, state } = world();
  const good = token();
  const stranger = tokenOf(pair().privateKey, 'a', claims);
  const none = `${part({ alg: 'none' })}.${part(claims)}.`;
  for (const [text, detail] of [
    ['', 'the token has not three parts'],
    ['x'.repeat(20_000), 'the token is too long'],
    [`${good}x`, 'a part of the token is not base64url'],
    [stranger, 'the signature is wrong'],
    [none, 'the algorithm "none" is not allowed'],
    [token({ iss: 'https://other.test' }), 'the token is of no issuer that is trusted here'],
    [token({ aud: 'other' }), 'audience'],
    [token({ exp: undefined }), 'exp is no time'],
  ] as const)
    assert.deepEqual(await verifier.check(text), { kind: 'wrong', detail });
  assert.equal(verifier.size, 0);
  state.nowMs = 2_000_000;
  assert.equal(((await verifier.check(good)) as { kind: string }).kind, 'expired');
});

test('tokens: whatever becomes of a verification, only a right signature is one', async () => {
  for (const [verify, kind, detail] of [
    [
      () => {
        throw new Error('the thread has ended');
      },
      'unavailable',
      'the token cannot be verified: the thread has ended',
    ],
    [() => 'lost', 'unavailable', 'the signature could not be verified'],
    [() => 'overloaded', 'overloaded', 'too many signatures are being verified'],
    [() => 'wrong', 'wrong', 'the signature is wrong'],
    [() => undefined, 'wrong', 'the signature is wrong'],
    [() => true, 'wrong', 'the signature is wrong'],
  ] as const) {
    const { verifier, token } = world({ verify: verify as unknown as Signatures['verify'] });
    assert.deepEqual(await verifier.check(token()), { kind, detail });
    assert.equal(verifier.size, 0);
  }
});

test('tokens: one that is being verified while its key is taken back is not let in, nor remembered', async () => {
  const answers: ((answer: SignatureAnswer) => void)[] = [];
  const { verifier, token, state, rotate } = world({
    verify: () => new Promise((resolve) => answers.push(resolve)),
  });
  const one = token();
  const asked = verifier.check(one);
  await settled();
  rotate('b');
  // Another token makes the new keys known meanwhile.
  state.ns = 20e9;
  void verifier.check(token());
  await settled();
  answers[0]!('good');
  assert.deepEqual(await asked, { kind: 'wrong', detail: 'no key fits the token' });
  assert.equal(verifier.size, 0);
});

test('tokens: a key that is taken back ends its tokens, though nobody shows a new one', async () => {
  const { verifier, token, state, rotate } = world();
  const one = token();
  await verifier.check(one);
  rotate('b');
  state.ns = 301e9;
  assert.ok('claims' in verifier.check(one), 'keys are renewed beside the requests');
  await settled();
  assert.deepEqual(await verifier.check(one), { kind: 'wrong', detail: 'no key fits the token' });
});

test('tokens: only so many wait to be verified', async () => {
  const { verifier, token } = world({ verify: () => new Promise(() => {}) });
  const [head, , signature] = token().split('.');
  for (let i = 0; i < 10_000; i++) void verifier.check(`${head}.${part({ ...claims, jti: i })}.${signature}`);
  assert.deepEqual(verifier.check(token()), {
    kind: 'overloaded',
    detail: 'too many tokens are being verified',
  });
});

test('tokens: of two texts that decode to the same, one at most is read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.base64String({ maxLength: 12 }), (bytes, other) => {
      const written = Buffer.from(bytes).toString('base64url');
      const read = (text: string) => {
        const parsed = parseJws(`${part({ alg: 'ES256' })}.${text}.`);
        return 'refused' in parsed ? null : parsed.payload;
      };
      assert.deepEqual(read(written), Buffer.from(bytes));
      const again = read(other);
      if (again !== null) assert.equal(again.toString('base64url'), other);
    }),
  );
});

test('tokens: those whose signatures end alike are told apart', async () => {
  const { verifier, token } = world({ verify: () => 'good' });
  const [head, , signature] = token().split('.');
  const of = (sub: string): string => `${head}.${part({ ...claims, sub })}.${signature}`;
  for (const sub of ['ann', 'bob', 'ann', 'cleo']) {
    const answer = (await verifier.check(of(sub))) as unknown as { claims: { sub: string } };
    assert.equal(answer.claims.sub, sub);
  }
  assert.equal(verifier.size, 1);
});

test('tokens: one that is revoked is refused at once, while it is verified too, and is good again when that is taken back', async () => {
  const answers: ((answer: SignatureAnswer) => void)[] = [];
  const { verifier, token, revocations } = world({
    verify: () => new Promise((resolve) => answers.push(resolve)),
  });
  const revocation = {
    id: 'r1',
    claim: 'sub',
    value: 'ann',
    issuer: null,
    issuedUntil: null,
    createdDate: '1970-01-01T00:00:00.000Z',
    expiresDate: '1970-02-01T00:00:00.000Z',
  } as const;
  const revoked = { kind: 'wrong', detail: 'the token was revoked' };
  const one = token();
  const asked = verifier.check(one);
  await settled();
  revocations.adopt([revocation]);
  answers[0]!('good');
  assert.deepEqual(await asked, revoked);
  revocations.adopt([]);
  const again = verifier.check(one);
  await settled();
  answers[1]!('good');
  assert.ok('claims' in (await again));
  assert.ok('claims' in verifier.check(one), 'it is remembered');
  revocations.adopt([revocation]);
  assert.deepEqual(verifier.check(one), revoked);
  assert.equal(verifier.size, 0);
});
