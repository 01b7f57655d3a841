// The backend of the benchmarks: answers every request at once with 1 KB of JSON. Raw uWebSockets.js, so that it is
// never the bottleneck. Prints `READY port`.

import { uws } from '../../src/gateway/listener/uws.ts';
import { upstreamBody } from './bodies.ts';

const body = Buffer.from(upstreamBody);

uws
  .App()
  .any('/*', (response) => {
    // uWS reads and drops a request's body by itself.
    response.writeHeader('Content-Type', 'application/json').end(body);
  })
  .listen('127.0.0.1', Number(process.argv[2] ?? 0), uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
    if (!socket) throw new Error('cannot listen');
    process.stdout.write(`READY ${uws.us_socket_local_port(socket)}\n`);
  });

process.on('SIGTERM', () => process.exit(0));
