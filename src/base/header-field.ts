// Header fields on their way out: the one check that keeps CR, LF and NUL off the wire, and the text block that the
// listener sends. Nothing reaches a client's or an upstream's header but through these rules (RFC 9110, section 5).

declare const checked: unique symbol;

/**
 * Checked fields, each as CRLF, name, colon, space, value; so blocks can be put one after the other. Text when it
 * is all ASCII, otherwise the bytes. Made by `headerBlock` and `joinBlocks` alone.
 */
export type HeaderBlock = (string | Uint8Array) & { readonly [checked]: true };

export const emptyBlock = '' as unknown as HeaderBlock;
/** What a 426 has to name, who else sends it being the listener (RFC 9110, section 15.5.22). */
export const upgradeBlock = '\r\nUpgrade: websocket\r\nConnection: Upgrade' as unknown as HeaderBlock;

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const asciiValue = /^[\t\x20-\x7e]*$/;
const badInValue = /[\0-\x08\x0a-\x1f\x7f]/;
const aboveLatin1 = /[^\0-\xff]/;

/** True for a token (RFC 9110, section 5.6.2): what may be a field name or a method. */
export function isToken(text: string): boolean {
  return token.test(text);
}

/** True when the text holds no control character but TAB. Letters above ASCII are let through. */
export function isFieldValue(text: string): boolean {
  return asciiValue.test(text) || !badInValue.test(text);
}

/** Fields that describe the connection or are written by whoever sends the message; lower case. */
const senderFields = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** True for fields that a block leaves out because the sender of the message writes them itself. @param name - any case */
export function isSenderField(name: string): boolean {
  return senderFields.has(name.toLowerCase());
}

/** `\r\nName: ` of names met before, '' for those left out: a token check and a lower-casing less per field. */
type Lines = Map<string, string>;
const linesMax = 2048;

function lineOf(name: string, lines: Lines, rename: (name: string) => string | null): string {
  const known = lines.get(name);
  if (known !== undefined) return known;
  const sent = rename(name);
  if (sent !== null && !token.test(sent))
    throw new TypeError(`Header field name ${JSON.stringify(sent)} is not a token`);
  const line = sent === null || isSenderField(sent) ? '' : `\r\n${sent}: `;
  if (lines.size < linesMax) lines.set(name, line);
  return line;
}

/**
 * Checks a list of fields and turns it into what the listener sends.
 *
 * Connection, Content-Length, Date, Keep-Alive, Trailer, Transfer-Encoding and Upgrade are left out: they are the
 * listener's own. A value with letters above U+00FF is sent as UTF-8; otherwise letters above ASCII are sent as the one
 * byte that they are in latin1, so that an upstream's bytes come through unchanged.
 *
 * @param fields - flat list name, value, name, value ...; the case of names is kept
 * @throws TypeError for a name that is no token or a value with a control character: check with `isToken` and
 *   `isFieldValue` what a template or a client may have chosen
 */
export const headerBlock: (fields: readonly string[]) => HeaderBlock = createHeaderBlock((name) => name);

/**
 * As {@link headerBlock}, for fields that are sent under other names.
 *
 * @param rename - the name that is sent, or null to leave the field out; called once per name that is met, within
 *   bounds, and remembered
 */
export function createHeaderBlock(
  rename: (name: string) => string | null,
): (fields: readonly string[]) => HeaderBlock {
  const lines: Lines = new Map();
  return (fields) => {
    let block = '';
    let isAscii = true;
    for (let i = 0; i + 1 < fields.length; i += 2) {
      const line = lineOf(fields[i]!, lines, rename);
      if (line === '') continue;
      const value = fields[i + 1]!;
      if (asciiValue.test(value)) {
        block += line + value;
      } else {
        if (badInValue.test(value))
          throw new TypeError(`Header field "${fields[i]}" has a control character in its value`);
        block += line + bytesAsLatin1(value);
        isAscii = false;
      }
    }
    return (isAscii ? block : Buffer.from(block, 'latin1')) as unknown as HeaderBlock;
  };
}

/**
 * A block that needs no check: text made by Sluice of constants and identifiers, each field as CRLF, name, colon,
 * space, value. Never for anything that a client, a template or an upstream wrote.
 */
export function uncheckedBlock(text: string): HeaderBlock {
  return text as unknown as HeaderBlock;
}

/** The fields of a block again, as a flat list; values as latin1. For logs and tests: a block is made to be sent. */
export function fieldsOf(block: HeaderBlock): string[] {
  const text = typeof block === 'string' ? (block as string) : Buffer.from(block).toString('latin1');
  return text
    .split('\r\n')
    .slice(1)
    .flatMap((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    });
}

/** One block after the other. */
export function joinBlocks(first: HeaderBlock, second: HeaderBlock): HeaderBlock {
  if (typeof first === 'string' && typeof second === 'string')
    return (first + second) as unknown as HeaderBlock;
  return Buffer.concat([bytesOf(first), bytesOf(second)]) as unknown as HeaderBlock;
}

/**
 * A value decoded from UTF-8 (an incoming field) as the latin1 text that stands for the same bytes (what
 * `UpstreamRequest.headers` wants).
 */
export function utf8AsLatin1(value: string): string {
  return asciiValue.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1');
}

function bytesAsLatin1(value: string): string {
  return aboveLatin1.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

function bytesOf(block: HeaderBlock): Uint8Array {
  return typeof block === 'string' ? Buffer.from(block as string, 'latin1') : (block as Uint8Array);
}
