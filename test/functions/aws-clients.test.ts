// boto3 and the aws command line against a gateway with its function host and real functions. The steps of boto3 are in
// aws-clients.py, one after the other over one function; SLUICE_SLOW_TESTS=1 adds one that takes a minute.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Status } from '../../src/supervisor/index.ts';
import { runLines } from '../cli/run-lines.ts';
import { administratorOf, awsClientsFolder, noAwsClients } from '../support/management.ts';
import { startReal } from '../support/real-sluice.ts';

const script = fileURLToPath(new URL('./aws-clients.py', import.meta.url));

const environmentOf = ({ dataDir, managementPort }: Status): Record<string, string> => {
  const { accessKeyId, secretAccessKey } = administratorOf(dataDir);
  return {
    PATH: `${awsClientsFolder}:${process.env.PATH}`,
    HOME: dataDir,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${managementPort}`,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    PYTHONDONTWRITEBYTECODE: '1',
    ...(process.env.SLUICE_SLOW_TESTS === undefined ? {} : { SLUICE_SLOW_TESTS: '1' }),
  };
};

interface Told {
  readonly title: string;
  readonly failure: string | null;
}

test('boto3 and a function of the gateway', { skip: noAwsClients }, async (t) => {
  const status = await startReal(t);
  const folder = path.join(status.dataDir, 'mine');
  mkdirSync(folder);
  const origins = [`http://127.0.0.1:${status.managementPort}`, `http://127.0.0.1:${status.port}`];
  const python = path.join(awsClientsFolder!, 'python');
  const { stdout } = await promisify(execFile)(python, [script, ...origins, folder], {
    env: environmentOf(status),
  });
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
  assert.ok(told.length >= 12);
  for (const { title, failure } of told)
    await t.test(`boto3: ${title}`, () => assert.equal(failure ?? '', ''));
});

test('aws lambda invoke: RequestResponse, Event and DryRun answer as at AWS', {
  skip: noAwsClients,
}, async (t) => {
  const status = await startReal(t);
  const folder = path.join(status.dataDir, 'mine');
  mkdirSync(folder);
  writeFileSync(
    path.join(folder, 'app.mjs'),
    'export const handler = async (event) => ({ got: event.name, is: typeof event });\n',
  );
  const [added] = runLines(status.dataDir, [
    `functions add greeting --runtime nodejs24.x --handler app.handler --code ${folder}`,
  ]);
  assert.equal(added!.exit, 0, added!.err);
  const out = path.join(folder, 'answer.json');
  const invoke = async (...args: string[]): Promise<[unknown, string]> => {
    const all = ['lambda', 'invoke', '--function-name', 'greeting', ...args, out];
    const { stdout } = await promisify(execFile)('aws', all, { env: environmentOf(status) });
    return [JSON.parse(stdout), readFileSync(out, 'utf8')];
  };
  assert.deepEqual(await invoke('--payload', '{"name": "Änn"}'), [
    { StatusCode: 200, ExecutedVersion: '$LATEST' },
    '{"got":"Änn","is":"object"}',
  ]);
  const [tailed] = (await invoke('--log-type', 'Tail')) as [{ LogResult: string }, string];
  assert.match(
    Buffer.from(tailed.LogResult, 'base64').toString(),
    /^START RequestId: .*\nEND RequestId: .*\nREPORT RequestId: .*\n$/,
  );
  assert.deepEqual(await invoke('--invocation-type', 'Event'), [{ StatusCode: 202 }, '']);
  assert.deepEqual(await invoke('--invocation-type', 'DryRun'), [{ StatusCode: 204 }, '']);
  await assert.rejects(
    invoke('--qualifier', 'prod'),
    /ResourceNotFoundException.*Function not found: arn:aws:lambda:us-east-1:000000000000:function:greeting:prod/s,
  );
});
