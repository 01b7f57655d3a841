// pingora is a Rust library, not a program: `make pingora` builds the smallest proxy that can be written with it.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { requestsUnder } from './requests.ts';
import type { Rival } from './rival.ts';

const { proxy } = requestsUnder('');
const program = fileURLToPath(new URL('../../build/pingora/release/pingora-server', import.meta.url));

export const pingora: Rival = {
  name: 'pingora',
  requests: { proxy },
  note: 'the smallest proxy that can be built with the library: one thread, no access log, no ids',
  missing: () => (existsSync(program) ? null : 'it is not built (make pingora)'),
  async start({ upstreamPort, core }) {
    const port = await freePort();
    const child = await startChild(program, [String(port), String(upstreamPort)], { ready: port, core });
    return { pid: child.pid, address: { port, host: null }, stop: () => child.stop() };
  },
};
