import assert from 'node:assert/strict';
import test from 'node:test';
import {
  canonicalRequest,
  checkSignature,
  isRefusal,
  presignQuery,
  readSignature,
  type Signature,
  SigningKeys,
  sha256Hex,
  signRequest,
  stringToSign,
} from '../../src/base/sigv4/index.ts';
import { absent, type ParsedRequest, type Vector, vectors } from '../support/sigv4-vectors.ts';

const keys = new SigningKeys();

function signatureIn(request: ParsedRequest): Signature {
  const signature = readSignature(request);
  assert.ok(!isRefusal(signature), JSON.stringify(signature));
  return signature;
}

/** The case's token was added when the request had been signed. */
const unsignedParameters = ({ isTokenOmitted }: Vector): string[] => [
  'X-Amz-Signature',
  ...(isTokenOmitted ? ['X-Amz-Security-Token'] : []),
];

for (const carrier of ['header', 'query'] as const) {
  for (const vector of vectors) {
    const isQueryEncoded = vector.name.includes('utf8');
    const form = { isPathNormalised: vector.isNormalised, isQueryEncoded };

    test(`sigv4: ${vector.name}, ${carrier}: the canonical texts and the signature are the suite's`, () => {
      const request = vector.request(`${carrier}-signed-request.txt`);
      const { signedHeaders, timestamp, signature } = signatureIn(request);
      const hash = sha256Hex(request.body);
      const canonical = canonicalRequest(request, form, signedHeaders, hash, unsignedParameters(vector));
      assert.equal(canonical, vector.file(`${carrier}-canonical-request.txt`));
      const toSign = stringToSign(
        timestamp,
        `${timestamp.slice(0, 8)}/us-east-1/service/aws4_request`,
        canonical,
      );
      assert.equal(toSign, vector.file(`${carrier}-string-to-sign.txt`));
      assert.equal(signature, vector.file(`${carrier}-signature.txt`));
    });

    test(`sigv4: ${vector.name}, ${carrier}: ${vector.isTokenOmitted ? 'an unsigned token is refused' : 'the signed request is accepted'}`, () => {
      const request = vector.request(`${carrier}-signed-request.txt`);
      const refusal = checkSignature(
        signatureIn(request),
        request,
        sha256Hex(request.body),
        vector.secret,
        keys,
      );
      assert.equal(refusal?.type, vector.isTokenOmitted ? 'InvalidSignatureException' : undefined);
    });
  }
}

test('sigv4: requests that we sign have the signatures of the suite', { skip: absent }, () => {
  // Ours are signed as SDKs do: normalised, the query as it is sent, the token signed.
  const ours = vectors.filter(
    ({ name, isNormalised, isTokenOmitted, isBodySigned }) =>
      isNormalised && !isTokenOmitted && !isBodySigned && !name.includes('utf8-query'),
  );
  assert.ok(ours.length > 20);
  for (const { name, request, accessKeyId, secret, token, nowMs, expiresSeconds, file } of ours) {
    const parts = request('request.txt');
    const credentials = {
      accessKeyId,
      secretAccessKey: secret,
      ...(token === undefined ? {} : { sessionToken: token }),
    };
    const context = { region: 'us-east-1', service: 'service', nowMs, keys };
    const headers = parts.headers.filter((_, i, all) => all[i - (i % 2)] !== 'x-amz-date');
    const added = signRequest({ ...parts, headers }, parts.body, credentials, context);
    assert.equal(added.at(-1)!.split('Signature=')[1], file('header-signature.txt'), name);
    const query = presignQuery({ ...parts, headers }, parts.body, credentials, {
      ...context,
      expiresSeconds,
    });
    assert.equal(query.split('X-Amz-Signature=')[1], file('query-signature.txt'), name);
  }
});

test('sigv4: the vectors are all there', { skip: absent }, () => assert.equal(vectors.length, 38));
