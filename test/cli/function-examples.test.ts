import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Status } from '../../src/supervisor/index.ts';
import { dataFolder, run } from '../supervisor/sluice.ts';
import { startReal } from '../support/real-sluice.ts';
import { runLines } from './run-lines.ts';

const example = (file: string): string => fileURLToPath(new URL(`../../examples/${file}`, import.meta.url));

function runAll(dataDir: string, ...lines: string[]): string[] {
  return runLines(dataDir, lines).map(({ exit, out, err }, i) => {
    assert.equal(exit, 0, `${lines[i]}: ${err}${out}`);
    return out;
  });
}

async function ask(agent: Agent, url: string): Promise<{ status: number; body: string }> {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { status: response.statusCode!, body };
}

const stageUrl = ({ port }: Status, path: string): string =>
  `http://127.0.0.1:${port}/_aws/execute-api/${path}`;

test('example lambda-canary: a tenth of the requests meets the version behind the canary, until it is promoted', async (t) => {
  const status = await startReal(t, ['--config', example('lambda-canary/sluice.yaml')]);
  const { dataDir } = status;
  runAll(
    dataDir,
    `import ${example('lambda-canary/openapi.yaml')} --stage live --api-id greetings --variable ver=prod`,
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => agent.destroy());
  const url = stageUrl(status, 'greetings/live/greeting');
  assert.deepEqual(await ask(agent, `${url}?name=Ann`), {
    status: 200,
    body: '{"version":1,"greeting":"Hello Ann"}',
  });

  const [added, , invoked] = runAll(
    dataDir,
    `functions add greeting --code ${example('lambda-canary/version-2')} --publish --json`,
    'functions alias greeting beta 2',
    'functions invoke greeting --qualifier beta --json',
    'canary set greetings live --percent 10 --variable ver=beta',
  );
  assert.equal(JSON.parse(added!).version, '2');
  const { requestId, executedVersion, functionError, payload } = JSON.parse(invoked!);
  assert.deepEqual([executedVersion, functionError], ['2', null]);
  assert.deepEqual(JSON.parse(payload.body), { version: 2, greeting: 'Good day, world!' });

  // Of 3,000 with a share of 0.1 the standard deviation is 16.4: six of them to either side. Of half the share, or twice
  // as much, it is more than four away.
  const requests = 3_000;
  const answers = await Promise.all(Array.from({ length: requests }, () => ask(agent, url)));
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([200]));
  const ofCanary = answers.filter(({ body }) => JSON.parse(body).version === 2).length;
  assert.ok(ofCanary > 200 && ofCanary < 400, `${ofCanary} of ${requests} met the canary`);

  runAll(dataDir, 'canary promote greetings live');
  const after = await Promise.all(Array.from({ length: 50 }, () => ask(agent, url)));
  assert.deepEqual(new Set(after.map(({ body }) => JSON.parse(body).version)), new Set([2]));

  const [logged] = runAll(dataDir, `functions logs greeting --request ${requestId}`);
  const id = requestId;
  assert.match(
    logged!,
    new RegExp(`^START RequestId: ${id} Version: 2\nEND RequestId: ${id}\nREPORT RequestId: ${id}\t`),
  );
  assert.equal(logged!.trimEnd().split('\n').length, 3);
});

test('example lambda-stream: events arrive one after the other, as the function writes them', async (t) => {
  const status = await startReal(t, ['--config', example('lambda-stream/sluice.yaml')]);
  runAll(
    status.dataDir,
    `import ${example('lambda-stream/openapi.yaml')} --stage live --api-id clock00001`,
    `functions add clock --code ${example('lambda-stream/clock')} --env EVERY_MS=20`,
  );
  const request = get(stageUrl(status, 'clock00001/live/clock?seconds=3'));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream');
  const chunks: string[] = [];
  for await (const chunk of response.setEncoding('utf8')) chunks.push(chunk);
  assert.ok(chunks.length > 1, 'it came in one piece');
  const ticks = [...chunks.join('').matchAll(/^id: (\d)\ndata: \{"tick":(\d),/gm)].map(([, id, tick]) => [
    id,
    tick,
  ]);
  assert.deepEqual(ticks, [
    ['1', '1'],
    ['2', '2'],
    ['3', '3'],
  ]);
});

for (const name of ['lambda-canary', 'lambda-stream', 'aws-services']) {
  test(`example ${name}: sluice check finds nothing in its document`, async (t) => {
    const checked = await run(t, dataFolder(t), ['check', example(`${name}/openapi.yaml`)]);
    assert.deepEqual(checked, { exit: 0, text: 'no problems\n' });
  });
}
