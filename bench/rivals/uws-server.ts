// The process of `uws.ts`.

import { uws } from '../../src/gateway/listener/uws.ts';
import { mockBody } from '../services/bodies.ts';

const tooMany = '{"message":"Too Many Requests"}';
const invalid = '{"message": "Invalid request body"}';

uws
  .App()
  .any('/mock', (response) => {
    response.writeHeader('Content-Type', 'application/json').end(mockBody);
  })
  .any('/throttled', (response) => {
    response
      .writeStatus('429 Too Many Requests')
      .writeHeader('Content-Type', 'application/json')
      .end(tooMany);
  })
  .any('/validated', (response) => {
    response.onAborted(() => {});
    response.collectBody(10_485_760, (body) => {
      const document = JSON.parse(Buffer.from(body!).toString('utf8')) as { name?: unknown };
      response.cork(() => {
        const isValid = typeof document.name === 'string';
        response
          .writeStatus(isValid ? '200 OK' : '400 Bad Request')
          .writeHeader('Content-Type', 'application/json');
        response.end(isValid ? mockBody : invalid);
      });
    });
  })
  .listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
    if (!socket) throw new Error('cannot listen');
    process.stdout.write(`READY ${uws.us_socket_local_port(socket)}\n`);
  });

process.on('SIGTERM', () => process.exit(0));
