// A backend of server-sent events: each stream gets an event of its own every EVERY_MS, evenly spread over all streams,
// and each event holds the monotonic time at which it was written. Raw uWebSockets.js. Prints `READY port`.
//   node bench/services/events.ts EVERY_MS

import { uws } from '../../src/gateway/listener/uws.ts';

const everyMs = Number(process.argv[2] ?? 1_000);
const tickMs = 10;

interface Stream {
  write(text: string): unknown;
}

const streams: Stream[] = [];
let next = 0;
let owed = 0;

const nowUs = (): string => (process.hrtime.bigint() / 1_000n).toString();

let tickedMs = performance.now();

setInterval(() => {
  const now = performance.now();
  owed += (streams.length * (now - tickedMs)) / everyMs;
  tickedMs = now;
  for (; owed >= 1; owed--) {
    next = next + 1 >= streams.length ? 0 : next + 1;
    streams[next]?.write(`data: ${nowUs()}\n\n`);
  }
}, tickMs);

uws
  .App()
  .any('/*', (response, request) => {
    if (request.getUrl() !== '/stream') {
      response.writeHeader('Content-Type', 'application/json').end('{}');
      return;
    }
    response.onAborted(() => {
      const slot = streams.indexOf(response);
      if (slot >= 0) streams.splice(slot, 1);
    });
    response.writeHeader('Content-Type', 'text/event-stream').write(': open\n\n');
    streams.push(response);
  })
  .listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
    if (!socket) throw new Error('cannot listen');
    process.stdout.write(`READY ${uws.us_socket_local_port(socket)}\n`);
  });

process.on('SIGTERM', () => process.exit(0));
