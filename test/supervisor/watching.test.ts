import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { runningStatus } from '../../src/supervisor/index.ts';
import { type DataPlane, findDataPlanes } from '../../src/supervisor/run-folder.ts';
import { Slot } from '../../src/supervisor/slot.ts';
import { ask, dataFolder, startSluice, until } from './sluice.ts';

test('supervisor: a crash loop is told, waits longer each time, and ends when the cause does', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir);
  const cause = path.join(dataDir, 'fail-start');
  writeFileSync(cause, 'no memory left');
  process.kill(status.processes[0]!.pid, 'SIGKILL');
  await sluice.printed(/data plane 0 died 4 times in a row; next try in 400 ms/);
  assert.match(sluice.text, /data plane 0 did not start: no memory left/);
  rmSync(cause);
  await sluice.printed(/data plane 0 \(pid \d+\) is ready/);
  assert.ok(await ask(status.port));
});

test('supervisor: SIGTERM ends a crash loop too', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir);
  writeFileSync(path.join(dataDir, 'fail-start'), 'no memory left');
  process.kill(status.processes[0]!.pid, 'SIGKILL');
  await sluice.printed(/next try in/);
  sluice.kill('SIGTERM');
  assert.equal(await sluice.exited, 0);
});

test('slot: a data plane that answers nothing for too long is killed and replaced', async (t) => {
  const dataDir = dataFolder(t);
  const { status } = await startSluice(t, dataDir);
  const [plane] = await findDataPlanes(dataDir);
  const lines: string[] = [];
  const launched = Promise.withResolvers<void>();
  const slot = new Slot<DataPlane>({
    name: 'data plane 0',
    unresponsiveMs: 0,
    log: (line) => lines.push(line),
    launch: () => {
      launched.resolve();
      return Promise.reject(new Error('one is enough for this test'));
    },
  });
  slot.take(plane!);
  const { pid } = status.processes[0]!;
  process.kill(pid, 'SIGSTOP');
  await slot.look();
  await launched.promise;
  await slot.release();
  assert.equal(lines[0], `data plane 0 (pid ${pid}) has answered nothing for 0 s; killing it`);
});

test('admin: the pages tell health, readiness and state; counters do not go back when a data plane is replaced', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir, ['--processes', '2']);
  const page = async (name: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${status.adminPort}${name}`);
    return `${response.status} ${await response.text()}`;
  };
  const counted = async (): Promise<number> =>
    Number(/^sluice_unlisted_requests_total (\d+)$/m.exec(await page('/metrics'))![1]);
  assert.equal(await page('/healthz'), '200 ok\n');
  assert.equal(await page('/readyz'), '200 ready\n');
  for (let i = 0; i < 20; i++) assert.ok(await ask(status.port));
  assert.equal(await counted(), 20);

  process.kill(status.processes[0]!.pid, 'SIGKILL');
  await sluice.printed(/data plane 0 \(pid \d+\) is ready/);
  assert.equal(await counted(), 20);
  const told = JSON.parse((await page('/status')).slice('200 '.length));
  assert.equal(told.port, status.port);
  assert.deepEqual(
    told.processes.map((one: { slot: number; state: string }) => [one.slot, one.state]),
    [
      [0, 'ready'],
      [1, 'ready'],
    ],
  );
});

test('admin: readiness is 503 while no data plane serves', async (t) => {
  const dataDir = dataFolder(t);
  const { sluice, status } = await startSluice(t, dataDir);
  writeFileSync(path.join(dataDir, 'fail-start'), 'not now');
  process.kill(status.processes[0]!.pid, 'SIGKILL');
  await sluice.printed('did not start: not now');
  const response = await fetch(`http://127.0.0.1:${status.adminPort}/readyz`);
  assert.equal(response.status, 503);
  assert.match(await response.text(), /0 of 1 data planes serve/);
  rmSync(path.join(dataDir, 'fail-start'));
  await until(async () => ((await runningStatus(dataDir))?.processes.length ?? 0) === 1);
});
