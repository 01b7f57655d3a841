import assert from 'node:assert/strict';
import test from 'node:test';
import { parseCsv } from '../../../src/control/api/csv.ts';
import type { ApiKey } from '../../../src/resources/index.ts';
import { refused, type TestControl, testControl } from '../../support/control.ts';
import fc from '../../support/properties.ts';

const key = (letter: string) => letter.repeat(30);
const importCsv = ({ call }: TestControl, lines: readonly string[], failOnWarnings?: boolean) =>
  call('ImportApiKeys', {
    body: Buffer.from(lines.join('\n')),
    format: 'csv',
    ...(failOnWarnings === undefined ? {} : { failOnWarnings }),
  });

test('import of api keys: columns come in any order and case; unknown ones are passed over', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  const { id: gold } = await call('CreateUsagePlan', { name: 'gold' });
  const { id: silver } = await call('CreateUsagePlan', { name: 'silver' });
  const { ids, warnings } = await importCsv(world, [
    'Color,Enabled,Name,key,UsageplanIds,description',
    `red,TRUE,first,${key('a')},"${gold}, ${silver}",'it''s "mine", really'`,
    `blue,,second,${key('b')},${gold},`,
    `,false,third,${key('c')}`,
    '',
  ]);
  assert.deepEqual(warnings, []);
  assert.equal(ids.length, 3);
  const { item } = await call('GetApiKeys', { includeValues: true });
  const shown = item.map(({ id: _, createdDate: __, lastUpdatedDate: ___, ...rest }: ApiKey) => rest);
  assert.deepEqual(shown, [
    { stageKeys: [], value: key('c'), name: 'third', enabled: false },
    { stageKeys: [], value: key('b'), name: 'second', enabled: true },
    { stageKeys: [], value: key('a'), name: 'first', enabled: true, description: `it's "mine", really` },
  ]);
  const keysOf = async (usagePlanId: string) =>
    (await call('GetUsagePlanKeys', { usagePlanId })).item.map(({ name }: ApiKey) => name);
  assert.deepEqual(await keysOf(gold), ['second', 'first']);
  assert.deepEqual(await keysOf(silver), ['first']);
});

test('import of api keys: a key that is there is overwritten and keeps its id', async (t) => {
  const world = await testControl(t);
  const { id } = await world.call('CreateApiKey', { name: 'old', value: key('a'), description: 'kept' });
  const lines = ['name,key,enabled', `new,${key('a')},true`, `newer,${key('a')},true`];
  assert.deepEqual(await importCsv(world, lines), { ids: [id], warnings: [] });
  const { name, description, enabled } = await world.call('GetApiKey', { apiKey: id });
  assert.deepEqual({ name, description, enabled }, { name: 'newer', description: 'kept', enabled: true });
});

test('import of api keys: a line that cannot be a key is a warning, and fails all when asked to', async (t) => {
  const world = await testControl(t);
  const { call } = world;
  const lines = [
    'name,key,enabled,usageplanids',
    `good,${key('a')},true,`,
    'short,abc,true,',
    `,${key('b')},true,`,
    `odd,${key('c')},maybe,`,
    `lost,${key('d')},true,none`,
  ];
  const warnings = [
    'Line 3: API Key value should be at least 30 characters',
    'Line 4: API Key name must be non-empty',
    "Line 5: Invalid value 'maybe' for enabled. Must be true or false",
    "Line 6: cannot add the key to the usage plan 'none': Invalid Usage Plan ID specified",
  ];
  await refused(
    importCsv(world, lines, true),
    'BadRequestException',
    `Warnings found during import:\n${warnings.map((one) => `\t${one}`).join('\n')}`,
  );
  assert.deepEqual(await call('GetApiKeys', {}), { item: [] });
  const imported = await importCsv(world, lines);
  assert.equal(imported.ids.length, 2);
  assert.deepEqual(imported.warnings, warnings);
});

test('import of api keys: what is no file of keys is refused', async (t) => {
  const world = await testControl(t);
  const cases = [[''], ['name,value', 'a,b'], ['key', key('a')], ['name,key', `"never closed,${key('a')}`]];
  for (const lines of cases)
    await refused(importCsv(world, lines), 'BadRequestException', /^Invalid API Keys file/);
  const many = Array.from({ length: 10_001 }, (_, i) => `n,${String(i).padStart(30, '0')}`);
  await refused(importCsv(world, ['name,key', ...many]), 'LimitExceededException', /API keys/);
});

test('csv: what is quoted and written is read back as it was', () => {
  const cell = fc.string({ maxLength: 6 }).map((text) => text.replaceAll('\r', '\n'));
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
  const quoted = fc.constantFrom('"', "'");
  fc.assert(
    fc.property(rows, quoted, (given, quote) => {
      const write = (text: string) => quote + text.replaceAll(quote, quote + quote) + quote;
      const text = given.map((row) => row.map(write).join(',')).join('\r\n');
      assert.deepEqual(parseCsv(text), given);
    }),
  );
});

test('csv: any text is read or refused, never a failure', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', "'", ',', '\n', ' ', 'a') }), (text) => {
      const rows = parseCsv(text);
      assert.ok(rows === null || rows.every((row) => row.length > 0));
    }),
  );
});
