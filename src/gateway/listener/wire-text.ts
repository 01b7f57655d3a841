// Text as uWS may be given it: a string whose letters are all below U+0100 is written as latin1, not as UTF-8.

const ascii = /^[\0-\x7f]*$/;
/** Longer texts are encoded faster than they are looked through. */
const lookedThroughMax = 256;

/** @returns what uWS writes as the UTF-8 of a text; bytes as they are */
export function wireText(text: string | Uint8Array): string | Uint8Array {
  if (typeof text !== 'string') return text;
  return text.length <= lookedThroughMax && ascii.test(text) ? text : Buffer.from(text);
}
