import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { dataFolder } from '../supervisor/sluice.ts';
import { runLines } from './run-lines.ts';

const trading = fileURLToPath(new URL('../../examples/trading/websocket.json', import.meta.url));
const openApi = fileURLToPath(new URL('../../examples/soap/openapi.yaml', import.meta.url));

test('import: a CloudFormation template becomes a WebSocket API with its stage, and again the same one', (t) => {
  const folder = dataFolder(t);
  const [first, again, other] = runLines(folder, [
    `import ${trading} --api-id trading001 --port 8080`,
    `import ${trading} --port 8080 --json`,
    `import ${trading} --name copy --parameter Service=10.0.0.7:80 --json`,
  ]);
  assert.deepEqual([first!.exit, first!.err], [0, '']);
  assert.match(
    first!.out,
    /^trading \(trading001\), stage live, deployment [a-z0-9]{6}\n {2}ws:\/\/trading001\.execute-api\.us-east-1\.localhost:8080\/live\n {2}ws:\/\/127\.0\.0\.1:8080\/_aws\/execute-api\/trading001\/live\n$/,
  );
  const { apiId, outcome, stages, protocolType } = JSON.parse(again!.out);
  assert.deepEqual(
    { apiId, outcome, stages, protocolType },
    { apiId: 'trading001', outcome: 'unchanged', stages: ['live'], protocolType: 'WEBSOCKET' },
  );
  const copy = JSON.parse(other!.out);
  assert.equal(copy.name, 'copy');
  assert.notEqual(copy.apiId, 'trading001');
});

test('import: what is wrong with a template is told with its place, and nothing is changed', (t) => {
  const folder = dataFolder(t);
  const file = path.join(folder, 'bad.yaml');
  writeFileSync(
    file,
    [
      'Resources:',
      '  Api:',
      '    Type: AWS::ApiGatewayV2::Api',
      '    Properties:',
      '      Name: bad',
      '      ProtocolType: WEBSOCKET',
      '      RouteSelection: $request.body.action',
      '',
    ].join('\n'),
  );
  const [bad] = runLines(folder, [`import ${file}`]);
  assert.equal(bad!.exit, 1);
  assert.match(bad!.err, /bad\.yaml:\d+:\d+.*RouteSelection/);
  assert.match(bad!.err, /has errors; nothing was changed\n$/);
});

test('import: options of the one kind of file are refused for the other', (t) => {
  const [stage, missing, parameter] = runLines(dataFolder(t), [
    `import ${trading} --stage live`,
    `import ${openApi}`,
    `import ${openApi} --stage live --parameter a=b`,
  ]);
  assert.deepEqual(
    [stage, missing, parameter].map((printed) => [printed!.exit, printed!.err]),
    [
      [2, 'error: a CloudFormation template says it itself: leave out --stage\n'],
      [2, "error: required option '--stage <name>' not specified\n"],
      [2, 'error: --parameter is for CloudFormation templates; OpenAPI files have none\n'],
    ],
  );
});
