// Media types as API Gateway compares them: without parameters, by exact text or a wildcard of the list.

const semicolon = ';';

/** The one read last: most requests of a moment say the same. */
let readLast = '';
let mediaTypeRead = '';

/** `Application/JSON; charset=utf-8` -> `application/json`. */
export function mediaTypeOf(contentType: string): string {
  if (contentType !== readLast) {
    const end = contentType.indexOf(semicolon);
    mediaTypeRead = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
    readLast = contentType;
  }
  return mediaTypeRead;
}

/** The first media type of an Accept field, without parameters; '' when there is none. */
export function firstAccepted(accept: string | null): string {
  if (accept === null) return '';
  const comma = accept.indexOf(',');
  return mediaTypeOf(comma < 0 ? accept : accept.slice(0, comma));
}

/** The test of an API without binary media types: whoever meets it need not look at any Content-Type. */
export const neverBinary = (): boolean => false;

/**
 * Compiles `binaryMediaTypes` to a test on a media type. An entry may be exact, a main type with a star for its
 * subtype, or a star for both; a star for the main type alone is ineffective, as on AWS. A wildcard that the
 * client sends matches only the same entry text.
 * @see data-plane reference, sections 11 and 30
 */
export function compileBinaryMediaTypes(list: readonly string[]): (mediaType: string) => boolean {
  if (list.length === 0) return neverBinary;
  const entries = list.map((entry) => entry.trim().toLowerCase());
  if (entries.includes('*/*')) return () => true;
  const exact = new Set(entries);
  const prefixes = entries
    .filter((entry) => entry.endsWith('/*') && !entry.startsWith('*'))
    .map((entry) => entry.slice(0, -1));
  return (mediaType) =>
    exact.has(mediaType) ||
    prefixes.some((prefix) => mediaType.startsWith(prefix) && !mediaType.endsWith('/*'));
}
