import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { counterFile } from '../../src/resources/index.ts';
import { readPublishedState } from '../../src/resources/snapshot-file.ts';
import { runLines } from './run-lines.ts';

const api = JSON.stringify({
  openapi: '3.0.1',
  info: { title: 'pets', version: '1' },
  paths: {
    '/a': {
      get: {
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode":200}' },
          responses: { default: { statusCode: '200' } },
        },
      },
    },
  },
});

/** A data folder with the API `pets`, deployed to `prod`. */
function folderWithApi(t: { after(work: () => unknown): void }): { dataDir: string; file: string } {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-manage-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const file = join(dataDir, 'api.json');
  writeFileSync(file, api);
  const [imported] = runLines(dataDir, [`import ${file} --stage prod --api-id pets00 --variable v=1 --json`]);
  assert.equal(imported?.exit, 0, imported?.err);
  return { dataDir, file };
}

const runAll = (dataDir: string, ...lines: string[]): string[] =>
  runLines(dataDir, lines).map(({ exit, out, err }, i) => {
    assert.equal(exit, 0, `${lines[i]}: ${err}`);
    return out;
  });

const refusalOf = (dataDir: string, line: string): string => {
  const [printed] = runLines(dataDir, [line]);
  assert.equal(printed?.exit, 1, printed?.out);
  return printed.err;
};

test('sluice deploy, history and rollback: a stage goes forward and back', (t) => {
  const { dataDir } = folderWithApi(t);
  const first = readPublishedState(dataDir)!.stages[0]!.stage.deploymentId;
  const [deployed, stages, history, back, again] = runAll(
    dataDir,
    'deploy pets prod --description second --json',
    'stages pets --json',
    'history pets prod --json',
    'rollback pets prod --json',
    'history pets prod --json',
  ).map((out) => JSON.parse(out));
  assert.deepEqual(deployed, { apiId: 'pets00', stage: 'prod', deploymentId: deployed.deploymentId });
  assert.notEqual(deployed.deploymentId, first);
  assert.deepEqual(
    stages.map((one: { stage: string; deployment: string }) => [one.stage, one.deployment]),
    [['prod', deployed.deploymentId]],
  );
  assert.deepEqual(
    history.map((one: { deployment: string; description: string }) => [one.deployment, one.description]),
    [
      [deployed.deploymentId, 'second'],
      [first, ''],
    ],
  );
  assert.deepEqual(back, { apiId: 'pets00', stage: 'prod', deploymentId: first });
  assert.equal(again[0].deployment, first);
  assert.equal(again[0].by, 'UpdateStage');
  assert.equal(readPublishedState(dataDir)!.stages[0]!.stage.deploymentId, first);
});

test('sluice rollback: a stage without an earlier deployment is refused in one line', (t) => {
  const { dataDir } = folderWithApi(t);
  assert.equal(
    refusalOf(dataDir, 'rollback pets prod'),
    'error: the stage "prod" has no earlier deployment to go back to\n',
  );
  assert.equal(refusalOf(dataDir, 'rollback pets prod --to nope00'), 'error: Deployment id does not exist\n');
  assert.equal(
    refusalOf(dataDir, 'stages dogs'),
    'error: no API has the id or the name "dogs"; see what there is with "sluice apis"\n',
  );
});

test('sluice canary: it begins, changes, is promoted, and ends', (t) => {
  const { dataDir } = folderWithApi(t);
  assert.equal(
    refusalOf(dataDir, 'canary set pets prod'),
    'error: a new canary needs its share of the traffic: --percent\n',
  );
  const [begun, changed] = runAll(
    dataDir,
    'canary set pets prod --percent 10 --variable v=2 --json',
    'canary set pets prod --percent 25 --json',
  ).map((out) => JSON.parse(out));
  assert.equal(begun.canarySettings.percentTraffic, 10);
  assert.deepEqual(begun.canarySettings.stageVariableOverrides, { v: '2' });
  assert.equal(changed.canarySettings.percentTraffic, 25);
  const { stage, canary } = readPublishedState(dataDir)!.stages[0]!;
  assert.notEqual(stage.deploymentId, begun.canarySettings.deploymentId);
  assert.equal(canary?.percentTraffic, 25);
  runAll(dataDir, 'canary promote pets prod');
  const promoted = readPublishedState(dataDir)!.stages[0]!;
  assert.equal(promoted.stage.deploymentId, begun.canarySettings.deploymentId);
  assert.deepEqual(promoted.stage.variables, { v: '2' });
  assert.equal(promoted.canary, undefined);
  runAll(dataDir, 'canary set pets prod --percent 5', 'canary end pets prod');
  assert.equal(readPublishedState(dataDir)!.stages[0]!.canary, undefined);
  assert.equal(
    refusalOf(dataDir, 'canary promote pets prod'),
    'error: Promotion not available. Canary does not exist.\n',
  );
});

test('sluice export and sdk: documents and clients go to files', (t) => {
  const { dataDir } = folderWithApi(t);
  const [yaml, swagger] = runAll(
    dataDir,
    'export pets prod',
    'export pets prod --type swagger --format json --extensions apigateway',
    `sdk pets prod --out ${join(dataDir, 'sdk.zip')}`,
  );
  assert.match(yaml!, /^openapi: "?3\.0\.1/);
  assert.equal(JSON.parse(swagger!).paths['/a'].get['x-amazon-apigateway-integration'].type, 'mock');
  assert.equal(readFileSync(join(dataDir, 'sdk.zip')).toString('latin1', 0, 2), 'PK');
});

test('sluice keys import: keys of a CSV file are there, and warnings can refuse it', (t) => {
  const { dataDir } = folderWithApi(t);
  const file = join(dataDir, 'keys.csv');
  const value = 'abcdefghijklmnopqrstuvwxyz0123456789ABCD';
  writeFileSync(file, `name,key,description,enabled,usageplanIds\nann,${value},first,TRUE,\n`);
  const [imported] = runAll(dataDir, `keys import ${file} --json`).map((out) => JSON.parse(out));
  assert.equal(imported.ids.length, 1);
  assert.deepEqual(imported.warnings, []);
  writeFileSync(file, `name,key,description,enabled,usageplanIds\nbob,${value}x,second,TRUE,nosuch\n`);
  assert.match(
    refusalOf(dataDir, `keys import ${file} --fail-on-warnings`),
    /^error: Warnings found during import:\n.*nosuch/,
  );
});

test('sluice docs publish: versions are frozen, shown by a stage, and shown again', (t) => {
  const { dataDir } = folderWithApi(t);
  runAll(dataDir, 'docs publish pets 1.0 --stage prod', 'docs publish pets 2.0 --stage prod');
  assert.equal(readPublishedState(dataDir)!.stages[0]!.stage.documentationVersion, '2.0');
  runAll(dataDir, 'docs publish pets 1.0 --stage prod');
  assert.equal(readPublishedState(dataDir)!.stages[0]!.stage.documentationVersion, '1.0');
  assert.equal(
    refusalOf(dataDir, 'docs publish pets 1.0'),
    'error: version "1.0" is there already; say with --stage where it is to be shown\n',
  );
});

test('sluice backup and restore: everything comes back, snapshots too, and what was there is kept', (t) => {
  const { dataDir, file } = folderWithApi(t);
  const other = mkdtempSync(join(tmpdir(), 'sluice-manage-'));
  t.after(() => rmSync(other, { recursive: true, force: true }));
  const copy = join(dataDir, 'all.backup');
  runAll(dataDir, `backup ${copy}`);
  assert.equal(
    refusalOf(dataDir, `backup ${copy}`),
    `error: "${copy}" is there already; name another file\n`,
  );
  const wanted = readPublishedState(dataDir)!;
  const [restored] = runAll(other, `restore ${copy}`);
  assert.equal(restored, `${copy} is restored: 1 APIs. "sluice start" serves them.\n`);
  const got = readPublishedState(other)!;
  assert.deepEqual(got.stages, wanted.stages);
  assert.ok(statSync(join(other, 'snapshots', `${got.stages[0]!.deploymentHash}.msgpack`)).size > 0);
  runAll(other, `import ${file} --stage dev --api-id other0 --name others`);
  mkdirSync(join(other, 'run'), { recursive: true });
  writeFileSync(counterFile(other), 'counted since');
  const [back, apis] = runAll(other, `restore ${copy}`, 'apis --json --port 0');
  assert.ok(!existsSync(counterFile(other)), 'what was counted since is not believed');
  assert.match(back!, /What was there before is kept as ".*sluice\.sqlite\.before-restore"/);
  assert.deepEqual(
    JSON.parse(apis!).map((one: { name: string }) => one.name),
    ['pets'],
  );
});

test('sluice restore: what is no backup is refused, and nothing changes', (t) => {
  const { dataDir, file } = folderWithApi(t);
  const before = readFileSync(join(dataDir, 'sluice.sqlite'));
  assert.match(refusalOf(dataDir, `restore ${file}`), /^error: .*api\.json.*\n$/);
  assert.match(
    refusalOf(dataDir, `restore ${join(dataDir, 'nothing')}`),
    /^error: There is no backup ".*nothing"\n$/,
  );
  const database = join(dataDir, 'copy.sqlite');
  writeFileSync(database, before);
  assert.match(refusalOf(dataDir, `restore ${database}`), /is no backup: write one with "sluice backup"\n$/);
  const [apis] = runAll(dataDir, 'apis --json --port 0');
  assert.equal(JSON.parse(apis!).length, 1);
});
