// Texts of an AWS integration's URI with `{name}` placeholders, encoded as signatures want them: everything but letters,
// digits and `-._~` is percent-encoded, once, by whoever sends it.

import { encode } from '../base/sigv4/index.ts';
import { decodePercent } from '../exchange/exchange.ts';
import { type SplitText, splitPlaceholders } from './uri.ts';

type Value = (name: string) => string | null;

/** A text that is filled per request; null when a placeholder has no value. */
export type Filling = (value: Value) => string | null;

/**
 * A path, beginning with `/`.
 *
 * @param slashes - 'decoded': an encoded slash in a value separates too (S3 keys, which hold slashes); 'kept': it is a
 *   part of its segment
 * @returns null too where a value climbs out of its place with `.` or `..`
 */
export function compilePath(text: string, slashes: 'decoded' | 'kept'): Filling {
  const encodeText = slashes === 'decoded' ? encodeKey : encodeSegments;
  const path = splitLiterals(text.startsWith('/') ? text : `/${text}`, encodeText);
  return (value) => {
    const filled = path.fill(value, encodeText);
    return filled === null || dotSegment.test(filled) ? null : filled;
  };
}

const dotSegment = /(?:^|\/)\.\.?(?:\/|$)/;
const encodeKey = (raw: string): string => encode(decodePercent(raw)).replaceAll('%2F', '/');
const encodeSegments = (raw: string): string =>
  raw
    .split('/')
    .map((segment) => encode(decodePercent(segment)))
    .join('/');

/** A query string without `?`; names without `=` get one, as they are signed. */
export function compileQuery(text: string): Filling {
  const pieces = text.split('&').filter((piece) => piece !== '');
  const pairs = pieces.map((piece) => {
    const equals = piece.indexOf('=');
    const name = equals < 0 ? piece : piece.slice(0, equals);
    return splitLiterals(`${name}=${equals < 0 ? '' : piece.slice(equals + 1)}`, encodePair);
  });
  return (value) => {
    const filled: string[] = [];
    for (const pair of pairs) {
      const one = pair.fill(value, encode);
      if (one === null) return null;
      filled.push(one);
    }
    return filled.join('&');
  };
}

/** The `=` that separates stands; those of the value are encoded. */
function encodePair(literal: string): string {
  const equals = literal.indexOf('=');
  const encoded = (part: string): string => encode(decodePercent(part.replaceAll('+', ' ')));
  if (equals < 0) return encoded(literal);
  return `${encoded(literal.slice(0, equals))}=${encoded(literal.slice(equals + 1))}`;
}

const placeholderOrLiteral = /\{[^{}/]+\}|[^{}]+|[{}]/g;

/** Encodes what stands between the placeholders. */
function splitLiterals(text: string, encodeLiteral: (literal: string) => string): SplitText {
  const isPlaceholder = (piece: string): boolean => piece.length > 2 && piece.startsWith('{');
  const pieces = text.match(placeholderOrLiteral) ?? [];
  return splitPlaceholders(
    pieces.map((piece) => (isPlaceholder(piece) ? piece : encodeLiteral(piece))).join(''),
  );
}

/** Both with `&` between them, if there are both. */
export const joinQueries = (a: string, b: string): string =>
  a === '' || b === '' ? `${a}${b}` : `${a}&${b}`;

/** Mapped parameters, not encoded yet. @param list - flat name, value list */
export function encodedQuery(list: readonly string[]): string {
  let text = '';
  for (let i = 0; i < list.length; i += 2)
    text += `${i === 0 ? '' : '&'}${encode(list[i]!)}=${encode(list[i + 1]!)}`;
  return text;
}
