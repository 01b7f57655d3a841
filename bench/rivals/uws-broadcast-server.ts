// A bare uWebSockets.js that publishes each message it gets to all its clients: what a broadcast costs at least.

import { uws } from '../../src/gateway/listener/uws.ts';
import type { UwsWebSocketBehavior } from '../../src/gateway/listener/uws-types.ts';

const app = uws.App();
const behavior: Partial<UwsWebSocketBehavior<object>> = {
  maxPayloadLength: 262_144,
  maxBackpressure: 16_777_216,
  compression: uws.DISABLED,
  idleTimeout: 0,
  // Else uWebSockets.js makes four minutes of no time at all, asks those who only listen, and ends them.
  sendPingsAutomatically: false,
  open: (ws) => {
    ws.subscribe('all');
  },
  message: (_, message) => {
    app.publish('all', new Uint8Array(message), false, false);
  },
};
app
  .ws('/*', behavior as UwsWebSocketBehavior<object>)
  .listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
    if (!socket) throw new Error('cannot listen');
    process.stdout.write(`READY ${uws.us_socket_local_port(socket)}\n`);
  });

process.on('SIGTERM', () => process.exit(0));
