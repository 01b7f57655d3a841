import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { PublishedFunction } from '../../src/resources/index.ts';
import { readPublishedState } from '../../src/resources/snapshot-file.ts';
import { dataFolder, type Sluice, startSluice } from '../supervisor/sluice.ts';

const functionsOf = (dataDir: string): readonly PublishedFunction[] =>
  readPublishedState(dataDir)!.functions!;

function folderWith(t: TestContext, config: string): { dataDir: string; write: (config: string) => void } {
  const dataDir = dataFolder(t);
  const write = (text: string): void => writeFileSync(join(dataDir, 'sluice.yaml'), text);
  write(config);
  mkdirSync(join(dataDir, 'code'));
  writeFileSync(join(dataDir, 'code', 'app.cjs'), 'exports.handler = async () => 1;\n');
  return { dataDir, write };
}

async function reload(sluice: Sluice): Promise<void> {
  sluice.text = '';
  sluice.kill('SIGHUP');
  await sluice.printed('reloaded: published state adopted');
}

const greeting = (more = ''): string =>
  `functions:\n  greeting: { runtime: nodejs24.x, handler: app.handler, code: code${more} }\n`;

const linesAbout = (sluice: Sluice): string[] =>
  sluice.text
    .split('\n')
    .map((line) => line.replace(/^\S+Z /, ''))
    .filter((line) => /function "|^alias|sluice\.yaml/.test(line));

test('declared functions: they are made at the start, brought up to date at a reload, and kept when they leave', async (t) => {
  const { dataDir, write } = folderWith(t, greeting(', aliases: { prod: 1 }'));
  const { sluice } = await startSluice(t, dataDir);
  assert.deepEqual(linesAbout(sluice), [
    'function "greeting" was created',
    'alias "prod" of function "greeting" is version 1',
  ]);
  const [first] = functionsOf(dataDir);
  assert.deepEqual(
    first!.aliases.map(({ name, functionVersion }) => [name, functionVersion]),
    [['prod', '1']],
  );
  assert.deepEqual(Object.keys(first!.policies).sort(), ['', 'prod']);

  const { revision } = readPublishedState(dataDir)!;
  await reload(sluice);
  assert.deepEqual(linesAbout(sluice), []);
  assert.equal(readPublishedState(dataDir)!.revision, revision, 'the same again was published');

  writeFileSync(join(dataDir, 'code', 'app.cjs'), 'exports.handler = async () => 2;\n');
  write(greeting(', timeout: 7, aliases: { prod: 1, beta: 2, next: $LATEST }'));
  await reload(sluice);
  assert.deepEqual(linesAbout(sluice), [
    'function "greeting" was updated',
    'alias "next" of function "greeting" is version $LATEST',
    'alias "beta" of function "greeting" is version 2',
  ]);
  const versions = functionsOf(dataDir)[0]!.versions;
  assert.deepEqual(
    versions.map(({ version, timeoutSeconds }) => [version, timeoutSeconds]),
    [
      ['$LATEST', 7],
      ['1', 3],
      ['2', 7],
    ],
  );
  assert.notEqual(versions[1]!.codeHash, versions[2]!.codeHash);

  write('region: us-east-1\n');
  await reload(sluice);
  assert.deepEqual(linesAbout(sluice), [
    'the function "greeting" is not in the configuration file any more; it stays until "sluice functions remove greeting"',
  ]);
  assert.equal(functionsOf(dataDir).length, 1);
});

test('declared functions: an environment runs as many invocations at once as the file says, else one', async (t) => {
  const { dataDir, write } = folderWith(t, greeting(', environmentConcurrency: 64'));
  writeFileSync(join(dataDir, 'code', 'app.py'), 'def handler(event, context): return 1\n');
  const { sluice } = await startSluice(t, dataDir);
  const atOnce = () => functionsOf(dataDir)[0]!.versions[0]!.concurrencyPerEnvironment;
  assert.equal(atOnce(), 64);
  await reload(sluice);
  assert.deepEqual(linesAbout(sluice), []);
  write(greeting());
  await reload(sluice);
  assert.deepEqual(linesAbout(sluice), ['function "greeting" was updated']);
  assert.equal(atOnce(), 1);
  write(greeting(', environmentConcurrency: 16').replace('nodejs24.x', 'python3.13'));
  await reload(sluice);
  assert.deepEqual(linesAbout(sluice), [
    'function "greeting" was updated',
    'sluice.yaml:2:13: functions.greeting.environmentConcurrency: "greeting" runs one invocation at a time in each environment, as Python does at AWS too: more environments are started instead.',
  ]);
  assert.equal(atOnce(), 1);
});

test('declared functions: what one has wrong is told with its place, and the gateway serves the others', async (t) => {
  const { dataDir } = folderWith(
    t,
    `functions:
  gone: { runtime: nodejs24.x, handler: app.handler, code: none }
  old: { runtime: nodejs12.x, handler: app.handler, code: code }
  unset: { runtime: nodejs24.x, handler: app.handler, code: code, environment: { KEY: { variable: NO_SUCH_VARIABLE } } }
  reserved: { runtime: nodejs24.x, handler: app.handler, code: code, environment: { AWS_REGION: x } }
  ahead: { runtime: nodejs24.x, handler: app.handler, code: code, aliases: { prod: 3, first: 1, second: 2 } }
`,
  );
  const { sluice } = await startSluice(t, dataDir);
  assert.deepEqual(linesAbout(sluice), [
    `sluice.yaml:2:9: functions.gone: there is no "${dataDir}/none"; name the folder or the zip file of the code`,
    'sluice.yaml:3:8: functions.old: "nodejs12.x" is not a runtime that this gateway runs; did you mean "nodejs18.x"?',
    'sluice.yaml:4:82: functions.unset.environment.KEY: the environment variable "NO_SUCH_VARIABLE" is not set; set it where sluice is started',
    'sluice.yaml:5:13: functions.reserved: Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION',
    'function "ahead" was created',
    'alias "first" of function "ahead" is version 1',
    'sluice.yaml:6:105: functions.ahead.aliases.second: version 2 would be the same as version 1; change the code or the settings first',
    'sluice.yaml:6:84: functions.ahead.aliases.prod: version 3 is not there; the next that can be published is 2',
  ]);
  assert.deepEqual(
    functionsOf(dataDir).map(({ functionName }) => functionName),
    ['ahead'],
  );
});
