// Revocation lists (CRLs), as far as open connections must be judged by them again. Handshakes are OpenSSL's to judge:
// it checks signatures and dates of the lists too. Pure.

import { derElements, derTags, insideSequence } from './der.ts';

export interface RevocationList {
  /** PEM, for OpenSSL. */
  readonly pem: string;
  /** Of the authority's name, hex of its DER. */
  readonly issuer: string;
  /** Hex of their DER content. */
  readonly serials: ReadonlySet<string>;
  /** Wall time, milliseconds; null: it never says that it is out of date. */
  readonly nextUpdateMs: number | null;
}

const pemBlock = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * The lists in a file: PEM, any number of them, or one in DER.
 * @throws Error when there is none, or one that cannot be read
 */
export function readRevocationLists(file: Uint8Array): RevocationList[] {
  const blocks = Buffer.from(file).toString('latin1').match(pemBlock);
  if (blocks === null) return [readDer(file)];
  return blocks.map((block) =>
    readDer(Buffer.from(block.replace(/-----[^-]+-----/g, '').replace(/\s+/g, ''), 'base64')),
  );
}

/** @see RFC 5280, section 5.1 */
function readDer(der: Uint8Array): RevocationList {
  const [toBeSigned] = insideSequence(derElements(der)[0]);
  const parts = insideSequence(toBeSigned);
  if (parts[0]?.tag === derTags.integer) parts.shift(); // version
  const [, issuer, , ...rest] = parts;
  if (issuer === undefined) throw new Error('not a revocation list');
  const next =
    rest[0]?.tag === derTags.utcTime || rest[0]?.tag === derTags.generalizedTime ? rest.shift() : null;
  const revoked = rest[0]?.tag === derTags.sequence ? derElements(rest[0].content) : [];
  const base64 = Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return {
    pem: `-----BEGIN X509 CRL-----\n${base64}-----END X509 CRL-----\n`,
    issuer: hex(issuer.whole),
    serials: new Set(revoked.map((entry) => hex(insideSequence(entry)[0]!.content))),
    nextUpdateMs: next === undefined || next === null ? null : timeOf(next.tag, next.content),
  };
}

/** `YYMMDDhhmmssZ`, years from 1950 on, or `YYYYMMDDhhmmssZ`. */
function timeOf(tag: number, content: Uint8Array): number {
  const text = Buffer.from(content).toString('latin1');
  const whole = tag === derTags.utcTime ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(whole) ?? [];
  if (second === undefined) throw new Error('not a revocation list: a time that cannot be read');
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** What lists call a certificate by. @param raw - the certificate's DER @see RFC 5280, section 4.1 */
export function revocationName(raw: Uint8Array): { readonly issuer: string; readonly serial: string } {
  const [toBeSigned] = insideSequence(derElements(raw)[0]);
  const parts = insideSequence(toBeSigned);
  if (parts[0]?.tag === 0xa0) parts.shift(); // version
  const [serial, , issuer] = parts;
  return { issuer: hex(issuer!.whole), serial: hex(serial!.content) };
}
