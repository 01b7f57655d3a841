// A fresh process that accepts twenty upgrades, each in a later turn, and tells how many of them could be used.

import { headerBlock } from '../../src/base/header-field.ts';
import type { Socket } from '../../src/exchange/socket.ts';
import { openListener } from '../../src/gateway/listener/listener.ts';
import { frame, opcodes, openRaw } from '../support/raw-websocket.ts';

const listener = await openListener({ host: '127.0.0.1', port: 0, tls: null }, ({ downstream, headers }) => {
  let socket: Socket | null = null;
  const events = {
    onMessage: () => void socket?.send('ok', false),
    onDrain: () => {},
    onClose: () => {},
  };
  setImmediate(() => {
    socket = downstream.upgrade!.accept('', headerBlock(headers.slice(0, 2)), events);
  });
});

const told = { answered: 0, lost: 0 };
for (let i = 0; i < 20; i++) {
  const raw = await openRaw({ after: () => {} }, `ws://127.0.0.1:${listener.port}/`);
  raw.write(frame(opcodes.text, 'hello'));
  await raw.next().then(
    () => told.answered++,
    () => told.lost++,
  );
}
process.send!(told, () => process.exit(0));
