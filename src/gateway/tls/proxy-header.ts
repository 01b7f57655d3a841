// The PROXY v2 header that the front writes before a connection's bytes: an address that is no address but a number.

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const versionAndCommand = 0x21; // 2, PROXY
const ipv6Stream = 0x21;
const addressesBytes = 36;
const headerBytes = 16;

/**
 * @param id - up to 2^48: the last bytes of the source address, which is in fd00::/8 and nobody's
 * @see https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, section 2.2
 */
export function proxyHeader(id: number): Buffer {
  const header = Buffer.alloc(headerBytes + addressesBytes);
  header.set(signature);
  header[12] = versionAndCommand;
  header[13] = ipv6Stream;
  header.writeUInt16BE(addressesBytes, 14);
  header[headerBytes] = 0xfd;
  header.writeUIntBE(id, headerBytes + 10, 6);
  return header;
}

/** The number in an address that uWebSockets.js has read from such a header; null when it is none. */
export function idOf(address: ArrayBuffer): number | null {
  if (address.byteLength !== 16) return null;
  const bytes = new DataView(address);
  return bytes.getUint8(0) === 0xfd ? bytes.getUint16(10) * 2 ** 32 + bytes.getUint32(12) : null;
}
