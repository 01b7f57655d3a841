// Bare echoes over WebSockets, in a process of their own: `uws` parses the JSON of each message, as routing by content has
// to; `ws` does not even do that. Prints `READY port`.

import { uws } from '../../src/gateway/listener/uws.ts';

const kind = process.argv[2];

if (kind === 'uws') {
  uws
    .App()
    .ws('/*', {
      maxPayloadLength: 262_144,
      idleTimeout: 0,
      sendPingsAutomatically: false,
      compression: uws.DISABLED,
      message: (ws, message, isBinary) => {
        const text = Buffer.from(message).toString('utf8');
        const { action } = JSON.parse(text) as { action?: unknown };
        if (action === 'none') ws.end(1000);
        else ws.send(text, isBinary, false);
      },
    })
    .listen('127.0.0.1', 0, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
      if (!socket) throw new Error('cannot listen');
      process.stdout.write(`READY ${uws.us_socket_local_port(socket)}\n`);
    });
} else {
  // Under another name it is no dependency of ours: a rival that is here because something else needs it.
  const { WebSocketServer } = (await import(process.env.WS_MODULE ?? 'ws')) as {
    WebSocketServer: new (
      options: object,
    ) => {
      on(event: 'connection', told: (socket: WsSocket) => void): void;
      on(event: 'listening', told: () => void): void;
      address(): { port: number };
    };
  };
  interface WsSocket {
    on(event: 'message', told: (message: Buffer, isBinary: boolean) => void): void;
    send(message: Buffer, options: { binary: boolean }): void;
  }
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
  });
  server.on('listening', () => process.stdout.write(`READY ${server.address().port}\n`));
}

process.on('SIGTERM', () => process.exit(0));
