import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { nativeMissing } from '../../bench/load/native/program.ts';
import { runConnectionStorm } from '../../bench/load/run-socket-load.ts';
import { handshakeHead } from '../../bench/load/websocket-handshake.ts';

const granted = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
const plan = { path: '/chat?a=b', seconds: 0.2, opening: 4, open: 10 };

interface Served {
  readonly port: number;
  /** Handshakes that came, and how many connections there were at most. */
  asked: number;
  openMax: number;
  readonly heads: Set<string>;
  /** How connections ended that did not end well. */
  readonly codes: Set<string | undefined>;
}

/** A server that answers each handshake, which comes in one piece, by `onAsked`. */
async function serve(t: TestContext, onAsked: (socket: Socket, count: number) => void): Promise<Served> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    served.openMax = Math.max(served.openMax, sockets.size);
    socket.on('data', (head) => {
      served.heads.add(head.toString('latin1'));
      onAsked(socket, served.asked++);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => served.codes.add(error.code));
    socket.on('close', () => sockets.delete(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const served: Served = { port, asked: 0, openMax: 0, heads: new Set(), codes: new Set() };
  return served;
}

for (const generator of ['native', 'node'] as const) {
  const skip = (generator === 'native' && nativeMissing()) || false;
  const run = (changes: { port: number; seconds?: number }) =>
    runConnectionStorm({ ...plan, ...changes }, null, generator);

  test(`connection storm (${generator}): it opens, and resets the oldest beyond those that may be open`, {
    skip,
  }, async (t) => {
    const served = await serve(t, (socket) => socket.write(granted));
    const { opened, failed, seconds } = await run(served);
    assert.deepEqual([opened, failed], [served.asked, 0]);
    assert.ok(opened > plan.open && seconds >= plan.seconds, `${opened} opened in ${seconds} s`);
    assert.deepEqual([...served.heads], [handshakeHead(plan.path)]);
    assert.deepEqual([...served.codes], ['ECONNRESET']);
    // In one turn the server may see all that are opening come before it sees as many go.
    assert.ok(served.openMax >= plan.open && served.openMax <= plan.open + 2 * plan.opening);
  });

  test(`connection storm (${generator}): a refusal and a cut connection are failed`, { skip }, async (t) => {
    const served = await serve(t, (socket, count) => {
      if (count === 3) socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      else if (count === 5) socket.destroy();
      else socket.write(granted);
    });
    const { opened, failed } = await run(served);
    assert.deepEqual([opened, failed], [served.asked - 2, 2]);
  });

  test(`connection storm (${generator}): it ends when nobody listens, or nobody answers`, {
    skip,
  }, async (t) => {
    const silent = await serve(t, () => {});
    const unanswered = await run({ port: silent.port, seconds: 0.05 });
    assert.deepEqual([unanswered.opened, unanswered.failed], [0, plan.opening]);

    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    const refused = await run({ port, seconds: 0.05 });
    assert.equal(refused.opened, 0);
    assert.ok(refused.failed > 0);
  });
}
