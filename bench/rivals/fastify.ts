// Fastify with @fastify/http-proxy: what people build in Node.js today.

import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { requestsUnder } from './requests.ts';
import type { Rival } from './rival.ts';

const { mock, proxy, refusal } = requestsUnder('');
const file = fileURLToPath(new URL('./fastify-server.ts', import.meta.url));

export const fastify: Rival = {
  name: 'fastify',
  requests: { mock, proxy, refusal },
  note: 'no access log (its pino log would cost more), request ids on; @fastify/http-proxy over undici for the proxy, its own JSON Schema for the refusal',
  missing: () => null,
  async start({ upstreamPort, core }) {
    const args = [file, String(upstreamPort)];
    const child = await startChild(process.execPath, args, { ready: /READY (\d+)/, core });
    return {
      pid: child.pid,
      address: { port: Number(child.ready[1]), host: null },
      stop: () => child.stop(),
    };
  },
};
