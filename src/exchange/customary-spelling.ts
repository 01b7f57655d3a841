// How functions see the names of header fields.

/** First the names that are spelled otherwise than with a capital at the beginning of each word, then those met. */
const spellings = new Map([
  ['dnt', 'DNT'],
  ['soapaction', 'SOAPAction'],
  ['x-csrf-token', 'X-CSRF-Token'],
  ['x-xsrf-token', 'X-XSRF-TOKEN'],
]);
const spellingsMax = 1_000;
const rememberedLengthMax = 64;

/**
 * A field's name as functions see it. The listener knows names in lower case only, whatever the client wrote. Functions
 * look up `event.headers.Authorization` and `event.headers['Content-Type']` more often than the lower-case forms: that
 * is what most clients write over HTTP/1.1, and what edge-optimised endpoints make of every name. So each word begins
 * with a capital: `Host`, `User-Agent`, `X-Forwarded-For`, `X-Api-Key`; a WebSocket is spelled as its RFC does.
 *
 * @param name - lower case
 */
export function customarySpelling(name: string): string {
  const known = spellings.get(name);
  if (known !== undefined) return known;
  const spelled = name
    .replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
    .replace(/\bWebsocket\b/g, 'WebSocket');
  if (spellings.size < spellingsMax && name.length <= rememberedLengthMax) spellings.set(name, spelled);
  return spelled;
}
