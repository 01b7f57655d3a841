// The generator as a child process.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { runGenerator } from '../../../src/control/sdk/run-generator.ts';

/** Runs a shell script in place of Java. Its arguments are Java's. */
function runScript(t: TestContext, script: string, timeLimitMs = 30_000) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-java-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [java, generatorJar] = [path.join(folder, 'java'), path.join(folder, 'generator.jar')];
  writeFileSync(java, `#!/bin/sh\n${script}\n`);
  writeFileSync(generatorJar, '');
  chmodSync(java, 0o755);
  const tools = { java, generatorJar, timeLimitMs };
  return runGenerator({ generator: 'g', document: { a: 1 }, properties: { b: '2' }, dataDir: folder, tools });
}

test('SDK generator: gets the document and the properties as files, and its files are the SDK', async (t) => {
  const files = await runScript(
    t,
    'mkdir -p out/src; cp api.json out/src/a; cp config.json out/b; echo "$*" > out/c',
  );
  const texts = [...files].map(([name, bytes]) => [
    name,
    Buffer.from(bytes)
      .toString()
      .replaceAll(/\/\S*\//g, ''),
  ]);
  assert.deepEqual(texts, [
    ['b', '{"b":"2"}'],
    [
      'c',
      '-Xmx512m -XX:+UseSerialGC -jar generator.jar generate -g g -i api.json -c config.json -o out --skip-validate-spec\n',
    ],
    ['src/a', '{"a":1}'],
  ]);
});

test('SDK generator: its folder is removed, whether it fails or not', async (t) => {
  const files = await runScript(t, 'mkdir out; pwd > out/where');
  assert.equal(existsSync(Buffer.from(files.get('where')!).toString().trim()), false);
  const failed = await runScript(t, 'pwd; exit 1').catch((error: Error) => error.message);
  const folder = /^OpenAPI Generator failed: (.+)$/.exec(String(failed))![1]!;
  assert.equal(existsSync(folder), false);
});

test('SDK generator: what it says of its failure is told in one line', async (t) => {
  const stack =
    'echo "Exception in thread main java.lang.RuntimeException: no such model"; echo "  at org.x.Y"; exit 1';
  await assert.rejects(runScript(t, stack), {
    name: 'GeneratorError',
    message: 'OpenAPI Generator failed: Exception in thread main java.lang.RuntimeException: no such model',
  });
  await assert.rejects(runScript(t, 'exit 3'), { message: 'OpenAPI Generator failed: exit code 3' });
});

test('SDK generator: is ended when its time is up', async (t) => {
  await assert.rejects(runScript(t, 'exec sleep 600', 50), {
    name: 'GeneratorError',
    message: 'OpenAPI Generator was ended after 50 ms',
  });
});

test('SDK generator: without Java, the refusal says how to get it', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-java-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const generatorJar = path.join(folder, 'generator.jar');
  writeFileSync(generatorJar, '');
  const tools = { java: path.join(folder, 'no-java'), generatorJar };
  await assert.rejects(
    runGenerator({ generator: 'g', document: {}, properties: {}, dataDir: folder, tools }),
    {
      name: 'GeneratorError',
      message: `The command "${tools.java}" was not found. Install Java 11 or newer, for example: apt-get install default-jre-headless`,
    },
  );
});
