// WebSocket events that nobody counts.

import type { SocketRecorders } from '../../exchange/recorder.ts';

export const unseenSockets: SocketRecorders = {
  socketRoute: () => ({
    finished: () => {},
    messageDone: () => {},
    wantsEvents: false,
    executionLog: () => null,
  }),
};
