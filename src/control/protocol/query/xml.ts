// Answers of AWS's Query protocol: XML.

/** The answer of an operation. @param value - what its handler gave back; undefined: nothing but that it is done */
export function answerXml(operation: string, namespace: string, value: unknown, requestId: string): string {
  const result = value === undefined ? '' : element(`${operation}Result`, value);
  return `<${operation}Response xmlns="${namespace}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`;
}

export function refusalXml(
  namespace: string,
  { code, status, message }: { readonly code: string; readonly status: number; readonly message: string },
  requestId: string,
): string {
  const type = status >= 500 ? 'Receiver' : 'Sender';
  return `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

/** Lists as `member`, maps as `entry` of `key` and `value`, members that are undefined not at all. */
function element(name: string, value: unknown): string {
  if (value === undefined) return '';
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => element('member', one)).join('');
  if (value instanceof Map)
    return Array.from(
      value,
      ([key, of]) => `<entry>${element('key', key)}${element('value', of)}</entry>`,
    ).join('');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, of]) => element(name, of))
      .join('');
  return escaped(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

/** What XML 1.0 cannot hold at all is left out. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[^\t\n\r\x20-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"\r]/g, (character) => entities[character]!);
