// Octets of HTTP/1.1 grammar, by number.

export const CR = 13;
export const LF = 10;
export const SP = 32;
export const HTAB = 9;
export const COLON = 58;
export const SEMICOLON = 59;

/** 1 for each tchar of RFC 9110 section 5.6.2. */
export const tokenOctets: Uint8Array = tableOf((octet) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(octet)),
);

/** 1 for each octet that may stand in a field value: visible, space, tab and obs-text (RFC 9110 section 5.5). */
export const valueOctets: Uint8Array = tableOf((octet) => octet === HTAB || (octet >= SP && octet !== 127));

/** The value of a hexadecimal digit, or 255. */
export const hexDigits: Uint8Array = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  hexDigits[digit.charCodeAt(0)] = value;
  hexDigits[digit.toUpperCase().charCodeAt(0)] = value;
}

function tableOf(holds: (octet: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => (holds(octet) ? 1 : 0));
}
