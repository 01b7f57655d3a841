import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { readPublishedState } from '../../src/resources/snapshot-file.ts';
import { runningStatus } from '../../src/supervisor/index.ts';
import { dataFolder, run, Sluice, startSluice, until } from '../supervisor/sluice.ts';
import { administratorOf, managementClient } from '../support/management.ts';

/** A port that somebody has. */
async function takenPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as { port: number }).port;
}

const statusOf = async (port: number): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/restapis`)).status;

test('management port: the first start makes a key and says how to use it; later ones do not tell the secret', async (t) => {
  const dataDir = dataFolder(t);
  const first = await startSluice(t, dataDir);
  const { accessKeyId, secretAccessKey } = administratorOf(dataDir);
  const endpoint = `http://127.0.0.1:${first.status.managementPort}`;
  await first.sluice.printed(
    [
      `Management API: ${endpoint}`,
      `  The administrator's key was made; it is kept in "${dataDir}/admin-credentials.json". For the aws command line:`,
      `  aws configure set aws_access_key_id ${accessKeyId} --profile sluice`,
      `  aws configure set aws_secret_access_key ${secretAccessKey} --profile sluice`,
      `  aws apigateway get-rest-apis --endpoint-url ${endpoint} --region us-east-1 --profile sluice`,
      '',
    ].join('\n'),
  );
  assert.equal(statSync(path.join(dataDir, 'admin-credentials.json')).mode & 0o777, 0o600);
  const client = managementClient(dataDir, first.status.managementPort);
  assert.deepEqual(await client.send('GET', '/restapis'), { status: 200, body: { item: [] } });
  assert.equal(await statusOf(first.status.managementPort), 403);
  first.sluice.kill('SIGTERM');
  await first.sluice.exited;
  const second = await startSluice(t, dataDir);
  await second.sluice.printed("The administrator's key is kept in");
  assert.ok(!second.sluice.text.includes(secretAccessKey));
});

test('management port: --dev takes any credentials, says so loudly, and is refused beyond loopback', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir, ['--dev']);
  await sluice.printed('--dev: ANYBODY ON THIS MACHINE MAY CHANGE EVERYTHING');
  assert.equal(await statusOf(status.managementPort), 200);
  const refused = await run(t, dataDir, ['start', '--dev', '--management-host', '0.0.0.0']);
  assert.deepEqual(refused, {
    exit: 1,
    text: 'error: --management-host: management.dev accepts any credentials, so management.host must be a loopback address, not "0.0.0.0"\n',
  });
});

test('management port: one that is taken is told in one line, and nothing is left behind', async (t) => {
  const dataDir = dataFolder(t);
  const port = await takenPort(t);
  const ports = ['--port', '0', '--admin-port', '0', '--management-port', String(port)];
  const refused = await run(t, dataDir, ['start', '--data-dir', dataDir, '--processes', '1', ...ports]);
  assert.deepEqual(refused, {
    exit: 1,
    text: `error: Management port ${port} on 127.0.0.1 is taken by another process; choose another with --management-port\n`,
  });
  assert.equal(await runningStatus(dataDir), null);
});

test('management port: SIGHUP moves it, and leaves it where it is when the new one is taken', async (t) => {
  const dataDir = dataFolder(t);
  const file = path.join(dataDir, 'sluice.yaml');
  const ports = (management: number): string =>
    `host: 127.0.0.1\nport: 0\nadmin:\n  port: 0\nmanagement:\n  port: ${management}\n`;
  writeFileSync(file, ports(0));
  const sluice = new Sluice(t, ['start', '--data-dir', dataDir], dataDir);
  await sluice.printed('listens on');
  const status = await until(() => runningStatus(dataDir));
  const taken = await takenPort(t);
  writeFileSync(file, ports(taken));
  sluice.kill('SIGHUP');
  await sluice.printed(`reload refused: Management port ${taken} on 127.0.0.1 is taken by another process`);
  assert.equal(await statusOf(status.managementPort), 403);
  writeFileSync(file, `${ports(0)}  dev: true\n`);
  sluice.kill('SIGHUP');
  const moved = await until(async () => {
    const { managementPort } = (await runningStatus(dataDir))!;
    return managementPort !== status.managementPort && managementPort;
  });
  assert.equal(await statusOf(moved), 200);
  await assert.rejects(statusOf(status.managementPort));
});

test('management port: SIGHUP publishes what the account may do now', async (t) => {
  const dataDir = dataFolder(t);
  const file = path.join(dataDir, 'sluice.yaml');
  writeFileSync(file, 'accountThrottle:\n  rateRps: 100\n');
  const { sluice } = await startSluice(t, dataDir);
  await until(() => readPublishedState(dataDir)?.accountThrottle.rateRps === 100);
  writeFileSync(file, 'accountThrottle:\n  rateRps: 50\n');
  sluice.kill('SIGHUP');
  await until(() => readPublishedState(dataDir)?.accountThrottle.rateRps === 50);
});

test('management port: with a store out of order the gateway serves on, and commands say why', async (t) => {
  const dataDir = dataFolder(t);
  writeFileSync(path.join(dataDir, 'sluice.sqlite'), 'not a database, but somebody needs it '.repeat(100));
  const { sluice, status } = await startSluice(t, dataDir);
  await sluice.printed(
    /the control plane does not run, serving what was published: Cannot use the database ".*": file is not a database/,
  );
  assert.equal(status.managementPort, 0);
  const { exit, text } = await run(t, dataDir, ['apis', '--data-dir', dataDir]);
  assert.equal(exit, 1);
  assert.match(
    text,
    /^error: the control plane of the running gateway does not run: Cannot use the database/,
  );
});
