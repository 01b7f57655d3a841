// One signature, computed with one key. Runs in the event loop and in worker threads, so it needs nothing else.

import { constants, createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import type { Signatures, Signed } from '../../exchange/tools.ts';

const ecSignatureBytes: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 };

/** @param key - for that algorithm */
export function isSigned(key: KeyObject, { algorithm, signed, signature }: Signed): boolean {
  const hash = `sha${algorithm.slice(2)}`;
  switch (algorithm.slice(0, 2)) {
    case 'RS':
      return verify(hash, signed, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    case 'PS':
      return verify(
        hash,
        signed,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
        signature,
      );
    case 'ES':
      return (
        signature.length === ecSignatureBytes[algorithm] &&
        verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
      );
    case 'Ed':
      return verify(null, signed, key, signature);
    case 'HS': {
      const expected = createHmac(hash, key).update(signed).digest();
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    }
    default:
      return false;
  }
}

/** Verifies in the event loop, at once. */
export const signaturesHere: Signatures = {
  verify: (key, signed) => (isSigned(key, signed) ? 'good' : 'wrong'),
};
