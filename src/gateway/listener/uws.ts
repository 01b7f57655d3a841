// Loads uWebSockets.js: the prepared copy where there is one, else the package. Nothing else in Sluice imports it.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { binaryNeed, glibcVersion, packagedPath, preparedPath } from './binary.ts';
import type { Uws } from './uws-types.ts';

const prepared = existsSync(preparedPath);

/**
 * What uWS takes as request line and fields before it answers 431 by itself: room for AWS's limits of 10240 bytes each with
 * separators, so that the listener counts. Read by the binary once, when it is loaded.
 */
process.env.UWS_HTTP_MAX_HEADERS_SIZE = '32768';

/** The library, ready to make apps; its `uWebSockets: 20` answer field is switched off. */
export const uws: Uws = load();
uws._cfg('silent');

/** What `sluice doctor` shows about the binary in use. */
export interface UwsBuildInfo {
  readonly path: string;
  readonly kind: 'prepared' | 'package';
  /** null where the C library is not glibc. */
  readonly glibc: string | null;
  /** NODE_MODULE_VERSION of the running Node.js. */
  readonly abi: string;
}

export function uwsBuildInfo(): UwsBuildInfo {
  return {
    path: binaryPath(),
    kind: prepared ? 'prepared' : 'package',
    glibc: glibcVersion(),
    abi: process.versions.modules,
  };
}

function binaryPath(): string {
  return prepared ? preparedPath : packagedPath();
}

function load(): Uws {
  const require = createRequire(import.meta.url);
  const file = binaryPath();
  try {
    return require(file) as Uws;
  } catch (cause) {
    const advice =
      binaryNeed(process.platform, glibcVersion()) === 'nothing'
        ? 'expected the binary of Node.js 24: run npm ci, and use its node_modules/.bin/node'
        : 'run node src/gateway/listener/prepare-binary.ts';
    throw new Error(`Cannot load uWebSockets.js from "${file}": ${advice}`, { cause });
  }
}
