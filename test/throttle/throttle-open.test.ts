import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadAddon, NativeThrottle } from '../../src/gateway/throttle/native.ts';
import { createTwin, openThrottle } from '../../src/gateway/throttle/throttle.ts';
import { drain, steppedClock } from '../contract/throttle.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();
after(() => rmSync(directory, { recursive: true }));
const loaded = loadAddon();
const skip = 'absent' in loaded && loaded.absent;

let files = 0;
const newFile = () => join(directory, `${files++}`, 'throttle');
const limit = { rateRps: 1, burst: 5 };
const second = 1e9;

/** Opens, takes what is there, closes: the note and how much was admitted. */
function openAndDrain(file: string): { note: string; admitted: number } {
  const { throttle, note } = openThrottle({ file, processes: 4, clock: steppedClock() });
  const admitted = drain(throttle, throttle.bucket('stage', limit), second);
  throttle.close();
  return { note: note.slice(note.indexOf(';') + 2), admitted };
}

test('throttle: counters outlive the process that made them', { skip }, () => {
  const file = newFile();
  assert.deepEqual(openAndDrain(file), { note: 'a new file', admitted: 5 });
  assert.deepEqual(openAndDrain(file), { note: 'continuing with the counters found', admitted: 0 });
});

test('throttle: a torn file is replaced', { skip }, () => {
  const note = 'a new file, for the one found was damaged or of another format';
  for (const [length, expected] of [
    [0, note],
    [64, note],
    [4096 + 1000, note],
    [10, 'a new file; the one found was not ours and now has the suffix ".foreign"'],
  ] as const) {
    const file = newFile();
    openAndDrain(file);
    truncateSync(file, length);
    assert.deepEqual(openAndDrain(file), { note: expected, admitted: 5 }, `length ${length}`);
  }
});

test('throttle: a file of another format is replaced', { skip }, () => {
  const file = newFile();
  openAndDrain(file);
  const bytes = readFileSync(file);
  bytes.writeUInt32LE(0, 8);
  writeFileSync(file, bytes);
  assert.deepEqual(openAndDrain(file), {
    note: 'a new file, for the one found was damaged or of another format',
    admitted: 5,
  });
});

test('throttle: the file of another program is moved aside whole', { skip }, () => {
  const file = newFile();
  mkdirSync(join(file, '..'));
  writeFileSync(file, 'SQLite format 3');
  assert.equal(openAndDrain(file).admitted, 5);
  assert.equal(readFileSync(`${file}.foreign`, 'utf8'), 'SQLite format 3');
});

test('throttle: counters of an earlier boot are not believed', { skip }, () => {
  assert.ok('addon' in loaded);
  const file = newFile();
  mkdirSync(join(file, '..'));
  const seen = [1, 1, 2].map((boot) => {
    const options = { file, bootId: new Uint8Array(16).fill(boot), clock: steppedClock() };
    const throttle = new NativeThrottle(loaded.addon, options);
    const admitted = drain(throttle, throttle.bucket('stage', limit), second);
    throttle.close();
    return { found: throttle.found, admitted };
  });
  assert.deepEqual(seen, [
    { found: 'a new file', admitted: 5 },
    { found: 'continuing with the counters found', admitted: 0 },
    { found: 'a new file, for the counters found were of an earlier boot', admitted: 5 },
  ]);
});

test('throttle: garbage in every counter heals', { skip }, () => {
  for (const fill of [0xff, 0x7f, 0x55]) {
    const file = newFile();
    openAndDrain(file);
    const bytes = readFileSync(file);
    bytes.fill(fill, 128);
    writeFileSync(file, bytes);
    const { throttle } = openThrottle({ file, processes: 4, clock: steppedClock() });
    const bucket = throttle.bucket('stage', limit);
    assert.equal(drain(throttle, bucket, second), 5);
    assert.equal(drain(throttle, bucket, 4 * second), 3);
    throttle.close();
  }
});

test('throttle: two handles on one file share each bucket, and a closed one keeps nothing', { skip }, () => {
  const file = newFile();
  const options = { file, processes: 2, clock: steppedClock() };
  const [one, two] = [openThrottle(options).throttle, openThrottle(options).throttle];
  one.bucket('only here, so that the indexes differ', limit);
  const [mine, theirs] = [one.bucket('stage', limit), two.bucket('stage', limit)];
  const answers = [1, 2, 3].flatMap(() => [
    one.take(mine, -1, -1, -1, second),
    two.take(theirs, -1, -1, -1, second),
  ]);
  assert.deepEqual(answers, [0, 0, 0, 0, 0, 1]);
  one.close();
  assert.equal(drain(two, theirs, 3 * second), 2);
  two.close();
});

test('throttle: a panic in the crate is an exception and the counters go on', { skip }, () => {
  assert.ok('addon' in loaded);
  assert.throws(() => loaded.addon.panicOnPurpose(), /a panic on purpose/);
  assert.equal(openAndDrain(newFile()).admitted, 5);
});

test('throttle: every export of the crate catches panics', () => {
  const source = readFileSync(new URL('../../native/src/lib.rs', import.meta.url), 'utf8');
  const exported = [...source.matchAll(/^ *(#\[napi.*\])$/gm)].map((match) => match[1]);
  const others = exported.filter((attribute) => attribute !== '#[napi(catch_unwind)]');
  assert.deepEqual(others, ['#[napi(module_exports)]']);
  const bare = source.split('extern "C" fn ').slice(1);
  assert.equal(bare.length, 2);
  for (const body of bare)
    assert.match(body.slice(0, body.indexOf('\n    }\n')), /let code = catch_unwind\(\|\| \{/);
});

test('throttle: what the addon is handed by mistake comes back as a code', { skip }, () => {
  assert.ok('addon' in loaded);
  const { addon } = loaded;
  const file = newFile();
  mkdirSync(join(file, '..'));
  const [table] = addon.open(file, new Uint8Array(16));
  const id = new Uint8Array(16);
  const take = addon.take as (...values: unknown[]) => number;
  assert.equal(addon.bind(table, 0, id, 1, 5, second), 0);
  for (const values of [
    [],
    [table],
    [table, 0, 0, 0, 0],
    [table, '0', 0, 0, 0, 1],
    [table, 0, 0, 0, 0, '1'],
    [99, 0, 0, 0, 0, 1],
    [-1, 0, 0, 0, 0, 1],
  ]) {
    assert.equal(take(...values), -1, JSON.stringify(values));
  }
  assert.deepEqual(
    [
      addon.bind(table, 2, id, 1, 5, second),
      addon.bind(table, 4e9, id, 1, 5, second),
      addon.bind(9, 0, id, 1, 5, second),
    ],
    [-1, -1, -1],
  );
  assert.equal(addon.bind(table, 1, new Uint8Array(3), 1, 5, second), -1);
  assert.deepEqual([addon.unbind(table, 77), addon.unbind(99, 0)], [0, -1]);
  const name = Buffer.from('usage/plan/key/api/stage');
  assert.deepEqual(
    [
      addon.bindMeter(table, 1, id, name, 1),
      addon.bindMeter(table, 0, new Uint8Array(3), name, 1),
      addon.bindMeter(table, 0, id, name, Number.NaN),
      addon.bindMeter(table, 0, id, Buffer.alloc(249, 'x'), 1),
      addon.bindMeter(table, 0, id, Buffer.alloc(0), 1),
      addon.bindMeter(99, 0, id, name, 1),
      addon.setMeter(table, 0, 1, 1, true),
      addon.vacateMeter(table, 4e9),
      addon.isRestored(99),
    ],
    [-1, -1, -1, -4, -4, -1, -1, 0, -1],
  );
  assert.deepEqual(
    [addon.meterName(table, 4e9), addon.meterName(99, 0), addon.changedMeters(99)],
    ['', '', []],
  );
  assert.equal(addon.takeCounted(table, -1, -1, -1, -1, -1, 0, -1, 0, second), 6, 'not restored');
  assert.equal((addon.takeCounted as (...values: unknown[]) => number)(table, -1, -1), -1);
  assert.throws(() => addon.open(file, new Uint8Array(3)), /16 bytes/);
  addon.close(table);
  addon.close(99);
});

test('throttle: openThrottle says why it gives the twin', () => {
  const base = { file: newFile(), processes: 4 };
  const broken = join(directory, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, `throttle.linux-${process.arch}-gnu.node`), 'no library');
  const cases = [
    { options: { ...base, prefer: 'twin' as const }, says: /1\/4 of each limit.*preferred by configuration/ },
    {
      options: { ...base, addonDirectory: join(directory, 'nowhere') },
      says: /not built \("make native" builds it\)/,
    },
    {
      options: { ...base, processes: 1, addonDirectory: broken },
      says: /the whole of each limit.*cannot be loaded/,
    },
  ];
  for (const { options, says } of cases) {
    const { throttle, note } = openThrottle(options);
    assert.equal(throttle.kind, 'twin');
    assert.match(note, process.platform === 'linux' ? says : /TypeScript counters/);
    throttle.close();
  }
  assert.equal(existsSync(base.file), false);
});

test('throttle: a path that cannot be opened gives the twin', { skip }, () => {
  const { throttle, note } = openThrottle({ file: directory, processes: 2 });
  assert.equal(throttle.kind, 'twin');
  assert.match(note, /cannot be opened: not a regular file/);
  throttle.close();
});

test('throttle: the twin takes an equal share of each limit', () => {
  const shares = [
    { processes: 4, rateRps: 100, burst: 40, atOnce: 10, afterOneSecond: 10 },
    { processes: 4, rateRps: 2, burst: 400, atOnce: 100, afterOneSecond: 0 },
    { processes: 3, rateRps: 3, burst: 10, atOnce: 3, afterOneSecond: 1 },
    { processes: 8, rateRps: 80, burst: 1, atOnce: 1, afterOneSecond: 1 },
    { processes: 8, rateRps: 80, burst: 0, atOnce: 0, afterOneSecond: 0 },
  ];
  const seen = shares.map(({ processes, rateRps, burst }) => {
    const throttle = createTwin({ processes, clock: steppedClock() });
    const bucket = throttle.bucket('stage', { rateRps, burst });
    const atOnce = drain(throttle, bucket, second);
    return { processes, rateRps, burst, atOnce, afterOneSecond: drain(throttle, bucket, 2 * second) };
  });
  assert.deepEqual(seen, shares);
});
