import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { until } from '../supervisor/sluice.ts';
import { startReal } from '../support/real-sluice.ts';
import { runLines } from './run-lines.ts';

const code = `export const handler = async (event, context) => {
  console.log('seen', event.n);
  if (event.fail) throw new RangeError('no such thing');
  return { n: event.n, arn: context.invokedFunctionArn, secret: process.env.TOKEN.length };
};
`;

test('sluice functions invoke: answers, failures, logs and events of a gateway that runs', async (t) => {
  const { dataDir } = await startReal(t);
  const folder = path.join(dataDir, 'mine');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'app.mjs'), code);
  writeFileSync(path.join(folder, 'event.json'), '{"n": 2}');
  const add = `functions add echo --runtime nodejs24.x --handler app.handler --code ${folder} --env TOKEN=hunter2`;
  const [added, first, file, failed, unknown, event, doctor] = runLines(dataDir, [
    add,
    'functions invoke echo --payload {"n":1} --log',
    `functions invoke echo --payload @${path.join(folder, 'event.json')} --json`,
    'functions invoke echo --payload {"n":3,"fail":true}',
    'functions invoke echo --qualifier nobody',
    'functions invoke echo --payload {"n":4} --async --json',
    'doctor --json',
  ]);
  assert.deepEqual([added!.exit, added!.err], [0, '']);
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:echo';
  assert.deepEqual([first!.exit, JSON.parse(first!.out)], [0, { n: 1, arn, secret: 7 }], first!.err);
  assert.match(first!.err, /^START RequestId: .*\n.*\tINFO\tseen 1\nEND RequestId: .*\nREPORT RequestId: /);
  const { payload, executedVersion, functionError } = JSON.parse(file!.out);
  assert.deepEqual([payload.n, executedVersion, functionError], [2, '$LATEST', null]);
  assert.equal(failed!.exit, 1);
  assert.equal(JSON.parse(failed!.out).errorMessage, 'no such thing');
  assert.match(
    failed!.err,
    /^error: the function failed \(Unhandled, request \S+\); see sluice functions logs echo\n$/,
  );
  assert.equal(unknown!.exit, 1);
  assert.match(unknown!.err, /^error: .*echo:nobody/);
  const { requestId } = JSON.parse(event!.out);
  const logged = await until(() => {
    const [lines] = runLines(dataDir, [`functions logs echo --request ${requestId}`]);
    return lines!.out.includes('REPORT') && lines!.out;
  });
  assert.match(logged, /\tINFO\tseen 4\n/);
  assert.match(doctor!.out, /1 function in a host of their own/);
});
