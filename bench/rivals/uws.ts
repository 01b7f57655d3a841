// A bare uWebSockets.js handler: the floor below which nothing in Node.js can go.

import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { requestsUnder } from './requests.ts';
import type { Rival } from './rival.ts';

const { mock, refusal, throttled } = requestsUnder('');
const file = fileURLToPath(new URL('./uws-server.ts', import.meta.url));

export const uwsRaw: Rival = {
  name: 'bare uWS',
  requests: { mock, refusal, throttled },
  note: 'one handler per path: no routing of ours, no log, no metrics, no ids; the refusal parses its JSON and looks for the one field',
  missing: () => null,
  async start({ core }) {
    const child = await startChild(process.execPath, [file], { ready: /READY (\d+)/, core });
    return {
      pid: child.pid,
      address: { port: Number(child.ready[1]), host: null },
      stop: () => child.stop(),
    };
  },
};
