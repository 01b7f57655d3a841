// The build step that makes uWebSockets.js loadable on glibc 2.36 and 2.37: `node src/gateway/listener/prepare-binary.ts`.
// The binary asks for glibc 2.38 only because it was compiled against C23's strtol family (`__isoc23_strtol` and
// friends, which also read 0b101); it does not use what they add. The copy refers to plain strtol instead.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  binaryName,
  binaryNeed,
  glibcMinorEdited,
  glibcVersion,
  packagedPath,
  preparedPath,
} from './binary.ts';
import { SharedObject } from './elf.ts';

const tooNew = 'GLIBC_2.38';
const c23Prefix = '__isoc23_';
/** The first version of each machine's glibc: every release still has it. */
const oldest = { x64: 'GLIBC_2.2.5', arm64: 'GLIBC_2.17' } as const;

/** sha256 of the binaries of uwebsockets 3.0.6 that this step was tried on. */
const knownBinaries: Readonly<Record<string, string>> = {
  'uws_linux_x64_137.node': '3b549c14e01d9d1faf234cdf4b6f0fb08158605e3692cd0eb1b905e327bd3449',
  'uws_linux_arm64_137.node': 'b6eb007d627e00bcce03ad38f197124e9027c03f6fe784b37f97b8a6ea709cb4',
};

/**
 * Edits a binary in place so that it loads on glibc 2.36.
 * @returns how many symbols were changed
 * @throws when something other than the strtol family needs glibc 2.38
 */
export function lowerGlibcNeed(binary: SharedObject): number {
  const versions = binary.neededVersions.filter((version) => version.library === 'libc.so.6');
  const from = versions.find((version) => version.name === tooNew);
  const to = versions.find((version) => version.name === oldest[binary.machine]);
  if (from === undefined || to === undefined) throw new Error(`it does not need ${tooNew}`);
  const symbols = binary.symbols.filter((symbol) => symbol.versionIndex === from.index);
  for (const symbol of symbols) {
    if (!symbol.name.startsWith(c23Prefix))
      throw new Error(`its symbol "${symbol.name}" needs ${tooNew} too`);
    binary.shortenName(symbol, c23Prefix.length, to);
  }
  binary.makeWeak(from);
  return symbols.length;
}

/** @throws Error with one line for the person who builds, saying what to do */
function prepareCopy(): string {
  const source = packagedPath();
  const expected = knownBinaries[binaryName];
  if (expected === undefined || !existsSync(source)) {
    throw new Error(
      `there is no "${binaryName}" to prepare; use the Node.js 24 that npm ci installs in node_modules/.bin`,
    );
  }
  const bytes = readFileSync(source);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== expected) {
    throw new Error(
      `"${source}" has sha256 ${sha256}, expected ${expected}; run npm ci again, or use a base with glibc 2.38 (Debian 13, Ubuntu 24.04)`,
    );
  }
  const symbolCount = lowerGlibcNeed(new SharedObject(bytes));
  if (existsSync(preparedPath) && readFileSync(preparedPath).equals(bytes))
    return `${preparedPath} is up to date`;

  mkdirSync(path.dirname(preparedPath), { recursive: true });
  const unproven = `${preparedPath.slice(0, -'.node'.length)}.${process.pid}.node`;
  writeFileSync(unproven, bytes);
  try {
    proveLoads(unproven);
    renameSync(unproven, preparedPath);
  } finally {
    rmSync(unproven, { force: true });
  }
  return `${preparedPath} is ready (${symbolCount} symbols renamed)`;
}

/** In a child, because a binary that does not fit can take its process down. */
function proveLoads(file: string): void {
  const proof = 'if (typeof require(process.argv[1]).App !== "function") process.exit(3)';
  const child = spawnSync(process.execPath, ['-e', proof, file], { encoding: 'utf8' });
  if (child.status !== 0) {
    const reason =
      child.stderr.split('\n').find((line) => line.startsWith('Error')) ??
      `exit ${child.status ?? child.signal}`;
    throw new Error(
      `the edited copy does not load: ${reason}; use a base with glibc 2.38 (Debian 13, Ubuntu 24.04)`,
    );
  }
}

/** Does what this machine needs and says so in one line. */
export function prepareBinary(): string {
  const version = glibcVersion();
  switch (binaryNeed(process.platform, version)) {
    case 'nothing':
      return `the package's ${binaryName} loads as it is`;
    case 'edit':
      return prepareCopy();
    case 'newer-glibc':
      throw new Error(
        `this machine has glibc ${version}, Sluice needs 2.${glibcMinorEdited} or newer; use Debian 12, Ubuntu 23.04 or later`,
      );
    case 'glibc':
      throw new Error(
        'this machine has no glibc (Alpine?), uWebSockets.js needs it; use a Debian or Ubuntu base',
      );
  }
}

if (import.meta.main) {
  try {
    console.log(`uWebSockets.js: ${prepareBinary()}`);
  } catch (error) {
    console.error(`Cannot prepare uWebSockets.js: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
