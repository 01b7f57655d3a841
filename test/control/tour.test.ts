// The README's tour, word for word, with the real aws command line against the real gateway.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { administratorOf, awsClientsFolder, noAwsClients } from '../support/management.ts';
import { startReal } from '../support/real-sluice.ts';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** The shell block of the tour, for other ports and another folder. */
function tourFor(ports: { gateway: number; admin: number; management: number }, folder: string): string {
  const block = /## The tour with the aws command line[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)![1]!;
  return block
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${ports.gateway}`)
    .replaceAll('127.0.0.1:8090', `127.0.0.1:${ports.admin}`)
    .replaceAll('127.0.0.1:8081', `127.0.0.1:${ports.management}`)
    .replaceAll('/tmp/', `${folder}/`)
    .replaceAll(/^curl .*$/gm, '$&; echo');
}

test('tour: the README can be pasted, from create-rest-api to canary, rollback, export and SDK', {
  skip: noAwsClients,
}, async (t) => {
  const status = await startReal(t);
  const { dataDir } = status;
  const ports = { gateway: status.port, admin: status.adminPort, management: status.managementPort };
  const { accessKeyId, secretAccessKey } = administratorOf(dataDir);
  const script = `set -eu
aws configure set aws_access_key_id ${accessKeyId} --profile sluice
aws configure set aws_secret_access_key ${secretAccessKey} --profile sluice
${tourFor(ports, dataDir)}
unzip -l ${dataDir}/tour-sdk.zip >/dev/null || python -m zipfile -l ${dataDir}/tour-sdk.zip >/dev/null
curl -s $url/hello; echo`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    env: {
      ...process.env,
      PATH: `${awsClientsFolder}:${process.env.PATH}`,
      AWS_CONFIG_FILE: path.join(dataDir, 'aws-config'),
      AWS_SHARED_CREDENTIALS_FILE: path.join(dataDir, 'aws-credentials'),
    },
  });
  const greetings = [...stdout.matchAll(/^\{"greeting": "(\w+)"\}/gm)].map(([, greeting]) => greeting);
  // The rollback moves the deployment, not the variables.
  assert.deepEqual(greetings, ['tried', 'hello', 'welcome', 'canary', 'canary']);
  assert.match(readFileSync(path.join(dataDir, 'tour.yaml'), 'utf8'), /openapi: "?3\.0\.1/);
});
