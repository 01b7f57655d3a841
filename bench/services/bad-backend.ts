// A backend that misbehaves in one way; see `manners`. Prints `READY port`.
//   node bench/services/bad-backend.ts MANNER

import { createServer, type Socket } from 'node:net';

const whole = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
const startedMs = performance.now();

/** What each does with a request. */
const manners: Readonly<Record<string, (socket: Socket) => void>> = {
  /** Closes whatever comes. */
  dead: (socket) => socket.resetAndDestroy(),
  /** Never answers. */
  slow: () => {},
  /** A head, and a byte of the body now and then. */
  dripping: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
    const drip = setInterval(() => socket.write('.'), 50);
    socket.on('close', () => clearInterval(drip));
  },
  /** Announces more than it sends. */
  lying: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}'),
  garbage: (socket) => socket.end('\0\x01\x02 this is no HTTP\r\n\r\n'),
  /** A second of good answers, a second of none. */
  flapping: (socket) => {
    if (Math.floor((performance.now() - startedMs) / 1_000) % 2 === 0) socket.write(whole);
    else socket.resetAndDestroy();
  },
};

const manner = manners[process.argv[2] ?? ''];
if (manner === undefined) throw new Error(`expected one of ${Object.keys(manners).join(', ')}`);

// No parsing: with one request at a time on a connection, each read is one request.
createServer({ noDelay: true }, (socket) =>
  socket.on('data', () => manner(socket)).on('error', () => {}),
).listen(0, '127.0.0.1', function listening(this: ReturnType<typeof createServer>) {
  process.stdout.write(`READY ${(this.address() as { port: number }).port}\n`);
});

process.on('SIGTERM', () => process.exit(0));
