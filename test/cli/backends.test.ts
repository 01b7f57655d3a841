import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { PublishedBackends } from '../../src/resources/index.ts';
import { readPublishedState } from '../../src/resources/snapshot-file.ts';
import { runningStatus, type Status } from '../../src/supervisor/index.ts';
import { dataFolder, run, startSluice } from '../supervisor/sluice.ts';

const secret = 'hunter2hunter2';
const roleArn = 'arn:aws:iam::000000000000:role/r';

const fileWith = (address: string): string => `
pools: { orders: { targets: ["${address}"] } }
services: { sqs: "http://127.0.0.1:9324" }
roles: { "${roleArn}": { accessKeyId: AKID, secretAccessKey: ${secret} } }
`;

const published = (dataDir: string): PublishedBackends => readPublishedState(dataDir)!.backends!;
const targets = (dataDir: string): (string | undefined)[] =>
  published(dataDir).pools.map((pool) => pool.targets[0]?.address);

test('backends: those of the file are published at the start, and at a reload to the same processes', async (t) => {
  const dataDir = dataFolder(t);
  writeFileSync(join(dataDir, 'sluice.yaml'), fileWith('127.0.0.1:1'));
  const { sluice, status } = await startSluice(t, dataDir);
  assert.deepEqual(targets(dataDir), ['127.0.0.1:1']);
  assert.deepEqual(published(dataDir).services, [
    { service: 'sqs', endpoint: 'http://127.0.0.1:9324', signingName: null },
  ]);
  assert.deepEqual(published(dataDir).roles, [
    { roleArn, accessKeyId: 'AKID', secretAccessKey: secret, sessionToken: null },
  ]);
  writeFileSync(join(dataDir, 'sluice.yaml'), fileWith('127.0.0.1:2'));
  sluice.kill('SIGHUP');
  await sluice.printed('reloaded: published state adopted');
  assert.deepEqual(targets(dataDir), ['127.0.0.1:2']);
  const pids = (planes: Status): number[] => planes.processes.map(({ pid }) => pid);
  assert.deepEqual(pids((await runningStatus(dataDir))!), pids(status));
  assert.ok(!sluice.text.includes(secret));
  const logs = join(dataDir, 'logs', 'audit.log');
  if (existsSync(logs)) assert.ok(!readFileSync(logs, 'utf8').includes(secret));
});

test('backends: a reload that names what cannot be used changes nothing and says why', async (t) => {
  const dataDir = dataFolder(t);
  writeFileSync(join(dataDir, 'sluice.yaml'), fileWith('127.0.0.1:1'));
  const { sluice } = await startSluice(t, dataDir);
  writeFileSync(
    join(dataDir, 'sluice.yaml'),
    `port: 0\nroles: { "${roleArn}": { accessKeyIdVariable: NO_SUCH_ID, secretAccessKeyVariable: NO_SUCH_KEY } }\n`,
  );
  sluice.kill('SIGHUP');
  await sluice.printed(
    `reload refused: sluice.yaml:2:46: roles."${roleArn}": the environment variable "NO_SUCH_ID" is not set; set it where sluice is started`,
  );
  assert.deepEqual(targets(dataDir), ['127.0.0.1:1']);
});

test('backends: a start that names what cannot be used is refused in one line', async (t) => {
  const dataDir = dataFolder(t);
  writeFileSync(join(dataDir, 'sluice.yaml'), 'pools: { a: { targets: ["a:1"], caFile: none.pem } }\n');
  const ports = ['--port', '0', '--admin-port', '0', '--management-port', '0'];
  const { exit, text } = await run(t, dataDir, ['start', '--data-dir', dataDir, ...ports]);
  assert.equal(exit, 1);
  assert.match(
    text,
    /^error: sluice\.yaml:1:41: pools\.a\.caFile: cannot use "\/.*none\.pem" \(ENOENT\); name a PEM file of certificates\n$/,
  );
});

const api = JSON.stringify({
  openapi: '3.0.1',
  info: { title: 'a', version: '1' },
  paths: {
    '/': {
      get: {
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode":200}' },
          responses: { default: { statusCode: '200' } },
        },
      },
    },
  },
});

test('backends: a command that was told of none leaves those that are published', async (t) => {
  const dataDir = dataFolder(t);
  const [config, file] = [join(dataDir, 'gateway.yaml'), join(dataDir, 'api.json')];
  writeFileSync(config, fileWith('127.0.0.1:1'));
  writeFileSync(file, api);
  const args = ['import', file, '--stage', 's', '--data-dir', dataDir];
  assert.equal((await run(t, dataDir, [...args, '--config', config])).exit, 0);
  assert.deepEqual(targets(dataDir), ['127.0.0.1:1']);
  assert.equal((await run(t, dataDir, [...args, '--description', 'again'])).exit, 0);
  assert.deepEqual(targets(dataDir), ['127.0.0.1:1']);
});
