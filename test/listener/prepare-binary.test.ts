import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { binaryNeed, packagedPath } from '../../src/gateway/listener/binary.ts';
import { SharedObject } from '../../src/gateway/listener/elf.ts';
import { lowerGlibcNeed, prepareBinary } from '../../src/gateway/listener/prepare-binary.ts';
import { uws, uwsBuildInfo } from '../../src/gateway/listener/uws.ts';

for (const [machine, count] of [
  ['x64', 3],
  ['arm64', 2],
] as const) {
  test(`prepare-binary: after the edit nothing in the ${machine} binary needs glibc 2.38`, () => {
    const file = path.join(path.dirname(packagedPath()), `uws_linux_${machine}_137.node`);
    const original = readFileSync(file);
    const bytes = Buffer.from(original);
    assert.equal(lowerGlibcNeed(new SharedObject(bytes)), count);

    const edited = new SharedObject(bytes);
    const before = new SharedObject(original);
    const tooNew = edited.neededVersions.find((version) => version.name === 'GLIBC_2.38')!;
    assert.equal(bytes.readUInt16LE(tooNew.offset + 4), 2);
    for (const [i, symbol] of edited.symbols.entries()) {
      const was = before.symbols[i]!;
      if (was.versionIndex === tooNew.index) {
        assert.equal(symbol.name, was.name.replace('__isoc23_', ''));
        const version = edited.neededVersions.find((version) => version.index === symbol.versionIndex)!;
        assert.deepEqual(
          [version.library, version.name],
          ['libc.so.6', machine === 'x64' ? 'GLIBC_2.2.5' : 'GLIBC_2.17'],
        );
      } else {
        assert.deepEqual(symbol, was);
      }
    }
    let changed = 0;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== original[i]) changed++;
    assert.ok(changed <= count * 4 + 2, `${changed} bytes differ`);
  });
}

test('prepare-binary: what is not an ELF64 shared object of a known machine is refused with a reason', () => {
  assert.throws(() => new SharedObject(Buffer.alloc(10)), { message: 'it is not an ELF file' });
  const elf = Buffer.alloc(64);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 1, 1]);
  assert.throws(() => new SharedObject(elf), { message: 'it is not a 64-bit little-endian ELF file' });
  elf[4] = 2;
  elf[18] = 3;
  assert.throws(() => new SharedObject(elf), { message: 'its machine type 3 is not x64 or arm64' });
});

test('prepare-binary: the C library says what has to be done', () => {
  const table = [
    ['linux', '2.41', 'nothing'],
    ['linux', '2.38', 'nothing'],
    ['linux', '2.37', 'edit'],
    ['linux', '2.36', 'edit'],
    ['linux', '2.35', 'newer-glibc'],
    ['linux', null, 'glibc'],
    ['darwin', null, 'nothing'],
  ] as const;
  for (const [platform, version, need] of table)
    assert.equal(binaryNeed(platform, version), need, `${platform} ${version}`);
});

test('prepare-binary: running it again changes nothing, and the result is in use', () => {
  assert.match(prepareBinary(), /is up to date$|loads as it is$/);
  assert.equal(typeof uws.App, 'function');
  assert.equal(uwsBuildInfo().abi, process.versions.modules);
});
