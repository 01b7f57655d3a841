import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dataFolder } from '../supervisor/sluice.ts';

const script = fileURLToPath(new URL('../../bin/sluice', import.meta.url));
const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'there is no curl here';

test('example: the four curl lines that it prints work when pasted, and Ctrl-C ends everything', {
  skip,
}, async (t) => {
  const dataDir = dataFolder(t);
  const child = spawn(script, [
    'example',
    '--data-dir',
    dataDir,
    '--port',
    '0',
    '--admin-port',
    '0',
    '--management-port',
    '0',
  ]);
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const closed = once(child, 'close') as Promise<[number | null]>;
  while (!text.includes('Ctrl-C ends it.')) {
    const gone = closed.then(() => assert.fail(text));
    gone.catch(() => {});
    await Promise.race([once(child.stdout, 'data'), gone]);
  }
  const calls = text.split('\n').filter((line) => line.startsWith('  curl '));
  const answers = await Promise.all(
    calls.map(async (call) => {
      const { stdout } = await promisify(execFile)('sh', ['-c', `${call} -s`]);
      const [head, body] = stdout.split('\r\n\r\n');
      return [Number(head!.split(' ')[1]), JSON.parse(body!)];
    }),
  );
  assert.deepEqual(answers.slice(0, 3), [
    [200, { id: 1, name: 'Mia', species: 'cat', age: 3 }],
    [200, { genre: ['jazz', 'soul'] }],
    [200, { status: 'ok', stage: 'dev' }],
  ]);
  assert.equal(answers[3]![0], 400);
  assert.equal(answers[3]![1].message, 'Invalid request body');
  child.kill('SIGINT');
  // 'close' comes when nobody holds its standard error any more: the service has ended too.
  assert.deepEqual((await closed)[0], 0, text);
});
