// pingora is a Rust library, not a program: comparing with it needs a proxy written and built for the purpose. Where
// someone has one, PINGORA_BIN names it: it is started with `PORT UPSTREAM_PORT` and proxies /proxy.

import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { requestsUnder } from './requests.ts';
import type { Rival } from './rival.ts';

const { proxy } = requestsUnder('');

export const pingora: Rival = {
  name: 'pingora',
  requests: { proxy },
  note: 'a proxy of your own, named by PINGORA_BIN',
  missing: () => (process.env.PINGORA_BIN === undefined ? 'PINGORA_BIN names no program' : null),
  async start({ upstreamPort, core }) {
    const port = await freePort();
    const child = await startChild(process.env.PINGORA_BIN!, [String(port), String(upstreamPort)], {
      ready: port,
      core,
    });
    return { pid: child.pid, address: { port, host: null }, stop: () => child.stop() };
  },
};
