import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { fetchDiscoveredKeys, fetchPoolKeys } from '../../src/authorizers/jwt/fetch-keys.ts';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { type Received, startBackend } from '../support/backend.ts';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const set = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] };

/** An issuer that answers by path. */
async function issuer(
  t: test.TestContext,
  documents: (origin: string) => Readonly<Record<string, unknown>>,
): Promise<string> {
  const backend = await startBackend(t, ({ url }: Received, response) => {
    const document = documents(`http://${backend.authority}`)[url];
    response.statusCode = document === undefined ? 404 : 200;
    response.end(typeof document === 'string' ? document : JSON.stringify(document));
  });
  return `http://${backend.authority}`;
}

function upstream(t: test.TestContext) {
  const made = createUpstream();
  t.after(() => made.close());
  return made;
}

test('keys: an issuer tells in its discovery document where they are', async (t) => {
  const origin = await issuer(t, (own) => ({
    '/realm/.well-known/openid-configuration': { issuer: `${own}/realm`, jwks_uri: `${own}/certs` },
    '/certs': set,
  }));
  const { keys } = await fetchDiscoveredKeys(upstream(t), `${origin}/realm/`);
  assert.deepEqual(
    keys.map(({ kid }) => kid),
    ['one'],
  );
});

test('keys: a user pool has them in one place', async (t) => {
  const origin = await issuer(t, () => ({ '/us-east-1_pool/.well-known/jwks.json': set }));
  assert.equal((await fetchPoolKeys(upstream(t), `${origin}/us-east-1_pool`)).keys.length, 1);
});

test('keys: what is wrong with an issuer is told in one line', async (t) => {
  const origin = await issuer(t, (own) => ({
    '/other/.well-known/openid-configuration': { issuer: 'https://elsewhere.test', jwks_uri: `${own}/certs` },
    '/nowhere/.well-known/openid-configuration': { issuer: `${own}/nowhere` },
    '/text/.well-known/openid-configuration': 'no JSON',
    '/list/.well-known/openid-configuration': [],
    '/file/.well-known/openid-configuration': { issuer: `${own}/file`, jwks_uri: 'file:///etc/passwd' },
    '/long/.well-known/openid-configuration': 'x'.repeat(1_100_000),
  }));
  const tools = upstream(t);
  for (const [path, message] of [
    ['missing', /openid-configuration" answered 404$/],
    ['other', /is that of another issuer$/],
    ['nowhere', /names no jwks_uri$/],
    ['text', /is no JSON object$/],
    ['list', /is no JSON object$/],
    ['file', /^"file:\/\/\/etc\/passwd" is no http or https URL$/],
    ['long', /is above 1048576 bytes$/],
  ] as const)
    await assert.rejects(fetchDiscoveredKeys(tools, `${origin}/${path}`), { message });
  await assert.rejects(fetchPoolKeys(tools, 'http://127.0.0.1:1/pool'), {
    message: /cannot be fetched: .*ECONNREFUSED/,
  });
  await assert.rejects(fetchPoolKeys(tools, 'not a URL'), { message: /is no URL$/ });
});
