import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { AuditLog, type AuditLogOptions, auditFile } from '../../src/observability/audit-log.ts';
import { type AuditFilter, readAudit } from '../../src/observability/read-audit.ts';

const startMs = Date.UTC(2024, 0, 2, 3, 4, 5);

function testLog(t: { after(work: () => unknown): void }, options: Partial<AuditLogOptions> = {}) {
  const logsDir = join(mkdtempSync(join(tmpdir(), 'sluice-audit-')), 'logs');
  const clock = { ms: startMs };
  const reports: string[] = [];
  const log = new AuditLog({
    logsDir,
    nowMs: () => clock.ms,
    report: (message) => reports.push(message),
    ...options,
  });
  t.after(() => {
    log.close();
    rmSync(join(logsDir, '..'), { recursive: true, force: true });
  });
  return { log, logsDir, clock, reports, text: () => readFileSync(auditFile(logsDir), 'utf8') };
}

const record = (i: number, more: object = {}) => ({
  eventTime: new Date(startMs + i * 1000).toISOString().replace('.000Z', 'Z'),
  eventName: 'CreateRestApi',
  userIdentity: { type: 'IAMUser', userName: 'ann' },
  i,
  ...more,
});

const numbers = async (logsDir: string, filter: AuditFilter): Promise<unknown[]> =>
  (await readAudit(logsDir, filter)).records.map((one) => (one as unknown as { i: number }).i);

test('audit log: a record is in the file when append returns, in a file of the owner alone', (t) => {
  const { log, logsDir, text } = testLog(t);
  log.append(JSON.stringify({ a: 1 }));
  log.append(JSON.stringify({ a: 'two\nlines' }));
  assert.equal(text(), '{"a":1}\n{"a":"two\\nlines"}\n');
  assert.equal(statSync(auditFile(logsDir)).mode & 0o777, 0o600);
  assert.deepEqual(log.stats(), { recordsWritten: 2, recordsLost: 0 });
});

test('audit log: records that were gathered are in the file, in order, when flush or close returns', (t) => {
  const { log, text } = testLog(t);
  log.gather(JSON.stringify({ a: 1 }));
  log.gather(JSON.stringify({ a: 'é' }));
  log.flush();
  assert.equal(text(), '{"a":1}\n{"a":"é"}\n');
  log.gather(JSON.stringify({ a: 3 }));
  log.append(JSON.stringify({ a: 4 }));
  log.gather(JSON.stringify({ a: 5 }));
  log.close();
  assert.equal(text(), '{"a":1}\n{"a":"é"}\n{"a":3}\n{"a":4}\n{"a":5}\n');
  assert.deepEqual(log.stats(), { recordsWritten: 5, recordsLost: 0 });
});

test('audit log: gathered records that do not fit a file are rotated like others', async (t) => {
  const { log, logsDir } = testLog(t, { bytesMax: 300, filesMax: 20 });
  for (let i = 0; i < 20; i++) log.gather(JSON.stringify(record(i)));
  log.flush();
  for (const name of readdirSync(logsDir)) assert.ok(statSync(join(logsDir, name)).size <= 300);
  assert.deepEqual(
    await numbers(logsDir, {}),
    Array.from({ length: 20 }, (_, i) => i),
  );
});

test('audit log: gathered records wait for nobody when they are many', (t) => {
  const { log, text } = testLog(t);
  log.gather(JSON.stringify({ a: 'x'.repeat(1_000_001) }));
  assert.ok(text().length > 1_000_000);
});

test('audit log: a file is rotated by size, and the oldest of too many is removed', async (t) => {
  const { log, logsDir, clock } = testLog(t, { bytesMax: 300, filesMax: 3 });
  for (let i = 0; i < 20; i++) {
    clock.ms = startMs + i * 1000;
    log.append(JSON.stringify(record(i)));
  }
  const names = readdirSync(logsDir).sort();
  assert.equal(names.length, 4);
  assert.equal(names[3], 'audit.log');
  for (const name of names) assert.ok(statSync(join(logsDir, name)).size <= 300);
  // Two records a file: the current one and three rotated ones.
  assert.deepEqual(await numbers(logsDir, {}), [12, 13, 14, 15, 16, 17, 18, 19]);
});

test('audit log: files that are rotated within one millisecond have names of their own, in order', async (t) => {
  const { log, logsDir } = testLog(t, { bytesMax: 1 });
  for (let i = 0; i < 12; i++) log.append(JSON.stringify(record(i)));
  assert.equal(readdirSync(logsDir).length, 12);
  assert.deepEqual(
    await numbers(logsDir, {}),
    Array.from({ length: 12 }, (_, i) => i),
  );
});

test('audit log: a file that somebody renamed is made again within a second', (t) => {
  const { log, logsDir, clock, text } = testLog(t);
  log.append(JSON.stringify(record(0)));
  renameSync(auditFile(logsDir), join(logsDir, 'moved'));
  clock.ms += 1000;
  log.append(JSON.stringify({ a: 1 }));
  assert.equal(text(), '{"a":1}\n');
});

test('audit log: what a crash cut off does not spoil the next record', async (t) => {
  const { log, logsDir } = testLog(t);
  mkdirSync(logsDir, { recursive: true });
  writeFileSync(auditFile(logsDir), `${JSON.stringify(record(1))}\n{"eventTime":"20`);
  log.append(JSON.stringify(record(2)));
  const { records, linesUnreadable } = await readAudit(logsDir, {});
  assert.deepEqual([records.length, linesUnreadable], [2, 1]);
});

test('audit log: an outage is reported once, counted, and its end too', (t) => {
  const { log, logsDir, reports, text } = testLog(t);
  // A folder where the file should be: refused to root as well.
  mkdirSync(auditFile(logsDir), { recursive: true });
  log.append(JSON.stringify({ a: 1 }));
  log.append(JSON.stringify({ a: 2 }));
  assert.deepEqual(log.stats(), { recordsWritten: 0, recordsLost: 2 });
  assert.equal(reports.length, 1);
  assert.match(reports[0]!, /^Cannot write the audit log ".*audit.log": EISDIR.*unrecorded/);
  rmSync(auditFile(logsDir), { recursive: true });
  log.append(JSON.stringify({ a: 3 }));
  assert.equal(text(), '{"a":3}\n');
  assert.match(reports[1]!, /is written again; 2 records were lost$/);
  chmodSync(auditFile(logsDir), 0o600);
});

test('audit log: records are found by time, user, event and outcome, the newest last', async (t) => {
  const { log, logsDir, clock } = testLog(t, { bytesMax: 500 });
  const identity = (userName: string) => ({
    userIdentity: { type: 'IAMUser', userName, arn: `arn:${userName}`, accessKeyId: `AKIA-${userName}` },
  });
  const all = [
    record(0, identity('ann')),
    record(1, { ...identity('bob'), eventName: 'DeleteRestApi' }),
    record(2, { userIdentity: { type: 'Unknown' }, errorCode: 'InvalidSignatureException' }),
    record(3, { ...identity('local:joe'), eventName: 'UpdateStage' }),
    record(4, { ...identity('ann'), eventName: 'UpdateStage', errorCode: 'NotFoundException' }),
  ];
  for (const [i, one] of all.entries()) {
    clock.ms = startMs + i * 1000;
    log.append(JSON.stringify(one));
  }
  const cases: [filter: AuditFilter, found: number[]][] = [
    [{}, [0, 1, 2, 3, 4]],
    [{ sinceMs: startMs + 2000 }, [2, 3, 4]],
    [{ untilMs: startMs + 2000 }, [0, 1]],
    [{ sinceMs: startMs + 1000, untilMs: startMs + 2000 }, [1]],
    [{ user: 'ann' }, [0, 4]],
    [{ user: 'arn:bob' }, [1]],
    [{ user: 'AKIA-bob' }, [1]],
    [{ user: 'joe' }, [3]],
    [{ user: 'unknown' }, [2]],
    [{ event: 'updatestage' }, [3, 4]],
    [{ event: '*RestApi' }, [0, 1, 2]],
    [{ event: 'Update' }, []],
    [{ onlyErrors: true }, [2, 4]],
    [{ limit: 2 }, [3, 4]],
    [{ limit: 1, user: 'ann', event: 'Create*' }, [0]],
  ];
  for (const [filter, found] of cases)
    assert.deepEqual(await numbers(logsDir, filter), found, JSON.stringify(filter));
});

test('audit log: a folder without one has no records, and lines of others are counted', async (t) => {
  const { logsDir } = testLog(t);
  assert.deepEqual(await readAudit(logsDir, {}), { records: [], linesUnreadable: 0 });
  mkdirSync(logsDir, { recursive: true });
  appendFileSync(auditFile(logsDir), 'null\n{}\n');
  assert.deepEqual(await readAudit(logsDir, {}), { records: [], linesUnreadable: 2 });
});

test('audit log: a process that is killed in the middle loses no record that it has appended', async (t) => {
  const { logsDir } = testLog(t);
  const writer = fileURLToPath(new URL('./audit-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [writer, logsDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.length > 10_000) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const appended = said.slice(0, said.lastIndexOf('\n')).split('\n').map(Number);
  const written = new Set(await numbers(logsDir, {}));
  assert.ok(appended.length > 1000);
  assert.deepEqual(
    appended.filter((i) => !written.has(i)),
    [],
  );
});
