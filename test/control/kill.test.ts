// Writes that were acknowledged are there after `kill -9`, and nothing is half there: a stream of writes over the wire,
// the supervisor killed in the middle, started again, looked at. KILLS=200 for the long test.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { dataFolder, startSluice } from '../supervisor/sluice.ts';
import { type ManagementClient as Client, managementClient, type Wire } from '../support/management.ts';
import { zipFile } from './code/zip-file.ts';

const kills = Number(process.env.KILLS ?? 20);
const writersCount = 8;

/** What was acknowledged: resource ids by path, descriptions, whole APIs, deployments. */
interface Acknowledged {
  readonly resources: Map<string, string>;
  readonly apis: string[];
  readonly deployments: string[];
  /** Name -> hash of the zip, base64. */
  readonly functions: Map<string, string>;
  /** What the description may be: the last that was acknowledged or seen, and those sent since, done or not. */
  descriptions: Set<string>;
}

/** Writes until the server is gone. */
async function writeUntilGone(
  client: Client,
  apiId: string,
  rootId: string,
  writer: string,
  book: Acknowledged,
) {
  try {
    for (let i = 0; ; i++) {
      const name = `${writer}-${i}`;
      if (writer.endsWith('w3')) {
        const zip = zipFile({ name: 'app.mjs', content: name }, { name: 'lib/x', content: name });
        const made = await client.send('POST', '/2015-03-31/functions', {
          FunctionName: name,
          Runtime: 'nodejs24.x',
          Handler: 'app.handler',
          Role: 'arn:aws:iam::000000000000:role/r',
          Code: { ZipFile: zip.toString('base64') },
        });
        assert.equal(made.status, 201, JSON.stringify(made.body));
        book.functions.set(name, made.body.CodeSha256);
        continue;
      }
      const resource = await client.send('POST', `/restapis/${apiId}/resources/${rootId}`, {
        pathPart: name,
      });
      assert.equal(resource.status, 201, JSON.stringify(resource.body));
      book.resources.set(`/${name}`, resource.body.id);
      if (writer.endsWith('w0')) {
        book.descriptions.add(name);
        const patchOperations = [{ op: 'replace', path: '/description', value: name }];
        const patched = await client.send('PATCH', `/restapis/${apiId}`, { patchOperations });
        assert.equal(patched.status, 200);
        book.descriptions = new Set([name]);
      }
      if (writer.endsWith('w1')) {
        const made = await client.send('POST', '/restapis', { name });
        assert.equal(made.status, 201);
        book.apis.push(made.body.id);
      }
      if (writer.endsWith('w2') && i % 4 === 0) {
        const deployed = await client.send('POST', `/restapis/${apiId}/deployments`, { stageName: 'prod' });
        assert.equal(deployed.status, 201, JSON.stringify(deployed.body));
        book.deployments.push(deployed.body.id);
      }
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error; // not the end of the server
  }
}

async function all(client: Client, target: string): Promise<Wire[]> {
  const items: Wire[] = [];
  for (let position: string | undefined; ; ) {
    const page = await client.send('GET', `${target}?limit=500${position ? `&position=${position}` : ''}`);
    assert.equal(page.status, 200, JSON.stringify(page.body));
    items.push(...page.body.item);
    position = page.body.position;
    if (position === undefined) return items;
  }
}

/** Functions with all of their code. */
async function checkFunctions(client: Client, dataDir: string, book: Acknowledged): Promise<void> {
  const folder = path.join(dataDir, 'functions/code');
  for (const [name, sha256] of book.functions) {
    const { status, body } = await client.send('GET', `/2015-03-31/functions/${name}/configuration`);
    assert.equal(status, 200, `function ${name} was lost`);
    assert.equal(body.CodeSha256, sha256);
    const code = path.join(folder, Buffer.from(sha256, 'base64').toString('hex'));
    assert.equal(readFileSync(path.join(code, 'app.mjs'), 'utf8'), name);
    assert.equal(readFileSync(path.join(code, 'lib/x'), 'utf8'), name);
    assert.ok(existsSync(`${code}.zip`));
  }
  const left = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('.')) : [];
  assert.deepEqual(left, [], 'something half done was left');
}

async function check(client: Client, apiId: string, book: Acknowledged): Promise<void> {
  const resources = new Map(
    (await all(client, `/restapis/${apiId}/resources`)).map((one) => [one.path, one.id]),
  );
  for (const [where, id] of book.resources) assert.equal(resources.get(where), id, `${where} was lost`);
  const api = await client.send('GET', `/restapis/${apiId}`);
  const description = api.body.description ?? '';
  assert.ok(book.descriptions.has(description), `description "${description}"`);
  book.descriptions = new Set([description]);
  const apis = new Set((await all(client, '/restapis')).map(({ id }) => id));
  for (const id of book.apis) assert.ok(apis.has(id), `API ${id} was lost`);
  // Whole or not there: an API comes with its root resource and its two models.
  for (const id of [...apis].slice(-3)) {
    assert.equal((await all(client, `/restapis/${id}/models`)).length, 2);
    assert.ok((await all(client, `/restapis/${id}/resources`)).some((one) => one.path === '/'));
  }
  const deployments = new Set((await all(client, `/restapis/${apiId}/deployments`)).map(({ id }) => id));
  for (const id of book.deployments) assert.ok(deployments.has(id), `deployment ${id} was lost`);
  const stages = await client.send('GET', `/restapis/${apiId}/stages`);
  for (const { deploymentId } of stages.body.item) assert.ok(deployments.has(deploymentId));
}

async function prepare(client: Client): Promise<{ apiId: string; rootId: string }> {
  const { body } = await client.send('POST', '/restapis', { name: 'written to' });
  const method = `/restapis/${body.id}/resources/${body.rootResourceId}/methods/GET`;
  await client.send('PUT', method, { authorizationType: 'NONE' });
  await client.send('PUT', `${method}/integration`, { type: 'MOCK' });
  return { apiId: body.id, rootId: body.rootResourceId };
}

test(`control plane: what was acknowledged survives ${kills} times kill -9, and nothing is half applied`, {
  timeout: 120_000 + kills * 5_000,
}, async (t: TestContext) => {
  const dataDir = dataFolder(t);
  const book: Acknowledged = {
    resources: new Map(),
    apis: [],
    deployments: [],
    functions: new Map(),
    descriptions: new Set(['']),
  };
  let target: { apiId: string; rootId: string } | null = null;
  let startedMs = 0;
  for (let round = 0; round <= kills; round++) {
    const begun = performance.now();
    const { sluice, status } = await startSluice(t, dataDir);
    startedMs = Math.max(startedMs, performance.now() - begun);
    const client = managementClient(dataDir, status.managementPort);
    target ??= await prepare(client);
    const { apiId, rootId } = target;
    if (round > 0) await check(client, apiId, book);
    await checkFunctions(client, dataDir, book);
    if (round === kills) break;
    const writers = Array.from({ length: writersCount }, (_, i) =>
      writeUntilGone(client, apiId, rootId, `r${round}w${i}`, book),
    );
    // Not a wait for something: the moment of the blow is to be any.
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150));
    sluice.kill('SIGKILL');
    await sluice.exited;
    await Promise.all(writers);
  }
  t.diagnostic(
    `${book.resources.size} resources, ${book.apis.length} APIs, ${book.deployments.length} deployments, ${book.functions.size} functions`,
  );
  t.diagnostic(`slowest start: ${startedMs.toFixed(0)} ms`);
  assert.ok(book.resources.size > kills && book.apis.length > 0 && book.deployments.length > 0);
});
