// The first message of a TLS client, read before anything is decided: which server name it asks for. What is wrong with
// the rest of it is OpenSSL's to say. Pure.

/** A hello with post-quantum key shares has some 2 KB. */
const helloBytesMax = 16_384;

export type Hello =
  /** @param missing - bytes that must come at least before it is worth to read again */
  | { readonly kind: 'incomplete'; readonly missing: number }
  /** Not TLS, or too long to be meant well. */
  | { readonly kind: 'refused' }
  /** @param serverName - lower case; null when the client names none */
  | { readonly kind: 'hello'; readonly serverName: string | null };

const refused: Hello = Object.freeze({ kind: 'refused' });
const unnamed: Hello = Object.freeze({ kind: 'hello', serverName: null });

const handshakeRecord = 22;
const clientHello = 1;
const serverNameExtension = 0;
const hostNameType = 0;
const recordHeaderBytes = 5;
const messageHeaderBytes = 4;

/**
 * @param bytes - all that the client has sent so far
 * @see RFC 8446, sections 4.1.2 and 5.1; RFC 6066, section 3
 */
export function readClientHello(bytes: Uint8Array): Hello {
  const message = handshakeBytes(bytes);
  if (message === null || message.length > helloBytesMax) return refused;
  if (message.length < messageHeaderBytes) return incompleteOf(bytes, messageHeaderBytes - message.length);
  if (message[0] !== clientHello) return refused;
  const length = message[1]! * 65_536 + message[2]! * 256 + message[3]!;
  if (length > helloBytesMax) return refused;
  const missing = messageHeaderBytes + length - message.length;
  if (missing > 0) return incompleteOf(bytes, missing);
  const serverName = serverNameOf(message.subarray(messageHeaderBytes, messageHeaderBytes + length));
  if (serverName === undefined) return refused;
  return serverName === null ? unnamed : { kind: 'hello', serverName };
}

const incompleteOf = (bytes: Uint8Array, missing: number): Hello =>
  bytes.length > 2 * helloBytesMax ? refused : { kind: 'incomplete', missing };

/** What the records carry, as far as it is there; null when they are no handshake's. */
function handshakeBytes(bytes: Uint8Array): Uint8Array | null {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== handshakeRecord) return parts.length > 0 ? joined(parts) : null;
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return null;
    if (at + recordHeaderBytes > bytes.length) break;
    const length = bytes[at + 3]! * 256 + bytes[at + 4]!;
    if (length === 0 || length > helloBytesMax) return null;
    const start = at + recordHeaderBytes;
    parts.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  return joined(parts);
}

const joined = (parts: readonly Uint8Array[]): Uint8Array =>
  parts.length === 1 ? parts[0]! : Buffer.concat(parts);

/** @returns null when there is none, undefined when the message cannot be read */
function serverNameOf(hello: Uint8Array): string | null | undefined {
  const reader = new Reader(hello);
  reader.skip(2 + 32); // version, random
  reader.skip(reader.number(1)); // session id
  reader.skip(reader.number(2)); // cipher suites
  reader.skip(reader.number(1)); // compression methods
  if (reader.isShort) return undefined;
  if (reader.left === 0) return null;
  const extensions = reader.part(reader.number(2));
  while (extensions.left > 0 && !extensions.isShort) {
    const type = extensions.number(2);
    const extension = extensions.part(extensions.number(2));
    if (type !== serverNameExtension) continue;
    const names = extension.part(extension.number(2));
    if (names.number(1) !== hostNameType) return undefined;
    const name = names.part(names.number(2));
    return extensions.isShort || extension.isShort || names.isShort ? undefined : hostName(name.rest());
  }
  return reader.isShort || extensions.isShort ? undefined : null;
}

/** Lower case, without a dot at its end; undefined when it is no host name. */
function hostName(bytes: Uint8Array): string | undefined {
  const name = Buffer.from(bytes).toString('latin1').toLowerCase().replace(/\.$/, '');
  return /^[a-z0-9._-]{1,253}$/.test(name) ? name : undefined;
}

/** Numbers and parts of a message; a read past its end gives nothing and is remembered. */
class Reader {
  isShort = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  skip(count: number): void {
    if (count > this.left) this.isShort = true;
    this.#at = Math.min(this.#at + count, this.#bytes.length);
  }

  number(bytes: number): number {
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + (this.#bytes[this.#at + i] ?? 0);
    this.skip(bytes);
    return value;
  }

  part(length: number): Reader {
    const start = this.#at;
    this.skip(length);
    return new Reader(this.#bytes.subarray(start, this.#at));
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}
