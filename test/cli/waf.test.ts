// `sluice waf` beside a gateway that runs: stages are put behind a web ACL, and a table of countries is taken over.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type answerLocal, localControl } from '../../src/control/local/local-control.ts';
import { askSupervisor } from '../../src/supervisor/index.ts';
import { rule, visibility } from '../firewall/support.ts';
import { startReal } from '../support/real-sluice.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const compileCache = fileURLToPath(new URL('../../build/compile-cache', import.meta.url));
const document = JSON.stringify({
  openapi: '3.0.1',
  info: { title: 'guarded', version: '1' },
  paths: {
    '/a': {
      get: {
        responses: { 200: { description: 'OK' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode": 200}' },
          responses: { default: { statusCode: '200' } },
        },
      },
    },
  },
});

test('sluice waf: a table of countries is taken over, and a stage put behind a web ACL that looks in it', async (t) => {
  const { dataDir, port } = await startReal(t);
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const sluice = async (...line: readonly string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [main, ...line, '--data-dir', dataDir], { env })).stdout;
  const supervisor = (await askSupervisor(dataDir))!;
  t.after(() => supervisor.end());
  const control = localControl(
    (request) => supervisor.manage(request) as ReturnType<typeof answerLocal>,
    'test',
  );
  const file = path.join(dataDir, 'guarded.json');
  writeFileSync(file, document);
  await sluice('import', file, '--stage', 'prod', '--api-id', 'guarded001');
  const status = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/_aws/execute-api/guarded001/prod/a`)).status;
  const create = () =>
    control.call('wafv2:CreateWebACL', {
      Name: 'edge',
      Scope: 'REGIONAL',
      DefaultAction: { Allow: {} },
      VisibilityConfig: visibility('edge'),
      Rules: [rule('geo', 0, { GeoMatchStatement: { CountryCodes: ['CH'] } })],
    });
  assert.match(await sluice('waf'), /^There is no web ACL/);
  await assert.rejects(create(), /Geo statements need a table of countries/);
  const table = path.join(dataDir, 'table.csv');
  writeFileSync(table, 'first,last,country\n127.0.0.0,127.255.255.255,CH\n');
  assert.equal(await sluice('waf', 'countries', table), '1 ranges of addresses are known.\n');
  await create();
  assert.equal(await status(), 200);
  await sluice('waf', 'associate', 'edge', 'guarded001', 'prod');
  assert.equal(await status(), 403);
  assert.deepEqual(
    JSON.parse(await sluice('waf', '--json')).map(({ arn: _, ...one }: { arn: string }) => one),
    [{ name: 'edge', rules: 1, capacity: 1, stages: ['guarded001/prod'] }],
  );
  writeFileSync(table, '127.0.0.0/8,US\n');
  await sluice('waf', 'countries', table);
  assert.equal(await status(), 200);
  writeFileSync(table, 'nonsense\n1.2.3.4\n');
  await assert.rejects(sluice('waf', 'countries', table), /cannot take over .*: line 2 of the table/);
  await assert.rejects(
    sluice('waf', 'associate', 'nosuch', 'guarded001', 'prod'),
    /There is no web ACL "nosuch"/,
  );
  await assert.rejects(sluice('waf', 'associate', 'edge', 'guarded001', 'dev'), /There is no stage "dev"/);
  // A deployment keeps what the stage stands behind.
  writeFileSync(table, '127.0.0.0/8,CH\n');
  await sluice('waf', 'countries', table);
  await sluice('import', file, '--stage', 'prod', '--api-id', 'guarded001');
  assert.equal(await status(), 403);
  await sluice('waf', 'disassociate', 'guarded001', 'prod');
  assert.equal(await status(), 200);
});
