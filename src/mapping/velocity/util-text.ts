// The texts of $util: commons-lang's JavaScript escapes, Java's form encoding and Base64.

import { TemplateRenderError } from '../errors.ts';
import { TEXT_CHARS_MAX, tooLong } from '../value/text.ts';

const JS_NAMED: ReadonlyMap<number, string> = new Map(
  ["'", '"', '\\', '/', '\bb', '\nn', '\tt', '\ff', '\rr'].map((pair) => [
    pair.charCodeAt(0),
    `\\${pair.at(-1)}`,
  ]),
);

/** StringEscapeUtils.escapeJavaScript: also turns `'` into `\'`, which is not JSON. */
export function escapeJavaScript(text: string): string {
  // A loop rather than an expression with a callback, which was the first line of a passthrough template's profile.
  let escaped = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 32 && code <= 127 && code !== 34 && code !== 39 && code !== 47 && code !== 92) continue;
    const hex = JS_NAMED.get(code) ?? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
    escaped += text.slice(from, i) + hex;
    from = i + 1;
  }
  if (from === 0) return text;
  escaped += text.slice(from);
  if (escaped.length > TEXT_CHARS_MAX) throw tooLong();
  return escaped;
}

const FORM_PLAIN = /^[a-zA-Z0-9.\-*_]*$/;
const FORM_ENCODED = /[!'()~]|%20/g;

/** URLEncoder.encode in UTF-8. */
export function urlEncoded(text: string): string {
  if (FORM_PLAIN.test(text)) return text;
  // A lone surrogate has no bytes in UTF-8; Java writes "?" for it.
  const wellFormed = text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?');
  const encoded = encodeURIComponent(wellFormed).replace(FORM_ENCODED, (char) =>
    char === '%20' ? '+' : `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (encoded.length > TEXT_CHARS_MAX) throw tooLong();
  return encoded;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** @throws TemplateRenderError for a "%" that two hexadecimal digits do not follow */
export function urlDecoded(text: string): string {
  return text.replaceAll('+', ' ').replace(/(?:%[\s\S]{0,2})+/g, (run) => {
    if (!/^(?:%[0-9a-fA-F]{2})+$/.test(run)) {
      throw new TemplateRenderError(
        'IllegalArgumentException: URLDecoder: Illegal hex characters in escape (%) pattern',
      );
    }
    return decoder.decode(Uint8Array.from(run.slice(1).split('%'), (hex) => Number.parseInt(hex, 16)));
  });
}

export function base64Encoded(text: string): string {
  return Buffer.from(text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?'), 'utf8').toString(
    'base64',
  );
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** @throws TemplateRenderError for what Java's basic decoder refuses */
export function base64Decoded(text: string): string {
  if (!BASE64.test(text)) throw new TemplateRenderError('IllegalArgumentException: Illegal base64 character');
  return decoder.decode(Buffer.from(text, 'base64'));
}
