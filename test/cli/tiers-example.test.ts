// The README of examples/tiers, word for word, with the real aws command line against the real gateway.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import { administratorOf, awsClientsFolder, noAwsClients } from '../support/management.ts';
import { startReal } from '../support/real-sluice.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${root}examples/tiers/README.md`, 'utf8');
const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!);
const loaded = loadAddon();

test('tiers: the README can be pasted, and three plans answer as its table says', {
  skip: noAwsClients || ('absent' in loaded && loaded.absent),
}, async (t) => {
  const status = await startReal(t);
  const { accessKeyId, secretAccessKey } = administratorOf(status.dataDir);
  const script = `set -eu
sluice() { ${process.execPath} src/main.ts "$@" --data-dir ${status.dataDir}; }
${blocks.join('\n').replaceAll('127.0.0.1:8080', `127.0.0.1:${status.port}`)}`.replaceAll(
    /^( *curl -s \S+(?: -H '[^']*')?).*$/gm,
    '$1; echo',
  );
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    cwd: root,
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: `${root}build/compile-cache`,
      PATH: `${awsClientsFolder}:${process.env.PATH}`,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${status.managementPort}`,
    },
  });
  const answers = [...stdout.matchAll(/^\{"(message|quote|report)": ?"([^"]*)"/gm)].map(([, , text]) => text);
  const quote = 'Measure twice, cut once.';
  assert.deepEqual(answers, [
    'Forbidden',
    ...[quote, quote, quote, quote, quote, 'Limit Exceeded'],
    'All is well.',
    'Too Many Requests',
    quote,
    quote,
  ]);
  assert.match(stdout, /basic\s+ann\s+5\s+5\s+5\s+0\s+DAY until/);
  assert.match(stdout, /standard\s+bob\s+1\s+1\s+100000\s+99999\s+MONTH until/);
  assert.match(stdout, /,basic,basic,\w+,ann,,tiers00001,v1,6\r?$/m);
});
