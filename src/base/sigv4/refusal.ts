// Why a signature is refused, in AWS's words. Values, not exceptions: each plane writes them in its own way.

export interface Refusal {
  readonly type:
    | 'MissingAuthenticationTokenException'
    | 'IncompleteSignatureException'
    | 'InvalidSignatureException'
    | 'UnrecognizedClientException'
    | 'ExpiredTokenException';
  readonly message: string;
}

export const isRefusal = (value: object): value is Refusal => 'type' in value && 'message' in value;

export const missingToken: Refusal = Object.freeze({
  type: 'MissingAuthenticationTokenException',
  message: 'Missing Authentication Token',
});
export const unknownClient: Refusal = Object.freeze({
  type: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
});
export const expiredToken: Refusal = Object.freeze({
  type: 'ExpiredTokenException',
  message: 'The security token included in the request is expired',
});

export const incomplete = (message: string): Refusal => ({ type: 'IncompleteSignatureException', message });
export const invalid = (message: string): Refusal => ({ type: 'InvalidSignatureException', message });

/** What the first paragraph of a mismatch says; the canonical texts follow it. */
export const mismatchText =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
