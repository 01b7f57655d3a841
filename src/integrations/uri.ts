// Integration URIs of HTTP backends: stage variables filled at compile time, `{name}` placeholders per request.

import { decodePercent } from '../exchange/exchange.ts';
import { withStageVariables } from '../exchange/stage-variables.ts';
import { IntegrationError } from './integration-kind.ts';

/** A URI that can be filled: an origin, then path and query. */
export interface UriTemplate {
  /** `http://host[:port]`, lower case, when it holds no placeholder; else null. */
  readonly origin: string | null;
  /** Names of all placeholders. */
  readonly names: readonly string[];
  /**
   * @param value - a placeholder's raw value, or null when nothing was mapped to it
   * @returns the filled URI, or null when a placeholder has no value or the URI is not valid (AWS: 500)
   */
  fill(value: (name: string) => string | null): FilledUri | null;
}

export interface FilledUri {
  readonly origin: string;
  /** Begins with `/`, without the query. */
  readonly path: string;
  /** The URI's own query, without `?`; '' when none. */
  readonly query: string;
}

/** Neither blanks nor letters beyond ASCII: nothing of a URI is encoded but what fills its placeholders. */
const notVisible = /[^\x21-\x7e]/;
const httpUri = /^(https?):\/\/([^/?#]+)([^?#]*)(?:\?([^#]*))?$/i;

/** @throws IntegrationError when the URI is not an http or https URL after its stage variables are filled */
export function compileUri(uri: string, stageVariables: Readonly<Record<string, string>>): UriTemplate {
  const filled = withStageVariables(uri, stageVariables);
  const parts = httpUri.exec(filled);
  if (parts === null || notVisible.test(filled))
    throw new IntegrationError(`Invalid HTTP endpoint specified for URI: "${filled}"`);
  const authority = splitPlaceholders(parts[2]!);
  const path = splitPlaceholders(parts[3] || '/');
  const query = splitPlaceholders(parts[4] ?? '');
  const scheme = parts[1]!.toLowerCase();
  const originOf = (text: string): string | null => validOrigin(`${scheme}://${text.toLowerCase()}`);
  const fixedOrigin = authority.names.length === 0 ? originOf(parts[2]!) : null;
  if (authority.names.length === 0 && fixedOrigin === null)
    throw new IntegrationError(`Invalid HTTP endpoint specified for URI: "${filled}"`);
  return {
    origin: fixedOrigin,
    names: [...authority.names, ...path.names, ...query.names],
    fill: (value) => {
      const origin =
        fixedOrigin ??
        mapText(
          authority.fill(value, (text) => text),
          originOf,
        );
      const filledPath = path.fill(value, encodePath);
      const filledQuery = query.fill(value, encodeQueryText);
      if (origin === null || filledPath === null || filledQuery === null) return null;
      return { origin, path: filledPath, query: filledQuery };
    },
  };
}

const mapText = (text: string | null, f: (text: string) => string | null): string | null =>
  text === null ? null : f(text);

function validOrigin(text: string): string | null {
  try {
    const url = new URL(text);
    return url.username === '' && url.password === '' && url.hostname !== '' ? url.origin : null;
  } catch {
    return null;
  }
}

export interface SplitText {
  readonly names: readonly string[];
  /** @returns null when a placeholder has no value */
  fill(value: (name: string) => string | null, encode: (text: string) => string): string | null;
}

/** `/a/{b}/c` -> literals and names; `{b+}` is spelled like `{b}`. */
export function splitPlaceholders(text: string): SplitText {
  const pieces = text.split(/\{([^{}/]+?)\+?\}/);
  const names = pieces.filter((_, i) => i % 2 === 1);
  if (names.length === 0) return { names, fill: () => text };
  return {
    names,
    fill: (value, encode) => {
      let filled = pieces[0]!;
      for (let i = 1; i < pieces.length; i += 2) {
        const found = value(pieces[i]!);
        if (found === null) return null;
        filled += encode(found) + pieces[i + 1]!;
      }
      return filled;
    },
  };
}

const pathSafe = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/]*$/;
const notSegmentSafe = /[^A-Za-z0-9\-._~!$&'()*+,;=:@]/gu;

/**
 * A raw path value, decoded and encoded again (reference, section 3: HTTP integrations). Slashes, which only a
 * greedy value can hold unencoded, stay; an encoded slash stays encoded.
 */
export function encodePath(raw: string): string {
  if (pathSafe.test(raw)) return raw;
  return raw
    .split('/')
    .map((segment) => decodePercent(segment).replace(notSegmentSafe, encodeUri))
    .join('/');
}

function encodeUri(character: string): string {
  let text = '';
  for (const byte of Buffer.from(character, 'utf8'))
    text += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return text;
}

const querySafe = /^[A-Za-z0-9\-._~*]*$/;

/** One name or value of a query string, percent-encoded. */
function encodeQueryText(text: string): string {
  return querySafe.test(text) ? text : encodeURIComponent(text).replace(/[!'()]/g, encodeUri);
}

/** A query string with one more parameter at its end. */
export function withParameter(query: string, name: string, value: string): string {
  return `${query}${query === '' ? '' : '&'}${encodeQueryText(name)}=${encodeQueryText(value)}`;
}

/** A client's query string as a backend may get it: a `%` that begins no escape becomes one (reference, section 3). */
export function withWholePercents(query: string): string {
  return query.includes('%') ? query.replace(brokenPercent, '%25') : query;
}

const brokenPercent = /%(?![0-9A-Fa-f]{2})/g;
