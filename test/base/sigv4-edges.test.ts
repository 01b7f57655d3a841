// Signatures at the edges: of the future, twice in one request, for another service, of fields that come twice.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  checkSignature,
  checkTime,
  isRefusal,
  presignQuery,
  type Refusal,
  readSignature,
  type SignedParts,
  SigningKeys,
  sha256Hex,
  signRequest,
} from '../../src/base/sigv4/index.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const nowMs = Date.UTC(2024, 0, 2, 3, 4, 5);
const context = { region: 'us-east-1', service: 'execute-api', nowMs };
const request: SignedParts = { method: 'GET', path: '/a', query: '', headers: ['host', 'api.example.com'] };

function verify(parts: SignedParts, atMs = nowMs, keys = new SigningKeys()): Refusal | null {
  const signature = readSignature(parts);
  if (isRefusal(signature)) return signature;
  const { secretAccessKey } = credentials;
  return checkTime(signature, atMs) ?? checkSignature(signature, parts, sha256Hex(''), secretAccessKey, keys);
}
const withFields = (...added: readonly string[]): SignedParts => ({
  ...request,
  headers: [...request.headers, ...added],
});
const typeOf = (refusal: Refusal | null): string | null => refusal?.type ?? null;

test('sigv4: a presigned request of a time to come is no good before it, by more than five minutes', () => {
  const query = presignQuery(request, '', credentials, { ...context, expiresSeconds: 604_800 });
  const presigned = { ...request, query };
  assert.equal(verify(presigned, nowMs - 300_000), null);
  assert.match(verify(presigned, nowMs - 301_000)!.message, /^Signature not yet current/);
});

test('sigv4: X-Amz-Expires is a whole number of seconds', () => {
  const query = presignQuery(request, '', credentials, { ...context, expiresSeconds: 60 });
  for (const expires of ['-1', '1e3', '0x10', '6.5', '%2060', 'NaN', 'Infinity']) {
    const changed = query.replace('X-Amz-Expires=60', `X-Amz-Expires=${expires}`);
    assert.match(verify({ ...request, query: changed })!.message, /^X-Amz-Expires must be/, expires);
  }
});

test('sigv4: where a request has an Authorization field, what its query claims is not looked at', () => {
  const query = presignQuery(request, '', credentials, { ...context, expiresSeconds: 60 });
  const presigned = { ...request, query };
  assert.equal(verify(presigned), null);
  const bearer = { ...presigned, headers: [...request.headers, 'authorization', 'Bearer abc'] };
  assert.equal(typeOf(verify(bearer)), 'IncompleteSignatureException');
});

test('sigv4: a credential has five elements, no more', () => {
  const fields = signRequest(request, '', credentials, context).map((text) =>
    text.replace('/aws4_request,', '/aws4_request/more,'),
  );
  assert.equal(typeOf(verify(withFields(...fields))), 'IncompleteSignatureException');
});

test('sigv4: of a signed field that comes twice both values are signed, in their order', () => {
  const twice = (first: string, second: string): string[] => ['x-mark', first, 'x-mark', second];
  const signed = withFields(...twice('a', 'b'));
  const added = signRequest(signed, '', credentials, context);
  assert.equal(verify(withFields(...twice('a', 'b'), ...added)), null);
  for (const other of [
    twice('a', 'c'),
    twice('b', 'a'),
    ['x-mark', 'a'],
    [...twice('a', 'b'), 'x-mark', 'c'],
  ])
    assert.equal(typeOf(verify(withFields(...other, ...added))), 'InvalidSignatureException');
});

test('sigv4: keys that are kept are for one service, region and day', () => {
  const keys = new SigningKeys();
  const scope = { date: '20240102', region: 'us-east-1', service: 'execute-api' };
  const signs = (more: object, kept = keys): string => kept.keyFor('s', { ...scope, ...more }).sign('text');
  const own = signs({});
  for (const more of [{ service: 'iam' }, { region: 'eu-west-1' }, { date: '20240103' }]) {
    assert.notEqual(signs(more), own);
    assert.equal(signs(more), signs(more, new SigningKeys()));
  }
  assert.notEqual(keys.keyFor('t', scope).sign('text'), own);
});
