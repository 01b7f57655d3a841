// The PROXY v2 header that the front writes before a connection's bytes: an address that is no address but a secret name.
// uWebSockets.js reads such a header before every request, also where a client has written it into its TLS: what it says
// is believed because nobody else can know the name.

import { randomBytes } from 'node:crypto';

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const versionAndCommand = 0x21; // 2, PROXY
const ipv6Stream = 0x21;
const addressesBytes = 36;
const headerBytes = 16;
/** All of the source address: too many to be guessed. */
const nameBytes = 16;

export const newConnectionName = (): Buffer => randomBytes(nameBytes);

/**
 * @param name - of `newConnectionName`: the source address
 * @see https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, section 2.2
 */
export function proxyHeader(name: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes + addressesBytes);
  header.set(signature);
  header[12] = versionAndCommand;
  header[13] = ipv6Stream;
  header.writeUInt16BE(addressesBytes, 14);
  header.set(name, headerBytes);
  return header;
}

/** A name as a key. @param name - as it was made, or the address that uWebSockets.js has read from such a header */
export const connectionKey = (name: Buffer | ArrayBuffer): string =>
  (Buffer.isBuffer(name) ? name : Buffer.from(name)).toString('latin1');
