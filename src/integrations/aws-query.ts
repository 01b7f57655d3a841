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
  const encodePath = slashes === 'decoded' ? encodeKey : encodeSegments;
  const path = splitLiterals(text.startsWith('/') ? text : `/${text}`, encodePath);
  return (value) => {
    const filled = path.fill(value, encodePath);
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
    const end = equals < 0 ? piece.length : equals;
    return {
      name: splitLiterals(piece.slice(0, end), encodeText),
      value: splitLiterals(piece.slice(end + 1), encodeText),
    };
  });
  return (given) => {
    const filled: string[] = [];
    for (const pair of pairs) {
      const [name, value] = [pair.name.fill(given, encode), pair.value.fill(given, encode)];
      if (name === null || value === null) return null;
      filled.push(`${name}=${value}`);
    }
    return filled.join('&');
  };
}

const encodeText = (literal: string): string => encode(decodePercent(literal.replaceAll('+', ' ')));

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
