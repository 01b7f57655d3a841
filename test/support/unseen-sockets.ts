// WebSocket events that nobody counts.

import type { SocketRecorders } from '../../src/exchange/recorder.ts';

export const unseenSockets: SocketRecorders = {
  socketRoute: () => ({
    finished: () => {},
    messageDone: () => {},
    wantsEvents: false,
    executionLog: () => null,
  }),
  socketTraffic: () => ({
    connections: 0,
    messagesIn: 0,
    bytesIn: 0,
    messagesOut: 0,
    bytesOut: 0,
    dropped: 0,
    conflated: 0,
    closedSlow: 0,
  }),
};
