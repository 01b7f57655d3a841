// Which hash a certificate is signed with, which Node does not tell. Pure.

import { derElements, insideSequence } from './der.ts';

/** Algorithms by the hex of their object identifiers. */
const strong: ReadonlySet<string> = new Set([
  '2a864886f70d01010b', // sha256WithRSAEncryption
  '2a864886f70d01010c', // sha384WithRSAEncryption
  '2a864886f70d01010d', // sha512WithRSAEncryption
  '2a8648ce3d040302', // ecdsa-with-SHA256
  '2a8648ce3d040303', // ecdsa-with-SHA384
  '2a8648ce3d040304', // ecdsa-with-SHA512
  '2b6570', // Ed25519
  '2b6571', // Ed448
]);
const rsaPss = '2a864886f70d01010a';
/** id-sha256, id-sha384, id-sha512: what the parameters of RSASSA-PSS name. Without them it is SHA-1. */
const pssHashes: readonly string[] = [
  '0609608648016503040201',
  '0609608648016503040202',
  '0609608648016503040203',
];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * Whether a certificate is signed with SHA-256 or better. @param raw - DER
 * @see RFC 5280, section 4.1.1.2; RFC 4055, section 3.1
 */
export function isSignedStrongly(raw: Uint8Array): boolean {
  const [, algorithm] = insideSequence(derElements(raw)[0]);
  const [name, parameters] = insideSequence(algorithm);
  const oid = hex(name!.content);
  if (oid !== rsaPss) return strong.has(oid);
  const text = parameters === undefined ? '' : hex(parameters.content);
  return pssHashes.some((hash) => text.includes(hash));
}
