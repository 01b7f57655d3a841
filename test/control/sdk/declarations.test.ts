// The types of a JavaScript SDK, as the TypeScript compiler sees them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { api, mock } from '../../support/api.ts';
import { sdkOf, unpacked } from './support.ts';

const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));

const use = `
import byDefault, { apigClientFactory, type ApigError } from './apiGateway-js-sdk/apigClient.mjs';
import { apigClientFactory as commonJs } from './apiGateway-js-sdk/apigClient.js';
const client = apigClientFactory.newClient({ apiKey: 'k' });
const { data, status } = await client.petsPetIdGet<{ name: string }>({ petId: 7, 'X-A': 'b', tags: ['a', 'b'] });
const length: number = data.name.length + status;
await byDefault.newClient().rootGet();
await commonJs.newClient().rootGet(null, '', { headers: { Authorization: 'a' }, signal: AbortSignal.timeout(1) });
const message = (error: ApigError) => error.message + error.status + length;
// @ts-expect-error petId is required
await client.petsPetIdGet({ 'X-A': 'b' });
// @ts-expect-error nothing is called so
await client.petsGet();
export { message };
`;

test('JavaScript SDK: its types take what it takes', async (t) => {
  const requestParameters = {
    'method.request.header.X-A': false,
    'method.request.querystring.tags': false,
    'method.request.querystring.it"s */': false,
  };
  const definition = api({ 'GET /': mock(''), 'GET /pets/{petId}': mock('', { requestParameters }) });
  const folder = unpacked(t, await sdkOf(definition));
  writeFileSync(path.join(folder, 'use.mts'), use);
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  const options = '--noEmit --strict --target es2022 --module nodenext --lib es2022,dom --types'.split(' ');
  const { stdout, status } = spawnSync(tsc, [...options, '', 'use.mts'], { cwd: folder, encoding: 'utf8' });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});
