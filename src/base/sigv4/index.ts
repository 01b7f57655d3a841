// Signature Version 4: reading, checking and making signatures. Knows no users, no policies and no wire.

export {
  type CanonicalForm,
  canonicalRequest,
  encode,
  type SignedParts,
  s3Form,
  sdkForm,
} from './canonical.ts';
export { readSignature, type Signature } from './read-signature.ts';
export { expiredToken, isRefusal, mismatchText, type Refusal, unknownClient } from './refusal.ts';
export { type Credentials, presignQuery, type SigningContext, signRequest } from './sign.ts';
export { SigningKeys, sha256Hex, stringToSign } from './signing-keys.ts';
export { checkScope, checkSignature, checkTime } from './verify.ts';
