import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { request } from 'undici';
import { audience, startOidcProvider } from '../support/oidc-provider.ts';
import { startReal } from '../support/real-sluice.ts';
import type { Printed } from './lines-main.ts';
import { runLines } from './run-lines.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

function folder(t: { after(work: () => unknown): void }): string {
  const made = mkdtempSync(path.join(tmpdir(), 'sluice-cli-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test('sluice tokens: revocations are made, shown and taken back', (t) => {
  const dataDir = folder(t);
  const [none, one, all, shown] = runLines(dataDir, [
    'tokens revoked',
    'tokens revoke --jti j1 --keep 12h --json',
    'tokens revoke --subject ann --issuer https://id.test --issued-until 2024-01-02T03:04:05Z',
    'tokens revoked',
  ]) as [Printed, Printed, Printed, Printed];
  assert.equal(none.out, 'No token is revoked.\n');
  const { id, createdDate, expiresDate, ...rest } = JSON.parse(one.out);
  assert.deepEqual(rest, { claim: 'jti', value: 'j1', issuer: null, issuedUntil: null });
  assert.equal(Date.parse(expiresDate) - Date.parse(createdDate), 12 * 3_600_000);
  assert.match(
    all.out,
    /^Revoked, known until \S+: sub ann of https:\/\/id\.test issued until 2024-01-02T03:04:05\.000Z\nTake it back with: sluice tokens restore \w+\n$/,
  );
  assert.match(shown.out.split('\n')[0]!, /^id +tokens +since +until$/);
  assert.match(shown.out, new RegExp(`\n${id} +jti j1 `));
  const [restored, left, again] = runLines(dataDir, [
    `tokens restore ${id}`,
    'tokens revoked --json',
    `tokens restore ${id}`,
  ]) as [Printed, Printed, Printed];
  assert.equal(restored.out, `Tokens of the revocation ${id} are good again, until they end.\n`);
  assert.equal(JSON.parse(left.out).length, 1);
  assert.deepEqual([again.exit, again.err.includes(`There is no revocation "${id}"`)], [1, true]);
});

test('sluice tokens: what cannot be meant is told', (t) => {
  const dataDir = folder(t);
  for (const [line, text] of [
    ['tokens revoke', 'say which tokens: one of --jti, --subject, --session and --client'],
    ['tokens revoke --jti a --subject b', 'say which tokens'],
    ['tokens revoke --jti a --keep 5', '--keep is "5"; expected a time such as 90m, 12h or 30d'],
    ['tokens revoke --jti a --keep 99999d', '--keep is "99999d"'],
    ['tokens revoke --jti a --issued-until soon', '--issued-until is "soon"'],
  ] as const) {
    const { exit, err } = runLines(dataDir, [line])[0]!;
    assert.deepEqual([exit, err.includes(text)], [1, true], `${line}: ${err}`);
  }
});

const documentOf = (issuer: string): string =>
  JSON.stringify({
    openapi: '3.0.1',
    info: { title: 'guarded', version: '1' },
    paths: {
      '/a': {
        get: {
          security: [{ oidc: [] }],
          responses: { 200: { description: 'ok' } },
          'x-amazon-apigateway-integration': {
            type: 'mock',
            requestTemplates: { 'application/json': '{"statusCode": 200}' },
            responses: { default: { statusCode: '200' } },
          },
        },
      },
    },
    components: {
      securitySchemes: {
        oidc: {
          type: 'oauth2',
          'x-amazon-apigateway-authorizer': {
            type: 'jwt',
            jwtConfiguration: { issuer, audience: [audience] },
            identitySource: 'method.request.header.Authorization',
          },
        },
      },
    },
  });

test('sluice tokens: when a command has ended, the next request with such a token is refused', async (t) => {
  const provider = await startOidcProvider(t);
  // Removed when the gateway has ended.
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-cli-'));
  const status = await startReal(t, [], dataDir);
  const sluice = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [main, ...args, '--data-dir', dataDir])).stdout;
  const file = path.join(dataDir, 'guarded.json');
  writeFileSync(file, documentOf(provider.issuer));
  const imported = JSON.parse(await sluice('import', file, '--stage', 'prod', '--json'));
  const first = await provider.clientToken({ resource: audience });
  const call = async (token: string): Promise<number> => {
    const url = `http://127.0.0.1:${status.port}/_aws/execute-api/${imported.apiId}/prod/a`;
    const answer = await request(url, { headers: { authorization: `Bearer ${token}` } });
    await answer.body.dump();
    return answer.statusCode;
  };
  assert.equal(await call(first), 200);
  const { jti } = JSON.parse(Buffer.from(first.split('.')[1]!, 'base64url').toString());
  const revocation = JSON.parse(await sluice('tokens', 'revoke', '--jti', jti, '--json'));
  assert.equal(await call(first), 401);
  assert.equal(await call(await provider.clientToken({ resource: audience })), 200, 'another token');
  await sluice('tokens', 'restore', revocation.id);
  assert.equal(await call(first), 200);
});
