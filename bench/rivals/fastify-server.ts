// The process of `fastify.ts`.

import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';
import { mockBody } from '../services/bodies.ts';

const server = fastify({ logger: false, genReqId: () => randomUUID() });

server.get('/mock', (_, reply) => {
  void reply.header('content-type', 'application/json').send(mockBody);
});
server.post(
  '/validated',
  {
    schema: { body: { type: 'object', required: ['id', 'name'], properties: { name: { type: 'string' } } } },
  },
  (_, reply) => {
    void reply.header('content-type', 'application/json').send(mockBody);
  },
);
await server.register(httpProxy, {
  upstream: `http://127.0.0.1:${process.argv[2]}`,
  prefix: '/proxy',
  undici: { connections: 128, pipelining: 1 },
});
await server.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`READY ${(server.server.address() as AddressInfo).port}\n`);
process.on('SIGTERM', () => process.exit(0));
