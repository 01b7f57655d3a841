// Whose signature a request carries. What can be told from its head is told before a body is waited for.

import {
  checkScope,
  checkSignature,
  checkTime,
  isRefusal,
  type Refusal,
  readSignature,
  type Signature,
  type SignedParts,
  sha256Hex,
} from '../base/sigv4/index.ts';
import type { Credentials } from './credentials.ts';
import type { Signer } from './signers.ts';

/** A signature by somebody who is known, of this region, service and time; whether the secret made it is not known yet. */
export interface ClaimedSignature {
  readonly signature: Signature;
  readonly signer: Signer;
  readonly parts: SignedParts;
}

export interface SignatureTerms {
  readonly region: string;
  /** Wall time. */
  readonly nowMs: number;
  readonly credentials: Credentials;
}

/** Whose signature it says it is. @see auth reference, section 1 */
export function claimedSignature(
  { method, path, query, headers }: SignedParts,
  { region, nowMs, credentials }: SignatureTerms,
): ClaimedSignature | Refusal {
  const parts = { method, path, query, headers };
  const signature = readSignature(parts);
  if (isRefusal(signature)) return signature;
  const wrongScope = checkScope(signature, region, 'execute-api');
  if (wrongScope !== null) return wrongScope;
  const signer = credentials.signers.find(signature.accessKeyId, signature.sessionToken, nowMs);
  if (isRefusal(signer)) return signer;
  return checkTime(signature, nowMs) ?? { signature, signer, parts };
}

/** Whether the signer's secret made it. @param body - as received; null: there is none @returns null when it did */
export function provenSignature(
  { signature, signer, parts }: ClaimedSignature,
  body: Uint8Array | null,
  { signingKeys }: Credentials,
): Refusal | null {
  const bodyHash = sha256Hex(body ?? '');
  return checkSignature(signature, parts, bodyHash, signer.keys.secretAccessKey, signingKeys);
}
