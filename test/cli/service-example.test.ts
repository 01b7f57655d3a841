import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '../supervisor/sluice.ts';
import { noAwsClients } from '../support/management.ts';
import { startMoto } from '../support/moto.ts';
import { startReal } from '../support/real-sluice.ts';
import { runLines } from './run-lines.ts';

const example = (file: string): string =>
  fileURLToPath(new URL(`../../examples/aws-services/${file}`, import.meta.url));

test('example aws-services: pets are kept in DynamoDB and requests queued in SQS, by the file alone', {
  skip: noAwsClients,
}, async (t) => {
  const moto = await startMoto();
  t.after(() => moto.stop());
  await moto.json('dynamodb', 'DynamoDB_20120810.CreateTable', {
    TableName: 'pets',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['owner', 'name'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'owner', KeyType: 'HASH' },
      { AttributeName: 'name', KeyType: 'RANGE' },
    ],
  });
  await moto.query('sqs', { Action: 'CreateQueue', QueueName: 'adoptions' });
  const folder = dataFolder(t);
  const config = path.join(folder, 'sluice.yaml');
  const keys = 'aws_access_key_id = local\naws_secret_access_key = local\n';
  writeFileSync(path.join(folder, 'credentials'), `[default]\n${keys}`);
  writeFileSync(
    config,
    readFileSync(example('sluice.yaml'), 'utf8')
      .replaceAll('http://127.0.0.1:5000', moto.origin)
      .replace(/accessKeyIdVariable: .*\n.*secretAccessKeyVariable: .*/, 'credentialsFile: credentials'),
  );
  const { dataDir, port } = await startReal(t, ['--config', config]);
  const [imported] = runLines(dataDir, [
    `import ${example('openapi.yaml')} --stage live --api-id pets000001`,
  ]);
  assert.equal(imported!.exit, 0, imported!.err);

  const ask = async (method: string, target: string, body?: unknown): Promise<unknown> => {
    const headers = { 'Content-Type': 'application/json' };
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`http://127.0.0.1:${port}/_aws/execute-api/pets000001/live${target}`, init);
    return [answer.status, await answer.json()];
  };
  const [status, kept] = (await ask('PUT', '/pets/ann', { name: `Rex "O'Neil"` })) as [
    number,
    { kept: boolean },
  ];
  assert.deepEqual([status, kept.kept], [200, true]);
  assert.deepEqual(await ask('GET', '/pets/ann'), [200, { pets: [{ name: `Rex "O'Neil"` }] }]);
  assert.deepEqual(await ask('GET', '/pets/bob'), [200, { pets: [] }]);
  assert.deepEqual(await ask('PUT', '/pets/ann', {}), [400, { message: 'Invalid request body' }]);
  assert.deepEqual(await ask('POST', '/adoptions', { pet: 'Rex', by: 'Bob & Ann' }), [202, { queued: true }]);
  const received = await moto.query('sqs', {
    Action: 'ReceiveMessage',
    QueueUrl: `${moto.origin}/123456789012/adoptions`,
  });
  assert.match(received, /Bob &amp; Ann/);
});
