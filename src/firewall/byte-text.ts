// Texts with one character for each byte: what rules look at, whatever the bytes mean.

const beyondAscii = /[^\x00-\x7f]/;

export const isAscii = (text: string): boolean => !beyondAscii.test(text);

/** A header's text as the bytes that came. */
export const bytesOf = (text: string): string =>
  isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');

/** Bytes as the text that they are in UTF-8. */
export const textOf = (bytes: string): string =>
  isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
