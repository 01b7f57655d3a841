import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const url = (file: string): string => new URL(`../../src/${file}`, import.meta.url).href;
const skip = !existsSync('/dev/full') && 'this system has no /dev/full';

/** Runs a module whose standard output and error are on a full disk. @returns its exit code */
async function onFullDisk(source: string): Promise<unknown> {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', full, full],
  });
  return (await once(child, 'exit'))[0];
}

test('processes of a gateway: a log that cannot be written costs its lines alone', { skip }, async () => {
  const log = `report('one'); await new Promise(setImmediate); report('two'); await new Promise(setImmediate); process.exit(7);`;
  const imported = `import { outliveOwnLog, report } from '${url('supervisor/process-end.ts')}';`;
  assert.notEqual(await onFullDisk(imported + log), 7);
  assert.equal(await onFullDisk(`${imported} outliveOwnLog(); ${log}`), 7);
});

test('commands: one whose output nobody reads ends without a word', async () => {
  const child = spawn(process.execPath, [fileURLToPath(url('main.ts')), 'start', '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  assert.deepEqual([code, text], [0, '']);
});
