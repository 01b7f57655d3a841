import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { runningStatus } from '../../src/supervisor/index.ts';
import { findDataPlanes } from '../../src/supervisor/run-folder.ts';
import { ask, dataFolder, exists, Sluice, startSluice, until } from './sluice.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const health = (port: number, host = '127.0.0.1'): Promise<string> =>
  fetch(`http://${host}:${port}/healthz`).then(
    (response) => response.text(),
    () => 'refused',
  );

test('supervisor: SIGHUP moves the admin port, leaves it where it is, and moves it back', async (t) => {
  const dataDir = dataFolder(t);
  const [first, second] = [await freePort(), await freePort()];
  const settings = (port: number): void =>
    writeFileSync(path.join(dataDir, 'sluice.yaml'), `admin: { port: ${port} }\n`);
  settings(first);
  const ports = ['--data-dir', dataDir, '--host', '127.0.0.1', '--port', '0', '--management-port', '0'];
  const sluice = new Sluice(t, ['start', ...ports], dataDir);
  await sluice.printed('listens on');
  assert.equal(await health(first), 'ok\n');
  assert.equal(await health(first, '127.0.0.2'), 'refused'); // loopback is this one address

  const reload = async (port: number, times: number): Promise<void> => {
    settings(port);
    sluice.kill('SIGHUP');
    await sluice.printed(new RegExp(`(reloaded:[^]*){${times}}`));
    await until(async () => (await health(port)) === 'ok\n');
  };
  await reload(second, 1);
  await until(async () => (await health(first)) === 'refused');
  await reload(second, 2);
  await reload(first, 3);
  await until(async () => (await health(second)) === 'refused');
  assert.doesNotMatch(sluice.text, /reload refused/);
});

test('supervisor: SIGHUP that names another data folder is refused', async (t) => {
  const dataDir = dataFolder(t);
  const file = path.join(dataDir, 'sluice.yaml');
  writeFileSync(file, `dataDir: ${dataDir}\n`);
  const ports = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--management-port', '0'];
  const sluice = new Sluice(t, ['start', ...ports], dataDir);
  await sluice.printed('listens on');
  writeFileSync(file, `dataDir: ${dataDir}/other\n`);
  sluice.kill('SIGHUP');
  await sluice.printed('reload refused: dataDir cannot change while Sluice runs');
  assert.equal(exists(dataDir, 'other'), false);
});

test('supervisor: data planes that a new one adopts serve what was published without a supervisor', async (t) => {
  const dataDir = dataFolder(t);
  const first = await startSluice(t, dataDir);
  first.sluice.kill('SIGKILL');
  await first.sluice.exited;
  writeFileSync(path.join(dataDir, 'revision'), '5');
  const { pid } = first.status.processes[0]!;
  assert.equal((await ask(first.status.port))!.revision, 0);
  const second = await startSluice(t, dataDir);
  assert.equal(second.status.processes[0]!.pid, pid);
  await until(async () => (await ask(first.status.port))!.revision === 5);
});

test('supervisor: a data plane that drains already is not adopted', async (t) => {
  const dataDir = dataFolder(t);
  const first = await startSluice(t, dataDir);
  first.sluice.kill('SIGKILL');
  await first.sluice.exited;
  const stuck = fetch(`http://127.0.0.1:${first.status.port}/stuck`).catch(() => 'cut');
  await until(() => exists(dataDir, 'stuck'));
  const { pid } = first.status.processes[0]!;
  process.kill(pid, 'SIGTERM');
  await until(async () => {
    const planes = await findDataPlanes(dataDir);
    for (const { client } of planes) client.end();
    return planes[0]?.hello.state === 'draining';
  });
  const second = await startSluice(t, dataDir);
  assert.doesNotMatch(second.sluice.text, /adopted/);
  assert.equal((await ask(second.status.port))!.pid, second.status.processes[0]!.pid);
  process.kill(pid, 'SIGKILL');
  assert.equal(await stuck, 'cut');
});

test('supervisor: data planes are adopted into the places they had, and lost ones filled', async (t) => {
  const dataDir = dataFolder(t);
  const first = await startSluice(t, dataDir, ['--processes', '2']);
  const [lost, kept] = first.status.processes.map((hello) => hello.pid) as [number, number];
  first.sluice.kill('SIGKILL');
  await first.sluice.exited;
  process.kill(lost, 'SIGKILL');
  await until(async () => (await findDataPlanes(dataDir)).map(({ client }) => client.end()).length === 1);
  const second = await startSluice(t, dataDir, ['--processes', '2']);
  assert.deepEqual(
    second.status.processes.map(({ slot, pid }) => [slot, pid === kept]),
    [
      [0, false],
      [1, true],
    ],
  );
});

test('supervisor: what is sent to its process group does not reach data planes', async (t) => {
  const { status } = await startSluice(t, dataFolder(t));
  // Throws where no group of that name exists.
  assert.ok(process.kill(-status.processes[0]!.pid, 0));
});

test('supervisor: control sockets are for this user alone', async (t) => {
  const dataDir = dataFolder(t);
  const { status } = await startSluice(t, dataDir);
  for (const name of ['supervisor', `data-plane-0-${status.processes[0]!.pid}`])
    assert.equal(statSync(path.join(dataDir, 'run', `${name}.sock`)).mode & 0o777, 0o600, name);
});

test('supervisor: what replaced data planes counted last stays counted', async (t) => {
  const dataDir = dataFolder(t);
  writeFileSync(path.join(dataDir, 'sluice.yaml'), 'processes: 1\n');
  const { sluice, status } = await startSluice(t, dataDir);
  for (let i = 0; i < 5; i++) assert.ok(await ask(status.port));
  writeFileSync(path.join(dataDir, 'sluice.yaml'), 'processes: 2\n');
  sluice.kill('SIGHUP');
  await sluice.printed('has drained');
  const metrics = await fetch(`http://127.0.0.1:${status.adminPort}/metrics`);
  assert.match(await metrics.text(), /^sluice_unlisted_requests_total 5$/m);
});

test('data plane: SIGHUP has it adopt what is published and reopen its logs, without a supervisor', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir);
  sluice.kill('SIGKILL');
  await sluice.exited;
  assert.equal(await runningStatus(dataDir), null);
  const { pid } = status.processes[0]!;
  writeFileSync(path.join(dataDir, 'revision'), '9');
  process.kill(pid, 'SIGHUP');
  await until(() => exists(dataDir, `reopened-${pid}`));
  await until(async () => (await ask(status.port))!.revision === 9);
});
