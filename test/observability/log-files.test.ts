import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import test from 'node:test';
import { destinationFileName, LogFiles } from '../../src/observability/log-files.ts';
import fc from '../support/properties.ts';
import { scratchFolder } from './fixture.ts';

const options = { flushMs: 1, charactersMax: 1_000, openMax: 2, report: assert.fail };

const names: [string, string][] = [
  ['arn:aws:logs:eu-west-1:123456789012:log-group:/aws/api.gw/orders', '+aws+api.gw+orders'],
  ['arn:aws:logs:eu-west-1:123456789012:log-group:/aws/api.gw/orders:*', '+aws+api.gw+orders'],
  ['arn:aws-cn:logs:cn-north-1:123456789012:log-group:my#group', 'my%23group'],
  ['arn:aws:firehose:eu-west-1:123456789012:deliverystream/amazon-apigateway-a', 'amazon-apigateway-a'],
  ['arn:aws:logs:eu-west-1:123456789012:log-group:..', '%2E.'],
  ['../../etc/passwd', '%2E.+..+etc+passwd'],
  ['', '%'],
];
for (const [arn, name] of names)
  test(`log files: "${arn}" is logged to "${name}.log"`, () => {
    assert.equal(destinationFileName(arn), name);
  });

test('log files: different destinations have different names, none of which leaves the folder or is too long', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('/', '.', '+', '%', '2', 'F', 'a'), maxLength: 600 }),
  );
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [nameOfA, nameOfB] = [destinationFileName(a), destinationFileName(b)];
      if (Buffer.from(a).equals(Buffer.from(b))) assert.equal(nameOfA, nameOfB);
      else if (!a.startsWith('arn:') && !b.startsWith('arn:') && a !== '%' && b !== '%')
        assert.notEqual(nameOfA, nameOfB);
      assert.ok(nameOfA.length <= 200 && !nameOfA.includes(sep) && !nameOfA.startsWith('.'));
    }),
  );
});

test('log files: execution logs of a stage and of its canary are files of their own', async (t) => {
  const logsDir = scratchFolder(t);
  const files = new LogFiles({ ...options, logsDir });
  files.executionLog('api1', 'prod', false).append('one\n', 1);
  files.executionLog('api1', 'prod', true).append('two\n', 1);
  await files.close();
  const group = join(logsDir, 'API-Gateway-Execution-Logs_api1');
  assert.equal(readFileSync(join(group, 'prod.log'), 'utf8'), 'one\n');
  assert.equal(readFileSync(join(group, 'prod', 'Canary.log'), 'utf8'), 'two\n');
});

test('log files: the timer writes what waits and keeps at most the given number of files open', async (t) => {
  const logsDir = scratchFolder(t);
  const files = new LogFiles({ ...options, logsDir });
  const all = Array.from({ length: 5 }, (_, i) => files.accessLog(`group-${i}`));
  for (const file of all) file.append('line\n', 1);
  const isDone = () =>
    all.every((file) => file.stats().linesWritten === 1) && all.filter((f) => f.isOpen).length <= 2;
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 1));
  all[0]!.append('more\n', 1);
  await files.flush();
  assert.equal(readFileSync(all[0]!.path, 'utf8'), 'line\nmore\n');
  assert.equal(readdirSync(join(logsDir, 'access')).length, 5);
  await files.close();
});
