import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { AppendFile } from '../../src/observability/append-file.ts';
import { scratchFolder } from './fixture.ts';

function appendFile(path: string, charactersMax = 1_000_000) {
  const reports: string[] = [];
  const file = new AppendFile({
    path,
    charactersMax,
    onWaiting: () => undefined,
    report: (m) => void reports.push(m),
  });
  return { file, reports };
}

/** Starts append-process.ts. @param limitKiB - no file may become longer than this in it (RLIMIT_FSIZE) */
async function startProcess(
  t: TestContext,
  path: string,
  name: string,
  count: number,
  limitKiB: number | null,
) {
  const script = join(import.meta.dirname, 'append-process.ts');
  const limit = limitKiB === null ? '' : `ulimit -f ${limitKiB};`;
  const child = spawn(
    'bash',
    ['-c', `${limit} exec "$0" "$@"`, process.execPath, script, path, name, String(count)],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  t.after(() => child.kill());
  assert.deepEqual((await once(child, 'message'))[0], 'ready');
  return child;
}

async function ask(child: ChildProcess, message: 'append' | 'flush') {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0] as { stats: { linesWritten: number; linesDropped: number }; reports: string[] };
}

test('append file: two processes append to one file and no line is torn', async (t) => {
  const path = join(scratchFolder(t), 'access', 'shared.log');
  const [rounds, linesPerRound] = [20, 500];
  const children = await Promise.all(
    ['a', 'b'].map((name) => startProcess(t, path, name, linesPerRound, null)),
  );
  for (let round = 0; round < rounds; round++)
    await Promise.all(children.map((child) => ask(child, 'append')));
  await Promise.all(children.map((child) => ask(child, 'flush')));
  const next: Record<string, number> = { a: 0, b: 0 };
  let switches = 0;
  let before = '';
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
    const [name, index, , end] = line.split(' ') as [string, string, string, string];
    assert.equal(line, `${name} ${next[name]} ${'x'.repeat((next[name]! * 37) % 500)} end`);
    assert.equal(`${Number(index)} ${end}`, `${next[name]} end`);
    next[name]!++;
    if (name !== before) switches++;
    before = name;
  }
  assert.deepEqual(next, { a: rounds * linesPerRound, b: rounds * linesPerRound });
  assert.ok(switches >= rounds, 'both wrote in each round');
});

test('append file: a line that a full disk cut short is written again, whole, when there is space', async (t) => {
  const path = join(scratchFolder(t), 'access.log');
  const child = await startProcess(t, path, 'a', 50, 8);
  const full = await ask(child, 'append');
  assert.equal(readFileSync(path).length, 8192);
  assert.deepEqual(full.stats, { path, linesWritten: 0, linesDropped: 0 });
  assert.equal(full.reports.length, 1);
  assert.match(full.reports[0]!, /^Cannot write log file ".*access\.log": EFBIG/);
  renameSync(path, `${path}.1`);
  const after = await ask(child, 'flush');
  assert.deepEqual(after.stats, { path, linesWritten: 50, linesDropped: 0 });
  assert.match(after.reports[1]!, /is written again; 0 lines were dropped$/);
  const lines = (text: string) => text.split('\n').filter((line) => line.endsWith(' end'));
  const whole = [...lines(readFileSync(`${path}.1`, 'utf8')), ...lines(readFileSync(path, 'utf8'))];
  assert.deepEqual(
    whole.map((line) => Number(line.split(' ')[1])),
    Array.from({ length: 50 }, (_, i) => i),
  );
});

test('append file: an unwritable file is reported once, lines wait up to the maximum, the rest is counted', async (t) => {
  const folder = join(scratchFolder(t), 'access');
  writeFileSync(folder, 'a file where the folder should be');
  const path = join(folder, 'a.log');
  const { file, reports } = appendFile(path, 20);
  for (let i = 0; i < 5; i++) {
    file.append(`line ${i}\n`, 1);
    await file.flush();
  }
  assert.deepEqual(file.stats(), { path, linesWritten: 0, linesDropped: 3 });
  assert.deepEqual(reports.length, 1);
  assert.match(reports[0]!, /^Cannot write log file ".*a\.log": (ENOTDIR|EEXIST).*20 characters wait/);

  rmSync(folder);
  await file.flush();
  file.append('line 5\n', 1);
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), 'line 0\nline 1\nline 5\n');
  assert.deepEqual(file.stats(), { path, linesWritten: 3, linesDropped: 3 });
  assert.equal(reports[1], `Log file "${path}" is written again; 3 lines were dropped`);
  assert.equal(reports.length, 2);
});

test('append file: a full disk loses only what does not fit the buffer, and close counts the rest', async () => {
  if (!existsSync('/dev/full')) return;
  const { file, reports } = appendFile('/dev/full', 10);
  file.append('1234567\n', 1);
  await file.flush();
  file.append('7654321\n', 1);
  await file.close();
  assert.deepEqual(file.stats(), { path: '/dev/full', linesWritten: 0, linesDropped: 2 });
  assert.match(reports[0]!, /ENOSPC/);
  assert.equal(reports.length, 1);
});

test('append file: a file that was moved away is made again, without being told', async (t) => {
  const path = join(scratchFolder(t), 'a.log');
  const { file } = appendFile(path);
  file.append('one\n', 1);
  await file.flush();
  renameSync(path, `${path}.1`);
  file.append('two\n', 1);
  await file.flush();
  rmSync(path);
  file.append('three\n', 1);
  await file.close();
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'one\n');
  assert.equal(readFileSync(path, 'utf8'), 'three\n');
});

test('append file: reopen lets the old file go and the next line goes to the new one', async (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'deep', 'a.log');
  const { file } = appendFile(path);
  file.append('one\n', 1);
  await file.flush();
  mkdirSync(join(folder, 'old'));
  renameSync(path, join(folder, 'old', 'a.log'));
  await file.reopen();
  assert.equal(file.isOpen, false);
  file.append('two\n', 1);
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), 'two\n');
});

test('append file: 64 KB are written without waiting for a flush', async (t) => {
  const path = join(scratchFolder(t), 'a.log');
  const { file } = appendFile(path);
  let waiting = 0;
  const line = `${'é'.repeat(999)}\n`;
  for (let i = 0; i < 70; i++) {
    file.append(line, 1);
    if (file.isDraining) waiting++;
  }
  assert.ok(waiting > 0);
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), line.repeat(70));
});
