// As much of DER as it takes to find a serial number and an issuer: elements and their content. Pure.

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag and length included. */
  readonly whole: Uint8Array;
}

export const derTags = { integer: 0x02, sequence: 0x30, utcTime: 0x17, generalizedTime: 0x18 } as const;

/** The elements that stand one after the other. @throws Error when the bytes are no DER */
export function derElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at);
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/** The elements inside a sequence. @throws Error when it is none */
export function insideSequence(element: DerElement | undefined): DerElement[] {
  if (element?.tag !== derTags.sequence) throw new Error('expected a sequence');
  return derElements(element.content);
}

function elementAt(bytes: Uint8Array, at: number): DerElement {
  const tag = bytes[at]!;
  const first = bytes[at + 1];
  if (first === undefined || (tag & 0x1f) === 0x1f) throw new Error('not DER');
  let length = first;
  let start = at + 2;
  if (first >= 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > 4) throw new Error('not DER');
    length = 0;
    for (let i = 0; i < size; i++) length = length * 256 + (bytes[start + i] ?? Number.NaN);
    start += size;
  }
  const end = start + length;
  if (!(end <= bytes.length)) throw new Error('not DER: cut off');
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}
