// Verifying a token's signature in a worker thread. A key is known there by a number; it crosses with each job, 300 bytes
// for RSA (0.1 us), and is made ready once in each thread.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { isSigned } from '../../../authorizers/jwt/signature.ts';
import type { JobKind } from '../job-kind.ts';

export const verifyKindName = 'verify';

/** Keys that one thread keeps ready; the one made ready longest ago goes first. */
const keysMax = 1_024;

/** Key number, the key (SPKI, DER), algorithm, what is signed, signature. */
export type VerifyPayload = readonly [number, Uint8Array, string, Uint8Array, Uint8Array];

/** Whether the signature is right, and how long that took, in nanoseconds. */
export type VerifyReply = readonly [boolean, number];

export function createVerifyKind(): JobKind {
  const keys = new Map<number, KeyObject>();

  function ready(keyNumber: number, der: Uint8Array): KeyObject {
    const known = keys.get(keyNumber);
    if (known !== undefined) return known;
    const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
    if (keys.size >= keysMax) keys.delete(keys.keys().next().value!);
    keys.set(keyNumber, key);
    return key;
  }

  return {
    name: verifyKindName,
    run(payload): VerifyReply {
      const [keyNumber, der, algorithm, signed, signature] = payload as VerifyPayload;
      const key = ready(keyNumber, der);
      const startedMs = performance.now();
      const isRight = isSigned(key, { algorithm, signed, signature });
      return [isRight, (performance.now() - startedMs) * 1e6];
    },
  };
}
