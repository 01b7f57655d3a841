// The handshake of load on WebSockets: what is asked, and whether it was granted.

export const handshakeHead = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** @param answer - its first chunk, which has the whole status line */
export const isUpgraded = (answer: Uint8Array): boolean =>
  Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).toString('latin1', 9, 12) === '101';
