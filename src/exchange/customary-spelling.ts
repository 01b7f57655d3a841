// How functions see the names of header fields.

/** Names whose customary spelling is another than a capital at the beginning of each word. */
const spellings: ReadonlyMap<string, string> = new Map([
  ['dnt', 'DNT'],
  ['soapaction', 'SOAPAction'],
  ['x-csrf-token', 'X-CSRF-Token'],
  ['x-xsrf-token', 'X-XSRF-TOKEN'],
]);

/**
 * A field's name as functions see it. The listener knows names in lower case only, whatever the client wrote. Functions
 * look up `event.headers.Authorization` and `event.headers['Content-Type']` more often than the lower-case forms: that
 * is what most clients write over HTTP/1.1, and what edge-optimised endpoints make of every name. So each word begins
 * with a capital: `Host`, `User-Agent`, `X-Forwarded-For`, `X-Api-Key`.
 *
 * @param name - lower case
 */
export function customarySpelling(name: string): string {
  return spellings.get(name) ?? name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
