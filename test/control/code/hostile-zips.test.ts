// Zip files that nobody honest makes: each is refused with its reason, and nothing is left behind.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { type CodeStore, createCodeStore } from '../../../src/control/code/code-store.ts';
import { AwsException } from '../../../src/control/protocol/exceptions.ts';
import { openStore } from '../../../src/store/index.ts';
import fc from '../../support/properties.ts';
import { type TestEntry, zipFile } from './zip-file.ts';

interface World {
  readonly code: CodeStore;
  /** Everything below the data folder's parent, but the code that was installed. */
  readonly left: () => string[];
}

async function world(t: { after(work: () => unknown): void }): Promise<World> {
  const parent = mkdtempSync(join(tmpdir(), 'sluice-code-'));
  const dataDir = join(parent, 'data');
  const store = await openStore(dataDir, 'memory');
  t.after(async () => {
    await store.close();
    rmSync(parent, { recursive: true, force: true });
  });
  const names = () => (existsSync(parent) ? readdirSync(parent, { recursive: true }).map(String) : []);
  return {
    code: createCodeStore({ dataDir, store }),
    left: () =>
      names().filter((name) => !/^data(\/functions(\/code(\/[0-9a-f]{64}(\.zip|\/.*)?)?)?)?$/.test(name)),
  };
}

const link = 0o120777;
const app: TestEntry = { name: 'app.mjs', content: 'export const handler = () => 1' };

const cases: readonly (readonly [what: string, zip: () => Uint8Array, why: RegExp])[] = [
  ['nothing', () => Buffer.alloc(0), /non-empty zip/],
  ['no files', () => zipFile({ name: 'folder/', mode: 0o040755 }), /non-empty zip/],
  ['no entries', () => zipFile(), /non-empty zip/],
  ['text', () => Buffer.from('#!/bin/sh\n'), /it is no zip file/],
  ['half a file', () => zipFile(app).subarray(0, 60), /it is no zip file/],
  ['a beginning that is missing', () => zipFile(app).subarray(9), /damaged|not where/],
  ['a path that leads up', () => zipFile(app, { name: '../evil' }), /"\.\.\/evil" leads out of its folder/],
  ['a path that leads up inside', () => zipFile(app, { name: 'a/../../evil' }), /leads out of its folder/],
  ['an absolute path', () => zipFile(app, { name: '/etc/evil' }), /is an absolute path/],
  ["a drive's path", () => zipFile(app, { name: 'C:/evil' }), /is an absolute path/],
  ['a backslash', () => zipFile(app, { name: '..\\evil' }), /has a backslash/],
  ['no name', () => zipFile(app, { name: '' }), /is no name of a file/],
  ['a name that is a dot', () => zipFile(app, { name: '.' }), /is no name of a file/],
  ['two slashes', () => zipFile(app, { name: 'a//b' }), /is no name of a file/],
  ['a zero byte', () => zipFile(app, { name: 'a\0b' }), /is no name of a file/],
  ['a very long name', () => zipFile(app, { name: 'x'.repeat(256) }), /longer than 255 bytes/],
  ['one name twice', () => zipFile(app, app), /has "app.mjs" twice/],
  ['names that differ in capitals', () => zipFile(app, { name: 'APP.mjs' }), /differ in capitals alone/],
  [
    'folders that differ in capitals',
    () => zipFile({ name: 'a/x' }, { name: 'A/y' }),
    /differ in capitals alone/,
  ],
  ['a file as a folder', () => zipFile(app, { name: 'app.mjs/x' }), /lies below "app.mjs", a file/],
  [
    'a link as a folder',
    () => zipFile({ name: 'l', mode: link, content: '.' }, { name: 'l/x' }),
    /lies below "l", a symlink/,
  ],
  [
    'a link that leads out',
    () => zipFile(app, { name: 'a/l', mode: link, content: '../../etc' }),
    /link "a\/l" leads out/,
  ],
  [
    'a link that leads out by way of another',
    () =>
      zipFile(
        app,
        { name: 'a/b/up', mode: link, content: '../..' },
        { name: 'l', mode: link, content: 'a/b/up/..' },
      ),
    /link "l" leads out/,
  ],
  ['an absolute link', () => zipFile(app, { name: 'l', mode: link, content: '/etc/passwd' }), /leads out/],
  ['an empty link', () => zipFile(app, { name: 'l', mode: link }), /leads out/],
  ['a device', () => zipFile(app, { name: 'd', mode: 0o020666 }), /neither a file nor a folder nor a link/],
  ['a folder with content', () => zipFile(app, { name: 'd/', content: 'x' }), /a folder with content/],
  ['encrypted content', () => zipFile({ ...app, says: { flags: 0x0801 } }), /is encrypted/],
  ['another compression', () => zipFile({ ...app, says: { method: 12 } }), /compressed by method 12/],
  ['a wrong checksum', () => zipFile({ ...app, says: { crc32: 1 } }), /checksum/],
  ['more content than it says', () => zipFile({ ...app, says: { size: 3 } }), /not as long as it says/],
  ['less content than it says', () => zipFile({ ...app, says: { size: 999 } }), /not as long as it says/],
  [
    'stored content of another length',
    () => zipFile({ ...app, isStored: true, says: { size: 1 } }),
    /not as long as it says/,
  ],
  ['content that is cut off', () => zipFile({ ...app, says: { storedSize: 5_000 } }), /is cut off/],
  ['damaged content', () => zipFile({ ...app, isStored: true, says: { method: 8 } }), /is damaged/],
  [
    'another name where its data is',
    () => zipFile({ ...app, says: { localName: 'app.mjz' } }),
    /another name/,
  ],
  [
    'entries that share their data',
    () => zipFile(app, { ...app, name: 'app.mjs', says: { offset: 0 } }),
    /share their data/,
  ],
  [
    'data outside of the file',
    () => zipFile({ ...app, says: { offset: 4_000_000 } }),
    /not where the directory/,
  ],
  [
    'too much content',
    () => zipFile({ ...app, says: { size: 251 * 1024 * 1024 } }),
    /^Unzipped size must be smaller than 262144000 bytes$/,
  ],
  [
    'too much content together',
    () => zipFile(...['a', 'b'].map((name) => ({ name, says: { size: 130 * 1024 * 1024 } }))),
    /^Unzipped size must be smaller/,
  ],
  ['sizes beyond 4 GB', () => zipFile({ ...app, says: { size: 0xffffffff } }), /Zip64/],
];

test('a zip file with something wrong in it is refused with its reason, and leaves nothing behind', async (t) => {
  const { code, left } = await world(t);
  for (const [what, zip, why] of cases) {
    const error = await code.installZip(zip()).then(
      () => assert.fail(`${what} was taken`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AwsException, `${what}: ${error}`);
    assert.equal(error.name, 'InvalidParameterValueException', what);
    assert.match(error.message, why, what);
    assert.deepEqual(left(), [], what);
  }
});

test('a zip bomb is refused by what it says, and by what it is', async (t) => {
  const { code, left } = await world(t);
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  await assert.rejects(code.installZip(zipFile({ name: 'zeros', content: zeros, says: { size: 1000 } })), {
    message: /not as long as it says/,
  });
  await assert.rejects(
    code.installZip(zipFile(...Array.from({ length: 4 }, (_, i) => ({ name: `zeros${i}`, content: zeros })))),
    { message: /Unzipped size must be smaller/ },
  );
  assert.deepEqual(left(), []);
});

const entry: fc.Arbitrary<TestEntry> = fc.record(
  {
    name: fc.oneof(
      fc.constantFrom('app.mjs', 'a/b', 'a/', '../x', '/x', 'a', 'A', 'l', 'l/x', '..', './b', 'a/./c'),
      fc.string({ maxLength: 8 }),
    ),
    content: fc.oneof(fc.constantFrom('../..', '.', 'a/b', '/etc'), fc.string({ maxLength: 40 })),
    mode: fc.constantFrom(0o100644, 0o100755, 0o120777, 0o040755, 0, 0o010644),
    isStored: fc.boolean(),
  },
  { requiredKeys: ['name'] },
);

test('whatever a zip file holds, it is installed whole or leaves nothing behind', async (t) => {
  const { code, left } = await world(t);
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      async (entries, damages) => {
        const zip = zipFile(...entries);
        for (const [at, byte] of damages) zip[at % zip.length] = byte;
        const taken = await code.installZip(zip).catch((error: unknown) => {
          assert.ok(error instanceof AwsException, String(error));
          return null;
        });
        assert.deepEqual(left(), []);
        if (taken !== null) assert.deepEqual(await code.readZip(taken.codeHash), zip);
      },
    ),
    { numRuns: 150 },
  );
});
