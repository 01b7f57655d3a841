import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { findDataPlanes } from '../../src/supervisor/run-folder.ts';
import { ask, dataFolder, run, startSluice } from './sluice.ts';

async function takenPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const startOn = (dataDir: string, port: number, adminPort: number): string[] => {
  const ports = ['--port', String(port), '--admin-port', String(adminPort), '--management-port', '0'];
  return ['start', '--data-dir', dataDir, '--host', '127.0.0.1', ...ports];
};

test('start: a taken port is one clear line and exit 1', async (t) => {
  const dataDir = dataFolder(t);
  const port = await takenPort(t);
  assert.deepEqual(await run(t, dataDir, startOn(dataDir, port, 0)), {
    exit: 1,
    text: `error: Cannot listen on port ${port} of 127.0.0.1: another process is listening there; choose another with --port or --host\n`,
  });
});

test('start: a port that data planes of another folder share is taken too', async (t) => {
  const other = await startSluice(t, dataFolder(t));
  const dataDir = dataFolder(t);
  const { exit, text } = await run(t, dataDir, startOn(dataDir, other.status.port, 0));
  assert.equal(exit, 1);
  assert.match(text, /^error: Cannot listen on port \d+ of 127\.0\.0\.1: another process is listening there/);
});

test('start: a taken admin port is one clear line and exit 1', async (t) => {
  const dataDir = dataFolder(t);
  const port = await takenPort(t);
  assert.deepEqual(await run(t, dataDir, startOn(dataDir, 0, port)), {
    exit: 1,
    text: `error: Admin port ${port} on 127.0.0.1 is taken by another process; choose another with --admin-port\n`,
  });
});

test('start: a data folder that cannot be used is one clear line and exit 1', async (t) => {
  const folder = dataFolder(t);
  const file = path.join(folder, 'a-file');
  writeFileSync(file, '');
  assert.deepEqual(await run(t, folder, startOn(path.join(file, 'data'), 0, 0)), {
    exit: 1,
    text: `error: Cannot use the data folder "${file}/data" (ENOTDIR); name a folder that this user may read and write with --data-dir\n`,
  });
});

test('start: a data folder on a file system where nothing can be made is one clear line, not a hang', async (t) => {
  const { exit, text } = await run(t, dataFolder(t), startOn('/proc/no-such-folder/data', 0, 0));
  assert.equal(exit, 1);
  assert.match(text, /^error: Cannot use the data folder "\/proc\/no-such-folder\/data" \(ENOENT\)/);
});

test('start: TLS files that are not there are one clear line and exit 1', async (t) => {
  const dataDir = dataFolder(t);
  const tls = ['--tls-key', 'key.pem', '--tls-cert', 'cert.pem'];
  const { exit, text } = await run(t, dataDir, [...startOn(dataDir, 0, 0), ...tls]);
  assert.equal(exit, 1);
  assert.match(text, /^error: tls\.key: cannot read ".*key\.pem" \(ENOENT\); name a PEM file/);
});

test('start: the reason of a data plane that does not start is shown, and nothing is left running', async (t) => {
  const dataDir = dataFolder(t);
  writeFileSync(path.join(dataDir, 'fail-start'), 'the clock is wrong');
  assert.deepEqual(await run(t, dataDir, [...startOn(dataDir, 0, 0), '--processes', '2']), {
    exit: 1,
    text: 'error: a data plane did not start: the clock is wrong\n',
  });
  assert.deepEqual(await run(t, dataDir, ['stop', '--data-dir', dataDir]), {
    exit: 0,
    text: `No Sluice runs on the data folder "${dataDir}".\n`,
  });
});

test('start: a data folder deeper than a socket address can say works all the same', async (t) => {
  const dataDir = dataFolder(t, 'deep'.repeat(20), 'deeper'.repeat(10));
  const { status } = await startSluice(t, dataDir);
  assert.ok(await ask(status.port));
});

test('start: a log folder that cannot be used is one clear line and exit 1', async (t) => {
  const dataDir = dataFolder(t);
  const file = path.join(dataDir, 'a-file');
  writeFileSync(file, '');
  assert.deepEqual(await run(t, dataDir, [...startOn(dataDir, 0, 0), '--logs-dir', `${file}/logs`]), {
    exit: 1,
    text: `error: Cannot use the log folder "${file}/logs" (ENOTDIR); name a folder that this user may read and write with --logs-dir\n`,
  });
});

test('start: one that is refused leaves data planes that ran before as it found them', async (t) => {
  const dataDir = dataFolder(t);
  const first = await startSluice(t, dataDir);
  first.sluice.kill('SIGKILL');
  await first.sluice.exited;
  const { pid } = first.status.processes[0]!;
  const taken = String(await takenPort(t));
  const settings = ['--upstream-idle-ms', '1234'];
  for (const more of [[], settings]) {
    const args = [...startOn(dataDir, 0, 0).slice(0, -1), taken, ...more];
    const { exit, text } = await run(t, dataDir, args);
    assert.equal(exit, 1);
    assert.match(text, /error: Management port \d+ on 127\.0\.0\.1 is taken by another process/);
    const planes = await findDataPlanes(dataDir);
    for (const { client } of planes) client.end();
    assert.deepEqual(
      planes.map(({ hello }) => [hello.pid, hello.state]),
      [[pid, 'ready']],
    );
    assert.equal((await ask(first.status.port))?.pid, pid);
  }
});

test('start: where a lost data plane cannot be replaced, the one that runs serves on', async (t) => {
  const dataDir = dataFolder(t);
  const two = ['--processes', '2'];
  const first = await startSluice(t, dataDir, two);
  first.sluice.kill('SIGKILL');
  await first.sluice.exited;
  const [kept, lost] = first.status.processes.map((hello) => hello.pid) as [number, number];
  process.kill(lost, 'SIGKILL');
  writeFileSync(path.join(dataDir, 'fail-start'), 'the clock is wrong');
  const { exit, text } = await run(t, dataDir, [...startOn(dataDir, 0, 0), ...two]);
  assert.equal(exit, 1);
  assert.match(text, /runs already; adopted/);
  assert.match(text, /error: a data plane did not start: the clock is wrong\n$/);
  assert.equal((await ask(first.status.port))?.pid, kept);
});
