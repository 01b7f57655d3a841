// Upgrades that come in a later turn than their request. uWS wants the writes of an answer made inside a cork and warns of
// others, once per upgrade, but the cork of the response itself must not be used: an upgrade moves the socket to a new
// place in memory, and where that place is the old one, uWS takes the WebSocket for the HTTP connection that it was,
// reads what is no longer its state, and may close it (3 in 14 of the first upgrades of a process; `HttpResponse::cork`).
// So another response is corked: of a request of our own that is never answered. The answer then leaves in several
// packets, which costs some microseconds.

import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { uws } from './uws.ts';
import type { UwsListenSocket, UwsResponse } from './uws-types.ts';

export interface SpareCork {
  /** Runs `act` at once. */
  run(act: () => void): void;
  close(): void;
}

/** @throws (rejects) Error when this machine cannot be connected with itself */
export async function createSpareCork(): Promise<SpareCork> {
  const app = uws.App();
  const target = `/${randomUUID()}`;
  let spare: UwsResponse | null = null;
  let client: net.Socket | null = null;
  const held = new Promise<void>((resolve, reject) => {
    app.any('/*', (response, request) => {
      if (request.getUrl() !== target || spare !== null) {
        response.close();
        return;
      }
      spare = response;
      response.onAborted(() => {
        spare = null;
      });
      resolve();
    });
    const listening = (socket: UwsListenSocket | false): void => {
      if (socket === false) {
        reject(new Error('Cannot listen on 127.0.0.1'));
        return;
      }
      const port = uws.us_socket_local_port(socket);
      client = net.connect(port, '127.0.0.1', () => {
        uws.us_listen_socket_close(socket);
        client!.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      });
      client.on('error', reject);
      client.unref();
    };
    app.listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, listening);
  });
  await held;
  return {
    run: (act) => {
      if (spare === null) act();
      else spare.cork(act);
    },
    close: () => {
      client?.destroy();
      app.close();
    },
  };
}
