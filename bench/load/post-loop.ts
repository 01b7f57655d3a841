// The loop over PostToConnection that AWS leaves a backend to write, in a process of its own, as a backend is: each request
// to its port sends the message once to each connection, and is answered when all of those calls are.
//   node post-loop.ts sdk|lean PORT PREFIX MESSAGE ID...

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';
import { manager } from '../harness/publish-sockets.ts';
import { SignedCalls } from './signed-calls.ts';

/**
 * `sdk`: as docs/websocket-topics.md has it, and most programs do, with the AWS SDK as it comes: its agent keeps 50
 * connections. `lean`: signed and sent by the least code that does it.
 */
export type PostLoopClient = 'sdk' | 'lean';

type Tell = () => Promise<unknown>;

const clients: Record<
  PostLoopClient,
  (port: number, prefix: string, message: string, ids: string[]) => Tell
> = {
  sdk: (port, prefix, message, ids) => {
    const { accessKeyId, secretAccessKey } = manager;
    const api = new ApiGatewayManagementApi({
      endpoint: `http://127.0.0.1:${port}${prefix}`,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
    });
    return () => Promise.all(ids.map((id) => api.postToConnection({ ConnectionId: id, Data: message })));
  },
  lean: (port, prefix, message, ids) => {
    const calls = new SignedCalls(port, prefix);
    const targets = ids.map((id) => `/@connections/${encodeURIComponent(id)}`);
    return () => calls.each('POST', targets, message);
  },
};

const [client, port, prefix, message, ...ids] = process.argv.slice(2) as [
  PostLoopClient,
  string,
  string,
  string,
  ...string[],
];
const tell = clients[client](Number(port), prefix, message, ids);
const server = createServer((_, response) => {
  tell().then(
    () => response.end(),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
}).listen(0, '127.0.0.1', () => {
  process.stdout.write(`READY ${(server.address() as AddressInfo).port}\n`);
});

process.on('SIGTERM', () => process.exit(0));
