// Which uWebSockets.js binary this machine can load, and where it lies. The package's binaries are linked against
// glibc 2.38; on 2.36 and 2.37 (Debian 12) an edited copy in build/ is loaded in their place.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Three levels below the root both in src/gateway/listener and in dist/gateway/listener. */
const rootFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** The oldest glibc that the binary loads on as it is, and after editing: below it lacks `arc4random`. */
export const glibcMinorAsIs = 38;
export const glibcMinorEdited = 36;

export const binaryName = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
export const preparedPath = path.join(rootFolder, 'build', binaryName);

/** The binary inside node_modules; need not exist for this platform. */
export function packagedPath(): string {
  const require = createRequire(import.meta.url);
  return path.join(path.dirname(require.resolve('uWebSockets.js')), binaryName);
}

/** The running C library's version, for example `2.36`; null where it is not glibc (musl, macOS, Windows). */
export function glibcVersion(): string | null {
  // Otherwise the report looks up the names of all peers.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return report.header.glibcVersionRuntime ?? null;
}

/** What has to be done before the binary can be loaded here. */
export type BinaryNeed = 'nothing' | 'edit' | 'newer-glibc' | 'glibc';

/** @param version - as `glibcVersion` gives it */
export function binaryNeed(platform: string, version: string | null): BinaryNeed {
  if (platform !== 'linux') return 'nothing';
  if (version === null) return 'glibc';
  const [major, minor] = version.split('.').map(Number);
  if (major !== 2 || minor === undefined) return 'nothing';
  if (minor >= glibcMinorAsIs) return 'nothing';
  return minor >= glibcMinorEdited ? 'edit' : 'newer-glibc';
}

/** What `sluice doctor` shows about the binary; known without loading it. */
export interface UwsBuildInfo {
  readonly path: string;
  readonly kind: 'prepared' | 'package';
  /** null where the C library is not glibc. */
  readonly glibc: string | null;
  /** NODE_MODULE_VERSION of the running Node.js. */
  readonly abi: string;
}

/** Which binary is, or would be, loaded: the prepared copy where there is one, else the package's. */
export function uwsBuildInfo(): UwsBuildInfo {
  const isPrepared = existsSync(preparedPath);
  return {
    path: isPrepared ? preparedPath : packagedPath(),
    kind: isPrepared ? 'prepared' : 'package',
    glibc: glibcVersion(),
    abi: process.versions.modules,
  };
}
