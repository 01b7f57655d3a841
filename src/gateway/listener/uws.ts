// Loads uWebSockets.js: the prepared copy where there is one, else the package. Nothing else in Sluice imports it.

import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { binaryNeed, glibcVersion, uwsBuildInfo } from './binary.ts';
import type { Uws } from './uws-types.ts';

export { type UwsBuildInfo, uwsBuildInfo } from './binary.ts';

/**
 * What uWS takes as request line and fields before it answers 431 by itself: room for AWS's limits of 10240 bytes each with
 * separators, so that the listener counts. Read by the binary once, when it is loaded.
 */
process.env.UWS_HTTP_MAX_HEADERS_SIZE = '32768';

/** The library, ready to make apps; its `uWebSockets: 20` answer field is switched off. */
export const uws: Uws = load();
uws._cfg('silent');

/** The build step beside this file: TypeScript in src, JavaScript in dist. */
function prepareScript(): string {
  const file = fileURLToPath(import.meta.url);
  return path.join(path.dirname(file), `prepare-binary${path.extname(file)}`);
}

function load(): Uws {
  const require = createRequire(import.meta.url);
  const file = uwsBuildInfo().path;
  try {
    return require(file) as Uws;
  } catch (cause) {
    const advice =
      binaryNeed(process.platform, glibcVersion()) === 'nothing'
        ? 'expected the binary of Node.js 24: run npm ci, and use its node_modules/.bin/node'
        : `run node ${prepareScript()}`;
    throw new Error(`Cannot load uWebSockets.js from "${file}": ${advice}`, { cause });
  }
}
