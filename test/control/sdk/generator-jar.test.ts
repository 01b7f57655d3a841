// Getting the jar of OpenAPI Generator.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  fetchGenerator,
  GeneratorFetchError,
  generatorJarPath,
  generatorVersion,
} from '../../../src/control/sdk/index.ts';
import { startBackend } from '../../support/backend.ts';

const jar = Buffer.alloc(300_000, 'jar');
const sha256 = createHash('sha256').update(jar).digest('hex');
const jarUrl = `/maven2/org/openapitools/openapi-generator-cli/${generatorVersion}/openapi-generator-cli-${generatorVersion}.jar`;

async function repository(t: TestContext, status = 200, body = jar) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-jar-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(status, { 'content-length': body.length });
    response.end(body);
  });
  return { backend, dataDir, repository: `http://${backend.authority}/maven2/` };
}

test('SDK generator: is fetched once, from the place that Maven repositories have it', async (t) => {
  const { backend, dataDir, repository: url } = await repository(t);
  const progress: number[] = [];
  const onProgress = (read: number, total?: number): unknown => progress.push(read / total!);
  const first = await fetchGenerator({ dataDir, repository: url, sha256, onProgress });
  assert.deepEqual(first, { path: generatorJarPath(dataDir), isNew: true });
  assert.deepEqual(readFileSync(first.path), jar);
  assert.equal(backend.last().url, jarUrl);
  assert.equal(progress.at(-1), 1);
  assert.deepEqual(await fetchGenerator({ dataDir, repository: url, sha256 }), { ...first, isNew: false });
  assert.equal(backend.received.length, 1);
});

test('SDK generator: a jar that is not the pinned one is not kept', async (t) => {
  const { dataDir, repository: url } = await repository(t, 200, Buffer.from('another jar'));
  await assert.rejects(fetchGenerator({ dataDir, repository: url, sha256 }), (error: Error) => {
    assert.ok(error instanceof GeneratorFetchError);
    assert.match(
      error.message,
      new RegExp(`^Cannot use http.*\\.jar: its SHA-256 is [0-9a-f]{64}, expected ${sha256}$`),
    );
    return true;
  });
  assert.deepEqual(readdirSync(path.dirname(generatorJarPath(dataDir))), []);
});

test('SDK generator: a repository that refuses or is not there is told in a line', async (t) => {
  const { dataDir, repository: url } = await repository(t, 404);
  await assert.rejects(fetchGenerator({ dataDir, repository: url, sha256 }), {
    name: 'GeneratorFetchError',
    message: `Cannot fetch ${url}${jarUrl.slice('/maven2/'.length)}: the server answered 404`,
  });
  const nobody = fetchGenerator({ dataDir, repository: 'http://127.0.0.1:1', sha256 });
  await assert.rejects(nobody, /^GeneratorFetchError: Cannot fetch http:\/\/127\.0\.0\.1:1\/org\/.*: .+$/);
  assert.equal(existsSync(generatorJarPath(dataDir)), false);
});
