import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type AdminServerOptions, createAdminServer } from '../../src/observability/admin-server.ts';
import { emptyStats } from '../../src/observability/stats.ts';

async function serve(t: TestContext, options: Partial<AdminServerOptions> = {}): Promise<string> {
  const server = createAdminServer({
    port: 0,
    stats: async () => emptyStats,
    ready: () => ({ ready: true, reasons: [] }),
    status: () => ({ revision: 7 }),
    ...options,
  });
  const port = await server.listen();
  t.after(() => server.close());
  return `http://127.0.0.1:${port}`;
}

async function get(url: string, method = 'GET') {
  const response = await fetch(url, { method });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

const text = 'text/plain; charset=utf-8';

test('admin server: each page answers with its type', async (t) => {
  const url = await serve(t);
  assert.deepEqual(await get(`${url}/healthz`), { status: 200, type: text, body: 'ok\n' });
  assert.deepEqual(await get(`${url}/readyz?verbose`), { status: 200, type: text, body: 'ready\n' });
  assert.deepEqual(await get(`${url}/status`), {
    status: 200,
    type: 'application/json',
    body: '{\n  "revision": 7\n}\n',
  });
  const metrics = await get(`${url}/metrics`);
  assert.equal(metrics.type, 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(metrics.body, /^sluice_unlisted_requests_total 0$/m);
});

test('admin server: not ready is 503 and says why', async (t) => {
  const url = await serve(t, {
    ready: () => ({ ready: false, reasons: ['Process 2 is starting.', 'Nothing is published.'] }),
  });
  assert.deepEqual(await get(`${url}/readyz`), {
    status: 503,
    type: text,
    body: 'not ready\nProcess 2 is starting.\nNothing is published.\n',
  });
  assert.equal((await get(`${url}/healthz`)).status, 200);
});

test('admin server: other methods answer 405 and other paths 404', async (t) => {
  const url = await serve(t);
  const posted = await fetch(`${url}/metrics`, { method: 'POST', body: 'x'.repeat(100_000) });
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.get('allow'), 'GET, HEAD');
  await posted.text();
  assert.equal((await get(`${url}/`)).status, 404);
  assert.equal((await get(`${url}/__proto__`)).status, 404);
});

test('admin server: HEAD answers as GET does, without the body', async (t) => {
  const url = await serve(t);
  const response = await fetch(`${url}/healthz`, { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), '3');
  assert.equal(await response.text(), '');
});

test('admin server: stats that cannot be gathered are a 500 that says so', async (t) => {
  const url = await serve(t, { stats: () => Promise.reject(new Error('process 1 does not answer')) });
  assert.deepEqual(await get(`${url}/metrics`), {
    status: 500,
    type: text,
    body: 'Cannot answer: process 1 does not answer\n',
  });
});

test('admin server: a port that is taken rejects', async (t) => {
  const url = await serve(t);
  const second = createAdminServer({
    port: Number(new URL(url).port),
    stats: async () => emptyStats,
    ready: () => ({ ready: true, reasons: [] }),
    status: () => null,
  });
  await assert.rejects(second.listen(), { code: 'EADDRINUSE' });
});

test('admin server: it is bound to one address of loopback unless told otherwise, and nothing may keep its answers', async (t) => {
  const url = await serve(t);
  const answer = await fetch(`${url}/healthz`);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  await answer.text();
  await assert.rejects(fetch(`${url.replace('127.0.0.1', '127.0.0.2')}/healthz`));
  const wide = await serve(t, { host: '0.0.0.0' });
  assert.equal((await get(`${wide.replace('127.0.0.1', '127.0.0.2')}/healthz`)).status, 200);
});

test('admin server: close waits for no answer that is under way', async () => {
  const asked = Promise.withResolvers<void>();
  const server = createAdminServer({
    port: 0,
    stats: () => {
      asked.resolve();
      return new Promise(() => {});
    },
    ready: () => ({ ready: true, reasons: [] }),
    status: () => null,
  });
  const port = await server.listen();
  const cut = assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`));
  await asked.promise;
  await server.close();
  await cut;
});
