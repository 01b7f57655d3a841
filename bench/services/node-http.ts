// What functions are compared with: a bare node:http server that answers the same constant. Prints `READY port`.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = '{"hello":"world"}';

const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`READY ${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
