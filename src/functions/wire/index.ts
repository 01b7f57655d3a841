// What crosses the socket between those who call functions and the function host.

export { FrameReader, frameBytesMax, frameType } from './frame.ts';
export { FrameWriter } from './frame-writer.ts';
export {
  commonVersion,
  decodeHello,
  decodeInvocation,
  decodeResult,
  encodeHello,
  encodeInvocation,
  encodeResult,
  type Hello,
  versionMax,
  versionMin,
} from './messages.ts';
export { functionsSocketPath } from './socket-path.ts';
