// Pools as the configuration file names them, through a whole gateway: a Unix socket, TLS by an authority of one's own,
// a forward proxy, and what the metrics say of them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { dataFolder } from '../supervisor/sluice.ts';
import { managementClient } from '../support/management.ts';
import { startReal } from '../support/real-sluice.ts';
import { selfSigned } from '../upstream/certificates.ts';
import { runLines } from './run-lines.ts';

async function listen(t: TestContext, server: Server, at: number | string = 0): Promise<string> {
  if (typeof at === 'string') server.listen(at);
  else server.listen(at, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return typeof at === 'string' ? `unix:${at}` : `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const poolNames = ['sock', 'secure', 'doubted', 'proxied', 'dead'];

test('pools of the configuration file: each kind of target is called, and told in the metrics', async (t) => {
  const folder = dataFolder(t);
  const certificate = selfSigned({ host: 'secure.internal' });
  writeFileSync(path.join(folder, 'ca.pem'), certificate.cert);
  const says = (word: string) =>
    createServer((asked, response) => response.end(`${word} ${asked.headers.host}`));
  const sock = await listen(t, says('sock'), path.join(folder, 'app.sock'));
  const plain = await listen(t, says('plain'));
  const secure = await listen(
    t,
    createTlsServer(certificate, (asked, response) => response.end(`secure ${asked.headers.host}`)),
  );
  // A forward proxy is given the absolute form.
  const proxy = createServer((asked, response) => {
    const { host } = new URL(asked.url!);
    const sent = request({ host: plain.split(':')[0]!, port: plain.split(':')[1]!, headers: asked.headers });
    sent.on('response', (got) => got.pipe(response.setHeader('X-Through', host))).end();
  });
  const config = path.join(folder, 'sluice.yaml');
  const text = `pools:
  sock: { targets: ["${sock}"] }
  secure: { targets: ["${secure}"], caFile: ca.pem }
  doubted: { targets: ["${secure}"] }
  proxied: { targets: ["${plain}"], proxy: "http://${await listen(t, proxy)}" }
  dead: { targets: ["127.0.0.1:1", "${plain}"] }
`;
  writeFileSync(config, text);
  const { dataDir, port, adminPort, managementPort } = await startReal(t, ['--config', config]);
  const management = managementClient(dataDir, managementPort);
  const paths: Record<string, object> = {};
  for (const name of poolNames) {
    const arn = `arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/${name}/0123456789abcdef`;
    const made = await management.send('POST', '/vpclinks', { name, targetArns: [arn] });
    assert.equal(made.status, 202);
    const scheme = name === 'secure' || name === 'doubted' ? 'https' : 'http';
    const integration = {
      type: 'http_proxy',
      httpMethod: 'GET',
      uri: `${scheme}://${name === 'doubted' ? 'secure' : name}.internal/`,
      connectionType: 'VPC_LINK',
      connectionId: made.body.id,
    };
    paths[`/${name}`] = { get: { responses: {}, 'x-amazon-apigateway-integration': integration } };
  }
  const document = path.join(folder, 'api.json');
  writeFileSync(document, JSON.stringify({ openapi: '3.0.1', info: { title: 'p', version: '1' }, paths }));
  const [imported] = runLines(dataDir, [
    `import ${document} --stage live --api-id pools00001 --logging-level ERROR`,
  ]);
  assert.equal(imported!.exit, 0, imported!.err);
  const ask = async (name: string): Promise<unknown[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/_aws/execute-api/pools00001/live/${name}`);
    return [answer.status, await answer.text(), answer.headers.get('x-through') !== null];
  };
  assert.deepEqual(await ask('sock'), [200, 'sock sock.internal', false]);
  assert.deepEqual(await ask('secure'), [200, 'secure secure.internal', false]);
  assert.equal((await ask('doubted'))[0], 504);
  assert.deepEqual(await ask('proxied'), [200, `plain ${plain}`, true]);
  for (let i = 0; i < 8; i++) assert.deepEqual(await ask('dead'), [200, 'plain dead.internal', false]);

  const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const total = (name: string, pool: string): number =>
    metrics
      .split('\n')
      .filter((line) => line.startsWith(`sluice_upstream_${name}{`) && line.includes(`pool="${pool}"`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  assert.equal(total('requests_total', 'sock'), 1);
  assert.ok(total('failures_total', 'doubted') > 0, metrics);
  assert.ok(total('retries_total', 'dead') > 0, metrics);
});
