// Opens WebSockets one after the other, as fast as a server takes them. On libuv's handles, without the sockets and streams
// of node:net around them: those cost more than the connection itself, and the client would be what is measured.

import type { SocketLoadPlan, SocketLoadReport } from './websocket-load.ts';

/** What this needs of Node's own handle of a TCP socket. */
interface Handle {
  onread: (chunk: ArrayBuffer | undefined) => void;
  bind(address: string, port: number): number;
  connect(request: object, address: string, port: number): number;
  readStart(): void;
  writeLatin1String(request: object, text: string): number;
  reset(request?: object): number;
}

interface Bindings {
  readonly TCP: new (kind: number) => Handle;
  readonly TCPConnectWrap: new () => { oncomplete: (status: number) => void };
  readonly constants: { readonly SOCKET: number };
}

// `process.binding` still gives these; a test of the bench's own would tell if a release took them away.
const { binding } = process as unknown as { binding(name: string): unknown };
const { TCP, TCPConnectWrap, constants } = binding('tcp_wrap') as Bindings;
const { WriteWrap } = binding('stream_wrap') as { WriteWrap: new () => object };

type Storm = Pick<SocketLoadReport, 'opened' | 'failed' | 'openSeconds'>;

/** @param head - of the handshake @returns how many were answered with a first chunk, and in which time */
export function openStorm(
  { port, from, opening, connections, seconds }: SocketLoadPlan,
  head: string,
): Promise<Storm> {
  const open: Handle[] = [];
  const began = performance.now();
  const endsAt = began + seconds * 1_000;
  let [opened, failed, begun, running] = [0, 0, 0, 0];
  return new Promise((resolve) => {
    const next = (): void => {
      const now = performance.now();
      if (now < endsAt) begin();
      else if (--running === 0) resolve({ opened, failed, openSeconds: (now - began) / 1_000 });
    };
    const begin = (): void => {
      const handle = new TCP(constants.SOCKET);
      // The kernel finds a port for a connection sooner than for an address.
      if (from.length > 0) handle.bind(from[begun++ % from.length]!, 0);
      const request = new TCPConnectWrap();
      request.oncomplete = (status) => {
        if (status === 0) greet(handle);
        else lost(handle);
      };
      if (handle.connect(request, '127.0.0.1', port) !== 0) lost(handle);
    };
    const greet = (handle: Handle): void => {
      handle.onread = (chunk) => {
        if (chunk === undefined) {
          lost(handle);
          return;
        }
        // What else comes is not looked at.
        handle.onread = () => {};
        opened++;
        open.push(handle);
        if (open.length > connections) open.shift()!.reset();
        next();
      };
      handle.readStart();
      handle.writeLatin1String(new WriteWrap(), head);
    };
    const lost = (handle: Handle): void => {
      handle.onread = () => {};
      handle.reset();
      failed++;
      // Not at once: a server that refuses all would be asked for ever in one turn.
      setImmediate(next);
    };
    for (; running < opening; running++) begin();
  });
}
