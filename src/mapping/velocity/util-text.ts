// The texts of $util: commons-lang's JavaScript escapes, Java's form encoding and Base64.

import { TemplateRenderError } from '../errors.ts';
import { TEXT_CHARS_MAX, tooLong } from '../value/text.ts';

const JS_PLAIN = /^[ !#-&(-.0-[\]-\u007f]*$/;
const JS_ESCAPED = /[^ !#-&(-.0-[\]-\u007f]/g;
const JS_NAMED: ReadonlyMap<string, string> = new Map([
  ["'", "\\'"],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['/', '\\/'],
  ['\b', '\\b'],
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

// For short texts a loop costs less than entering the expression.
function isPlainJs(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 32 || c > 127 || c === 34 || c === 39 || c === 47 || c === 92) return false;
  }
  return true;
}

/** StringEscapeUtils.escapeJavaScript: also turns `'` into `\'`, which is not JSON. */
export function escapeJavaScript(text: string): string {
  if (text.length < 32 ? isPlainJs(text) : JS_PLAIN.test(text)) return text;
  const escaped = text.replace(
    JS_ESCAPED,
    (char) => JS_NAMED.get(char) ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
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
