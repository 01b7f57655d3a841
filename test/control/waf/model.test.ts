// The table of wafv2's operations beside the published model that the aws clients bring along.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { wafOperations } from '../../../src/control/protocol/wafv2/operations.ts';
import { wafv2 } from '../../../src/control/protocol/wafv2/service.ts';
import { transformationTypes } from '../../../src/firewall/transformations.ts';
import { awsClientsFolder, noAwsClients, type Wire } from '../../support/management.ts';

function model(): Wire {
  const pattern = path.join(
    awsClientsFolder!,
    '../lib/python3*/site-packages/botocore/data/wafv2/2019-07-29',
  );
  const [folder = ''] = globSync(pattern);
  return JSON.parse(gunzipSync(readFileSync(path.join(folder, 'service-2.json.gz'))).toString());
}

test('wafv2: every operation has the members of the published model, and requires the same', {
  skip: noAwsClients,
}, () => {
  const { metadata, operations, shapes } = model();
  assert.equal(wafv2.target, metadata.targetPrefix);
  assert.equal(wafv2.contentType, `application/x-amz-json-${metadata.jsonVersion}`);
  for (const [name, { members }] of Object.entries(wafOperations)) {
    const { members: wanted, required = [] } = shapes[operations[name].input.shape];
    assert.deepEqual(Object.keys(members).sort(), Object.keys(wanted).sort(), name);
    const needed = Object.entries(members).flatMap(([member, { isRequired }]) =>
      isRequired ? [member] : [],
    );
    assert.deepEqual(needed.sort(), [...required].sort(), name);
  }
});

test('wafv2: every text transformation of the published model is done, or refused by its name', {
  skip: noAwsClients,
}, () => {
  const all: string[] = model().shapes.TextTransformationType.enum;
  const refused = ['CMD_LINE_UNIX', 'CMD_LINE_WIN', 'JS_DECODE_EXT', 'NONE', 'REMOVE_COMMENTS_CHAR'];
  assert.deepEqual(all.filter((type) => !transformationTypes.includes(type as 'TRIM')).sort(), refused);
});
