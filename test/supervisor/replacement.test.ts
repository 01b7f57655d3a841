import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { adoptEverywhere, runningStatus, stopRunning } from '../../src/supervisor/index.ts';
import { ask, dataFolder, exists, run, Sluice, startSluice, until } from './sluice.ts';

test('supervisor: a data plane that is killed with -9 is replaced on the same port', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir, ['--processes', '2']);
  const [victim, survivor] = status.processes.map((hello) => hello.pid) as [number, number];
  process.kill(victim, 'SIGKILL');
  await sluice.printed(/data plane 0 \(pid \d+\) is ready/);
  const after = (await runningStatus(dataDir))!;
  assert.equal(after.port, status.port);
  assert.deepEqual(
    after.processes.map((hello) => hello.slot),
    [0, 1],
  );
  assert.notEqual(after.processes[0]!.pid, victim);
  assert.equal(after.processes[1]!.pid, survivor);
  await until(async () => (await ask(status.port))?.pid === after.processes[0]!.pid);
});

test('supervisor: a data plane that somebody drains is replaced before it has ended', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir, ['--processes', '1']);
  process.kill(status.processes[0]!.pid, 'SIGTERM');
  await sluice.printed(/data plane 0 \(pid \d+\) is ready/);
  assert.equal((await until(() => ask(status.port))).slot, 0);
});

test('supervisor: data planes serve on when it is killed, and a new one adopts them', async (t) => {
  const dataDir = dataFolder(t);
  const first = await startSluice(t, dataDir, ['--processes', '2']);
  first.sluice.kill('SIGKILL');
  await first.sluice.exited;
  assert.ok(await ask(first.status.port));

  const second = await startSluice(t, dataDir, ['--processes', '2']);
  const pids = (status: typeof first.status): number[] => status.processes.map((hello) => hello.pid);
  assert.deepEqual(pids(second.status), pids(first.status));
  assert.equal(second.status.port, first.status.port);
  assert.match(second.sluice.text, /runs already; adopted/);

  process.kill(pids(second.status)[1]!, 'SIGKILL');
  await second.sluice.printed(/data plane 1 \(pid \d+\) is ready/);
});

test('supervisor: a new one with other settings replaces what runs without a refused connection', async (t) => {
  const dataDir = dataFolder(t);
  const first = await startSluice(t, dataDir, ['--processes', '1']);
  first.sluice.kill('SIGKILL');
  await first.sluice.exited;

  let refused = 0;
  let isOver = false;
  const load = (async () => {
    while (!isOver) {
      await fetch(`http://127.0.0.1:${first.status.port}/`).then(
        (response) => response.text(),
        (error: Error & { cause?: { code?: string } }) => {
          if (error.cause?.code === 'ECONNREFUSED') refused++;
        },
      );
    }
  })();
  const second = await startSluice(t, dataDir, ['--processes', '1', '--upstream-idle-ms', '1234']);
  await second.sluice.printed('has drained');
  isOver = true;
  await load;
  assert.equal(refused, 0);
  assert.equal(second.status.port, first.status.port);
  assert.notEqual(second.status.processes[0]!.pid, first.status.processes[0]!.pid);
});

test('supervisor: data planes that run other code are replaced, not adopted', async (t) => {
  const dataDir = dataFolder(t);
  const first = await startSluice(t, dataDir);
  first.sluice.kill('SIGKILL');
  await first.sluice.exited;
  process.env.TOY_BUILD = 'newer';
  t.after(() => delete process.env.TOY_BUILD);
  const second = await startSluice(t, dataDir);
  await second.sluice.printed('has drained');
  assert.deepEqual(
    second.status.processes.map((hello) => hello.build),
    ['newer'],
  );
});

test('supervisor: a second one on the same data folder is refused in one line', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice } = await startSluice(t, dataDir);
  const second = await run(t, dataDir, [
    'start',
    '--data-dir',
    dataDir,
    '--port',
    '0',
    '--admin-port',
    '0',
    '--management-port',
    '0',
  ]);
  assert.deepEqual(second, {
    exit: 1,
    text: `error: Another Sluice (pid ${sluice.child.pid}) runs on the data folder "${dataDir}"; end it with "sluice stop", or name another folder with --data-dir\n`,
  });
});

test('supervisor: SIGTERM lets the request in flight end, then it exits 0', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir);
  const held = fetch(`http://127.0.0.1:${status.port}/hold`).then((response) => response.text());
  await until(() => exists(dataDir, 'holding'));
  sluice.kill('SIGTERM');
  assert.equal(await held, 'held until the drain');
  assert.equal(await sluice.exited, 0);
  assert.equal(await ask(status.port), undefined);
});

test('supervisor: the second Ctrl-C ends everything at once', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir);
  const stuck = fetch(`http://127.0.0.1:${status.port}/stuck`).then(
    () => 'answered',
    () => 'cut',
  );
  await until(() => exists(dataDir, 'stuck'));
  sluice.kill('SIGINT');
  await sluice.printed('SIGINT: draining');
  sluice.kill('SIGINT');
  assert.equal(await sluice.exited, 130);
  assert.equal(await stuck, 'cut');
  assert.deepEqual(await stopRunning(dataDir, 0), { supervisor: false, orphans: 0 });
});

test('supervisor: "sluice stop" ends it, from elsewhere', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice } = await startSluice(t, dataDir);
  const stopped = await run(t, dataDir, ['stop', '--data-dir', dataDir]);
  assert.deepEqual(stopped, { exit: 0, text: 'Sluice has ended.\n' });
  assert.equal(await sluice.exited, 0);
});

test('supervisor: SIGTERM during the start ends it too', async (t) => {
  const dataDir = dataFolder(t);
  const sluice = new Sluice(
    t,
    ['start', '--data-dir', dataDir, '--port', '0', '--admin-port', '0', '--management-port', '0'],
    dataDir,
  );
  await until(() => exists(dataDir, 'run/supervisor.pid'));
  sluice.kill('SIGTERM');
  assert.equal(await sluice.exited, 0);
  assert.deepEqual(await stopRunning(dataDir, 0), { supervisor: false, orphans: 0 });
});

test('supervisor: SIGHUP with the same settings adopts what is published and reopens logs', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir);
  const pid = status.processes[0]!.pid;
  writeFileSync(path.join(dataDir, 'revision'), '7');
  sluice.kill('SIGHUP');
  await sluice.printed('published state adopted, logs reopened');
  assert.deepEqual(await ask(status.port), { pid, slot: 0, revision: 7 });
  assert.ok(exists(dataDir, `reopened-${pid}`));
});

test('supervisor: SIGHUP with other settings replaces the data planes; with bad ones nothing changes', async (t) => {
  const dataDir = dataFolder(t);
  writeFileSync(path.join(dataDir, 'sluice.yaml'), 'processes: 1\n');
  const { sluice, status } = await startSluice(t, dataDir);
  writeFileSync(path.join(dataDir, 'sluice.yaml'), 'processes: many\n');
  sluice.kill('SIGHUP');
  await sluice.printed(
    'reload refused: sluice.yaml:1:12: processes is "many"; expected a whole number from 1 to 256',
  );
  assert.equal((await runningStatus(dataDir))!.processes[0]!.pid, status.processes[0]!.pid);

  writeFileSync(path.join(dataDir, 'sluice.yaml'), 'processes: 2\n');
  sluice.kill('SIGHUP');
  await sluice.printed('2 data planes serve with the new settings');
  await sluice.printed('has drained');
  const after = (await runningStatus(dataDir))!;
  assert.equal(after.port, status.port);
  assert.equal(after.processes.length, 2);
  assert.ok(after.processes.every((hello) => hello.pid !== status.processes[0]!.pid));
});

test('supervisor: every data plane adopts what another process published, with or without a supervisor', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir, ['--processes', '2']);
  const adopt = async (revision: number): Promise<void> => {
    writeFileSync(path.join(dataDir, 'revision'), String(revision));
    const report = await adoptEverywhere(dataDir);
    assert.deepEqual(report.failed, []);
    assert.deepEqual(
      report.adopted.map((plane) => plane.revision),
      [revision, revision],
    );
    assert.equal((await ask(status.port))!.revision, revision);
  };
  await adopt(3);
  assert.equal((await runningStatus(dataDir))!.revision, 3);
  sluice.kill('SIGKILL');
  await sluice.exited;
  await adopt(4);
  assert.deepEqual(await stopRunning(dataDir, 1_000), { supervisor: false, orphans: 2 });
  assert.deepEqual(await adoptEverywhere(dataDir), { adopted: [], failed: [] });
});

test('supervisor: a data plane that cannot adopt says why and serves what it had', async (t) => {
  const dataDir = dataFolder(t);
  const { status } = await startSluice(t, dataDir);
  writeFileSync(path.join(dataDir, 'revision'), '-1');
  const report = await adoptEverywhere(dataDir);
  assert.deepEqual(report.adopted, []);
  assert.deepEqual(report.failed, [
    { pid: status.processes[0]!.pid, reason: 'the published state is broken' },
  ]);
  assert.ok(await ask(status.port));
});
