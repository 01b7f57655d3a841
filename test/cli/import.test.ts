import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { readPublishedState } from '../../src/resources/snapshot-file.ts';
import { dataFolder, run, startSluice } from '../supervisor/sluice.ts';

const mock = {
  responses: { 200: { description: 'ok' } },
  'x-amazon-apigateway-integration': {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode":200}' },
    responses: { default: { statusCode: '200' } },
  },
};

const api = (title: string, more: object = {}): string =>
  JSON.stringify({
    openapi: '3.0.1',
    info: { title, version: '1' },
    paths: { '/a': { get: { ...mock, ...more } } },
  });

/** A folder with the file, which is the data folder too. */
function folderWith(t: Parameters<typeof dataFolder>[0], text: string): string {
  const folder = dataFolder(t);
  writeFileSync(path.join(folder, 'api.json'), text);
  return folder;
}

const importArgs = (folder: string, ...more: string[]): string[] => {
  const where = ['--stage', 'dev', '--data-dir', folder, '--port', '9090'];
  return ['import', 'api.json', ...where, ...more];
};

test('import: a file is deployed, its URLs are shown, and importing it again keeps the API', async (t) => {
  const folder = folderWith(t, api('pets'));
  const settings = [
    '--variable',
    'a=1',
    '--variable',
    'b=x=y',
    '--throttle-rate',
    '5',
    '--throttle-burst',
    '7',
  ];
  const first = await run(t, folder, importArgs(folder, '--api-id', 'abc123', ...settings));
  assert.deepEqual(first, {
    exit: 0,
    text: `pets (abc123) is deployed to stage dev
  http://abc123.execute-api.us-east-1.localhost:9090/dev
  http://127.0.0.1:9090/_aws/execute-api/abc123/dev
No gateway runs on the data folder "${folder}"; "sluice start" will serve it.
`,
  });
  const { stage } = readPublishedState(folder)!.stages[0]!;
  assert.deepEqual(stage.variables, { a: '1', b: 'x=y' });
  assert.deepEqual(stage.methodSettings, { '*/*': { throttlingRateLimit: 5, throttlingBurstLimit: 7 } });

  const again = await run(t, folder, importArgs(folder, '--json'));
  assert.equal(again.exit, 0);
  const { apiId, revision, name } = JSON.parse(again.text);
  assert.deepEqual({ apiId, revision, name }, { apiId: 'abc123', revision: 2, name: 'pets' });

  const other = JSON.parse((await run(t, folder, importArgs(folder, '--json', '--name', 'others'))).text);
  assert.match(other.apiId, /^[a-z0-9]{10}$/);
  const listed = JSON.parse(
    (await run(t, folder, ['apis', '--json', '--data-dir', folder, '--port', '0'])).text,
  );
  assert.deepEqual(listed.map((one: { name: string }) => one.name).sort(), ['others', 'pets']);
});

test('import: data planes that run serve the deployment when the command ends', async (t) => {
  const folder = folderWith(t, api('pets'));
  const { status } = await startSluice(t, folder, ['--processes', '2']);
  const { exit, text } = await run(t, folder, importArgs(folder, '--api-id', 'abc123'));
  assert.equal(exit, 0);
  assert.match(text, /^Served now by 2 data planes\.$/m);
  assert.ok(text.includes(`http://127.0.0.1:${status.port}/_aws/execute-api/abc123/dev\n`));
});

test('import: a data plane that cannot take over is told, with exit code 1', async (t) => {
  const folder = folderWith(t, api('pets'));
  await startSluice(t, folder);
  writeFileSync(path.join(folder, 'revision'), '-1');
  const { exit, text } = await run(t, folder, importArgs(folder));
  assert.equal(exit, 1);
  assert.match(text, /^error: data plane \d+ still serves what it had: the published state is broken$/m);
});

const badTemplate = {
  ...mock,
  'x-amazon-apigateway-integration': {
    type: 'mock',
    requestTemplates: { 'application/json': '#if(' },
    responses: { default: { statusCode: '200' } },
  },
};

const refused: readonly (readonly [what: string, file: string, line: RegExp])[] = [
  ['text that does not parse', '{"openapi":', /^api\.json:1:\d+: error: Invalid OpenAPI input/m],
  ['a template that does not parse', api('x', badTemplate), /^api\.json:1:\d+: error: .*/m],
  [
    'an API whose resource policy cannot be evaluated',
    JSON.stringify({ ...JSON.parse(api('x')), 'x-amazon-apigateway-policy': { Statement: [] } }),
    /^api\.json:1:\d+: error: The resource policy cannot be evaluated/m,
  ],
];

for (const [what, file, line] of refused) {
  test(`import and check: ${what} is refused with its place, and nothing is changed`, async (t) => {
    const folder = folderWith(t, file);
    const imported = await run(t, folder, importArgs(folder));
    assert.equal(imported.exit, 1, imported.text);
    assert.match(imported.text, line);
    assert.match(imported.text, /^error: "api\.json" has errors; nothing was changed$/m);
    assert.equal(readPublishedState(folder), null);
    const checked = await run(t, folder, ['check', 'api.json']);
    assert.equal(checked.exit, 1);
    assert.match(checked.text, line);
    const asJson = JSON.parse((await run(t, folder, ['check', 'api.json', '--json'])).text);
    assert.ok(asJson.counts.error > 0);
  });
}

test('check: a good file has no problems and exit code 0', async (t) => {
  const folder = folderWith(t, api('pets'));
  assert.deepEqual(await run(t, folder, ['check', 'api.json']), { exit: 0, text: 'no problems\n' });
});

test('import: two APIs of the same name are never guessed between', async (t) => {
  const folder = folderWith(t, api('pets'));
  for (const id of ['one', 'two'])
    assert.equal((await run(t, folder, importArgs(folder, '--api-id', id))).exit, 0);
  const { exit, text } = await run(t, folder, importArgs(folder));
  assert.equal(exit, 1);
  assert.match(
    text,
    /^error: 2 APIs are named "pets" \((one, two|two, one)\); say which one with --api-id\n$/,
  );
});
