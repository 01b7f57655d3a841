// Logs of functions: lines out of chunks, and files that stay within bounds.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { createFunctionLogs } from '../../../src/functions/environments/index.ts';
import { LogLines } from '../../../src/functions/environments/logs/log-lines.ts';
import fc, { runs } from '../../support/properties.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-logs-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

test('log lines: lines are the same however their bytes are cut, and none is longer than allowed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (texts, sizes) => {
        const lines = texts.map((text) => text.replaceAll('\n', ' '));
        let seen = '';
        const reader = new LogLines({
          ...{ lineBytesMax: 1000, bytesPerSecond: 1e9, nowMs: () => 0 },
          emit: (text) => {
            seen += text;
          },
        });
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length]!;
          reader.push(bytes.subarray(at, at + size));
          at += size;
        }
        reader.end();
        assert.equal(seen, bytes.toString());
      },
    ),
    { numRuns: runs(200) },
  );
});

test('log lines: a long line is cut, and what is too much for a second is counted', () => {
  let nowMs = 0;
  const seen: string[] = [];
  const lines = new LogLines({
    ...{ lineBytesMax: 5, bytesPerSecond: 20, nowMs: () => nowMs },
    emit: (text) => seen.push(text),
  });
  lines.push(Buffer.from('1234567890\nab\n'));
  lines.push(Buffer.from('123'));
  lines.push(Buffer.from('456789'));
  lines.push(Buffer.from('dropped\n'));
  nowMs = 1000;
  lines.push(Buffer.from('\nnext\n'));
  assert.deepEqual(seen, [
    '12345... (the line was cut)\n',
    'ab\n',
    '(8 bytes of logs were dropped: more than 20 in a second)\n',
    '12345... (the line was cut)\n',
    'next\n',
  ]);
});

test('function logs: a file that has grown is set aside, and lines keep their order', async (t) => {
  const logsDir = folder(t);
  const logs = createFunctionLogs({ logsDir, fileBytesMax: 10 });
  logs.append('one', 'first line\n');
  logs.append('two', 'other\n');
  await logs.flush();
  logs.append('one', 'second\n');
  logs.append('one', 'third\n');
  await logs.close();
  const files = path.join(logsDir, 'functions');
  const text = (name: string) => readFileSync(path.join(files, name), 'utf8');
  assert.deepEqual(readdirSync(files).sort(), ['one.log', 'one.log.1', 'two.log']);
  assert.deepEqual(
    [text('one.log.1'), text('one.log'), text('two.log')],
    ['first line\n', 'second\nthird\n', 'other\n'],
  );
});

test('function logs: what cannot be written is told once, and what is too much is counted', async (t) => {
  const logsDir = folder(t);
  const told: string[] = [];
  writeFileSync(path.join(logsDir, 'functions'), 'a file in the way');
  const logs = createFunctionLogs({ logsDir, charactersMax: 10, report: (message) => told.push(message) });
  logs.append('one', 'lost\n');
  await logs.flush();
  logs.append('one', 'lost\n');
  await logs.flush();
  assert.equal(told.length, 1);
  assert.match(told[0]!, /^Cannot write the function log ".*one\.log": /);
  rmSync(path.join(logsDir, 'functions'));
  mkdirSync(path.join(logsDir, 'functions'));
  logs.append('one', '12345678\n');
  logs.append('one', '12345678\n');
  await logs.close();
  assert.equal(
    readFileSync(path.join(logsDir, 'functions', 'one.log'), 'utf8'),
    '12345678\n(1 writes of this log were dropped: the disk was too slow)\n',
  );
});
