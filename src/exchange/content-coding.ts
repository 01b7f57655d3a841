// Content codings as text: what a client's Accept-Encoding allows, and what a body's Content-Encoding says.
// RFC 9110, sections 8.4 and 12.5.3; pure, nothing is compressed here.

/** The codings that API Gateway knows; `identity` is the absence of one. */
export type ContentCoding = 'gzip' | 'deflate';

/** Clients spell few different fields: what each allows is remembered, within bounds. */
const known = new Map<string, ContentCoding | null>();
const knownMax = 512;
const knownTextMax = 128;

/**
 * The coding in which an answer may go to a client: of gzip, deflate and identity the one with the highest weight,
 * the earlier of equals; `*` stands for those that the field does not name, so that alone it means gzip.
 *
 * A client that sends no field is not known to read any coding: identity. One that excludes all three gets identity
 * too, as section 12.5.3 allows.
 *
 * @param field - Accept-Encoding, several joined by commas; null = absent
 * @returns null for identity
 */
export function acceptedCoding(field: string | null): ContentCoding | null {
  if (field === null) return null;
  const found = known.get(field);
  if (found !== undefined) return found;
  const chosen = chooseCoding(field);
  if (known.size < knownMax && field.length <= knownTextMax) known.set(field, chosen);
  return chosen;
}

function chooseCoding(field: string): ContentCoding | null {
  const weights = new Map<string, number>();
  for (const element of field.split(',')) {
    const semicolon = element.indexOf(';');
    const name = (semicolon < 0 ? element : element.slice(0, semicolon)).trim().toLowerCase();
    if (name !== '') weights.set(plainName(name), semicolon < 0 ? 1 : weightOf(element.slice(semicolon)));
  }
  const others = weights.get('*') ?? 0;
  const gzip = weights.get('gzip') ?? others;
  const deflate = weights.get('deflate') ?? others;
  const identity = weights.get('identity') ?? 0;
  const best = Math.max(gzip, deflate, identity);
  if (best === 0) return null;
  if (gzip === best) return 'gzip';
  return deflate === best ? 'deflate' : null;
}

const weight = /^;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*$/i;

/** A weight that cannot be read excludes the coding: a plain answer is right for everyone. */
function weightOf(text: string): number {
  const found = weight.exec(text);
  return found === null ? 0 : Number(found[1]);
}

/** The old name of gzip means the same (RFC 9110, section 8.4.1.3). */
const plainName = (name: string): string => (name === 'x-gzip' ? 'gzip' : name);

/**
 * The coding that a request's body is in.
 * @param fields - all Content-Encoding fields
 * @returns null when there is none, or one that is not known, or several one over the other: such a body passes on as it is
 */
export function codingOfBody(fields: readonly string[]): ContentCoding | null {
  if (fields.length !== 1) return null;
  const name = plainName(fields[0]!.trim().toLowerCase());
  return name === 'gzip' || name === 'deflate' ? name : null;
}
