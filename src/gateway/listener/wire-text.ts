// Text as uWS may be given it: a string whose letters are all below U+0100 is written as latin1, not as UTF-8.

import { isAscii } from '../../base/utf8-length.ts';

/** @returns what uWS writes as the UTF-8 of a text; bytes as they are */
export function wireText(text: string | Uint8Array): string | Uint8Array {
  return typeof text !== 'string' || isAscii(text) ? text : Buffer.from(text);
}
