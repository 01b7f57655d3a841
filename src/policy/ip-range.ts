// Addresses and ranges of addresses: `203.0.113.0/24`, `2001:db8::/32`.

/** Four bytes or sixteen; null when the text is no address. An IPv4 address inside an IPv6 one is the IPv4 one. */
export function addressBytes(text: string): readonly number[] | null {
  if (!text.includes(':')) return ipv4(text);
  const bytes = ipv6(text);
  if (bytes === null) return null;
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}

function ipv4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : null;
}

function ipv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => (half === '' ? [] : groups(half)));
  if (head === null || tail === null) return null;
  if (tail === undefined) return head!.length === 16 ? head! : null;
  const zeros = 16 - head!.length - tail.length;
  // `::` stands for one group at least.
  return zeros < 2 ? null : [...head!, ...new Array<number>(zeros).fill(0), ...tail];
}

function groups(text: string): number[] | null {
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const last = ipv4(part);
      if (last === null) return null;
      bytes.push(...last);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) {
      const group = Number.parseInt(part, 16);
      bytes.push(group >> 8, group & 255);
    } else return null;
  }
  return bytes;
}

export interface IpRange {
  contains(address: readonly number[]): boolean;
}

/** @returns null when the text is neither an address nor a range */
export function compileIpRange(text: string): IpRange | null {
  const slash = text.indexOf('/');
  const base = addressBytes(slash < 0 ? text : text.slice(0, slash));
  if (base === null) return null;
  const bitsMax = base.length * 8;
  const bitsText = text.slice(slash + 1);
  if (slash >= 0 && !/^\d{1,3}$/.test(bitsText)) return null;
  const bits = slash < 0 ? bitsMax : Number(bitsText);
  if (bits > bitsMax) return null;
  return {
    contains: (address) =>
      address.length === base.length &&
      base.every((byte, i) => {
        const left = Math.min(8, Math.max(0, bits - i * 8));
        const mask = (0xff00 >> left) & 0xff;
        return (byte & mask) === (address[i]! & mask);
      }),
  };
}
