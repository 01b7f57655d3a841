import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';
import {
  canonicalRequest,
  checkScope,
  checkSignature,
  checkTime,
  isRefusal,
  mismatchText,
  presignQuery,
  type Refusal,
  readSignature,
  type Signature,
  type SignedParts,
  SigningKeys,
  sdkForm,
  sha256Hex,
  signRequest,
} from '../../src/base/sigv4/index.ts';
import { SigningKey } from '../../src/base/sigv4/signing-keys.ts';
import fc from '../support/properties.ts';

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey };
const nowMs = Date.UTC(2024, 0, 2, 3, 4, 5);
const keys = new SigningKeys();
const context = { region: 'us-east-1', service: 'execute-api', nowMs, keys };
const host = ['host', 'abcdef1234.execute-api.us-east-1.amazonaws.com'];

const parts = (method: string, target: string, headers: readonly string[] = host): SignedParts => {
  const [path, query = ''] = target.split('?');
  return { method, path: path!, query, headers };
};

/** What a verifier with the right secret says; the time is that of signing unless given. */
function verify(request: SignedParts, body = '', secret = secretAccessKey, atMs = nowMs): Refusal | null {
  const signature = readSignature(request);
  if (isRefusal(signature)) return signature;
  return (
    checkScope(signature, 'us-east-1', 'execute-api') ??
    checkTime(signature, atMs) ??
    checkSignature(signature, request, sha256Hex(body), secret, keys)
  );
}

function signed(request: SignedParts, body = '', atMs = nowMs): SignedParts {
  const added = signRequest(request, body, credentials, { ...context, nowMs: atMs });
  return { ...request, headers: [...request.headers, ...added] };
}

const withAuthorization = (authorization: string, more: readonly string[] = []): SignedParts =>
  parts('GET', '/prod/pets', [...host, ...more, 'authorization', authorization]);

test('sigv4: signatures are those of an AWS SDK', () => {
  const token = ['content-type', 'application/json'];
  const cases: [request: SignedParts, body: string, signature: string, sessionToken?: string][] = [
    [
      parts('GET', '/prod/pets?b=2&a=1&empty='),
      '',
      'e8890853d1d3b1e6d08c2eacc90ff680f892fa7764d315e6c957728583881b7a',
    ],
    [
      parts('GET', '/prod/pets/a%20b%2Fc'),
      '',
      '64c5cad7438e77674ce21538d6964f444f1714947e86b840976ee5c99fefa4cb',
    ],
    [
      parts('GET', '/prod//pets/./x/../y/'),
      '',
      '454536692b54ee9293cf6c408c44c40ac10965d4ddbf62bcc1388c6ecfd26a1e',
    ],
    [
      parts('GET', '/prod/a~b-c_d.e(f)+g%2Bh?q=a%20b&p=a%2Bb&r=*&s=~'),
      '',
      '282a5ce1758cc91dde5c6e7e1aa1ec57c97a3adbc87e18eda5a7f6b502e0851e',
    ],
    [
      parts('POST', '/prod/@connections/L0SM9cOFvHcCIhw%3D'),
      'hi',
      'd226c8822e9d6f0ba024f9ffabc461d2d521a269cb3b96304289522eea8e300e',
    ],
    [
      parts('POST', '/prod/pets', [...token, ...host]),
      '{"name":"x"}',
      'cb4bb2cb1745411fece5c6c390bc1357ade27a3237d2adb20281952502a35cbf',
      'TOKENEXAMPLE==',
    ],
  ];
  for (const [request, body, signature, sessionToken] of cases) {
    const who =
      sessionToken === undefined ? credentials : { ...credentials, accessKeyId: 'ASIDEXAMPLE', sessionToken };
    const added = signRequest(request, body, who, context);
    assert.equal(added.at(-1)!.split('Signature=')[1], signature, request.path);
    assert.equal(verify({ ...request, headers: [...request.headers, ...added] }, body), null);
  }
});

test('sigv4: a presigned query has the signature of an AWS SDK', () => {
  const request = parts('GET', '/prod/pets?x=1');
  const query = presignQuery(request, '', credentials, { ...context, expiresSeconds: 300 });
  assert.equal(
    query.split('X-Amz-Signature=')[1],
    '82cee367dbe12691eb61042df34c68bf33ee034b70156cac9de2c2a4904d1b74',
  );
  assert.equal(verify({ ...request, query }), null);
});

test('sigv4: the canonical request is the one that AWS documents', () => {
  const request = parts('GET', '/prod/pets?b=2&a=1&empty=', [...host, 'x-amz-date', '20240102T030405Z']);
  assert.equal(
    canonicalRequest(request, sdkForm, 'host;x-amz-date', sha256Hex('')),
    'GET\n/prod/pets\na=1&b=2&empty=\nhost:abcdef1234.execute-api.us-east-1.amazonaws.com\nx-amz-date:20240102T030405Z\n\nhost;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

// That a path may be signed as it is, the suite's "unnormalized" cases show.
test('sigv4: a client may sign the query as it is sent, or decoded and encoded again', () => {
  const sent = parts('GET', '/prod/b?q=(*)+x&z');
  assert.equal(verify(signed(sent)), null);
  const headers = signed({ ...sent, query: 'q=%28%2A%29%20x&z=' }).headers;
  assert.equal(verify({ ...sent, headers }), null);
});

test('sigv4: what is no signature is told what it lacks', () => {
  const incomplete = 'IncompleteSignatureException';
  const lacks = (...names: string[]): string =>
    names.map((name) => `Authorization header requires '${name}' parameter. `).join('');
  const lacksDate = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  const date = ['x-amz-date', '20240102T030405Z'];
  const whole = (credential: string, algorithm = 'AWS4-HMAC-SHA256'): string =>
    `${algorithm} Credential=${credential}, SignedHeaders=host, Signature=00`;
  const cases: [request: SignedParts, type: string, message: string][] = [
    [parts('GET', '/'), 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    [
      withAuthorization('Bearer abc'),
      incomplete,
      "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='.",
    ],
    [
      withAuthorization('Basic dXNlcjpwYXNz='),
      incomplete,
      `${lacks('Credential', 'Signature', 'SignedHeaders')}${lacksDate}Authorization=Basic dXNlcjpwYXNz=`,
    ],
    [
      withAuthorization('AWS4-HMAC-SHA256 Credential=a, Signature=b', date),
      incomplete,
      `${lacks('SignedHeaders')}Authorization=AWS4-HMAC-SHA256 Credential=a, Signature=b`,
    ],
    [
      withAuthorization(whole('AKID/20240102/us-east-1')),
      incomplete,
      `${lacksDate}Authorization=${whole('AKID/20240102/us-east-1')}`,
    ],
    [
      withAuthorization(whole('AKID/20240102/us-east-1'), date),
      incomplete,
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKID/20240102/us-east-1'",
    ],
    [
      withAuthorization(
        whole('A/20240102/us-east-1/execute-api/aws4_request', 'AWS4-ECDSA-P256-SHA256'),
        date,
      ),
      incomplete,
      "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    ],
    [
      withAuthorization(whole('A/20240102/us-east-1/execute-api/aws4_request'), [
        'x-amz-date',
        '20240132T000000Z',
      ]),
      incomplete,
      "Date must be in ISO-8601 'basic format'. Got '20240132T000000Z'. See http://en.wikipedia.org/wiki/ISO_8601",
    ],
    [
      parts('GET', '/?X-Amz-Algorithm=AWS4-HMAC-SHA256'),
      incomplete,
      "AWS query-string parameters must include 'X-Amz-Credential'. Re-examine the query-string parameters.",
    ],
    [
      parts('GET', '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1&X-Amz-Date=2'),
      incomplete,
      "AWS query-string parameters must include 'X-Amz-Date' only once.",
    ],
  ];
  for (const [request, type, message] of cases) assert.deepEqual(verify(request), { type, message });
});

test('sigv4: a signature of another region, service, day or protocol is told so', () => {
  const cases: [scope: string, message: string][] = [
    [
      '20240102/eu-west-1/execute-api/aws4_request',
      "Credential should be scoped to a valid region, not 'eu-west-1'. ",
    ],
    ['20240102/us-east-1/s3/aws4_request', "Credential should be scoped to correct service: 'execute-api'. "],
    [
      '20240102/x/y/aws4_request',
      "Credential should be scoped to a valid region, not 'x'. Credential should be scoped to correct service: 'execute-api'. ",
    ],
    [
      '20240102/us-east-1/execute-api/aws5_request',
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
    ],
    [
      '20240101/us-east-1/execute-api/aws4_request',
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20240101' != '20240102', from '20240102T030405Z'.",
    ],
  ];
  for (const [scope, message] of cases) {
    const authorization = `AWS4-HMAC-SHA256 Credential=AKID/${scope}, SignedHeaders=host, Signature=00`;
    const request = withAuthorization(authorization, ['x-amz-date', '20240102T030405Z']);
    assert.deepEqual(verify(request), { type: 'InvalidSignatureException', message });
  }
});

test('sigv4: clocks may differ by five minutes, and not by a second more', () => {
  const request = signed(parts('GET', '/'));
  const type = 'InvalidSignatureException';
  const minutes = (n: number): number => nowMs + n * 60_000;
  assert.equal(verify(request, '', secretAccessKey, minutes(5)), null);
  assert.equal(verify(request, '', secretAccessKey, minutes(-5)), null);
  assert.deepEqual(verify(request, '', secretAccessKey, minutes(5) + 1000), {
    type,
    message:
      'Signature expired: 20240102T030405Z is now earlier than 20240102T030406Z (20240102T030906Z - 5 min.)',
  });
  assert.deepEqual(verify(request, '', secretAccessKey, minutes(-5) - 1000), {
    type,
    message:
      'Signature not yet current: 20240102T030405Z is still later than 20240102T030404Z (20240102T025904Z + 5 min.)',
  });
});

test('sigv4: a presigned request lives until it expires, a week at most', () => {
  const presigned = (expiresSeconds: number): SignedParts => {
    const request = parts('GET', '/prod/pets');
    return { ...request, query: presignQuery(request, '', credentials, { ...context, expiresSeconds }) };
  };
  assert.equal(verify(presigned(600), '', secretAccessKey, nowMs + 600_000), null);
  assert.deepEqual(verify(presigned(600), '', secretAccessKey, nowMs + 601_000), {
    type: 'InvalidSignatureException',
    message:
      'Signature expired: 20240102T030405Z is now earlier than 20240102T030406Z (20240102T031406Z - 10 min.)',
  });
  assert.equal(verify(presigned(604_800)), null);
  assert.match(verify(presigned(604_801))!.message, /^X-Amz-Expires must be less than a week/);
});

test('sigv4: a Date field serves where X-Amz-Date is absent, in either form', () => {
  for (const date of ['20240102T030405Z', 'Tue, 02 Jan 2024 03:04:05 GMT']) {
    const request = parts('GET', '/prod/pets', [...host, 'date', date]);
    const withDate = signRequest(request, '', credentials, context);
    const authorization = withDate.at(-1)!;
    const signature = readSignature({
      ...request,
      headers: [...request.headers, 'authorization', authorization],
    });
    assert.equal((signature as Signature).timestamp, '20240102T030405Z');
  }
});

test('sigv4: a mismatch shows the canonical request and the string to sign', () => {
  const request = signed(parts('GET', '/prod/pets'));
  const refusal = verify(request, '', 'another secret')!;
  const canonical = `GET\n/prod/pets\n\nhost:${host[1]}\nx-amz-date:20240102T030405Z\n\nhost;x-amz-date\n${sha256Hex('')}`;
  assert.deepEqual(refusal, {
    type: 'InvalidSignatureException',
    message: `${mismatchText}\n\nThe Canonical String for this request should have been\n'${canonical}'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20240102T030405Z\n20240102/us-east-1/execute-api/aws4_request\n${sha256Hex(canonical)}'\n`,
  });
});

test('sigv4: the host and a session token must be signed', () => {
  const added = signRequest({ ...parts('GET', '/'), headers: [] }, '', credentials, context);
  assert.equal(
    verify(parts('GET', '/', [...host, ...added]))?.message,
    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  );
  const request = signed(parts('GET', '/'));
  const withToken = { ...request, headers: [...request.headers, 'x-amz-security-token', 'x'] };
  assert.equal(
    verify(withToken)?.message,
    "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.",
  );
});

test('sigv4: x-amz-content-sha256 must be the hash of the body, so an unsigned payload is refused', () => {
  const withHash = (hash: string): SignedParts =>
    signed(parts('POST', '/', [...host, 'x-amz-content-sha256', hash]), 'body');
  assert.equal(verify(withHash(sha256Hex('body')), 'body'), null);
  assert.equal(verify(withHash('UNSIGNED-PAYLOAD'), 'body')?.type, 'InvalidSignatureException');
  assert.equal(verify(withHash(sha256Hex('other')), 'body')?.type, 'InvalidSignatureException');
});

// Letters whose change cannot be undone by what both sides do to a request: no dots and slashes beside each other.
const word = fc.stringMatching(/^[A-Za-z0-9_~-]{1,8}$/);
const requests = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
  path: fc.array(word, { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join('/')}`),
  query: fc
    .array(
      fc.tuple(
        word,
        fc.oneof(
          word,
          fc.string().map((text) => encodeURIComponent(text.toWellFormed())),
        ),
      ),
      { maxLength: 4 },
    )
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&')),
  value: word,
  body: fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  isPresigned: fc.boolean(),
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly host: string;
  readonly custom: string;
  readonly body: string;
  readonly date: string;
  readonly authorization: string;
}

const partsOf = ({ method, path, query, ...fields }: Sent): SignedParts => {
  const headers = ['host', fields.host, 'x-custom', fields.custom];
  if (fields.date !== '') headers.push('x-amz-date', fields.date, 'authorization', fields.authorization);
  return { method, path, query, headers };
};

test('sigv4: every change of one byte of a signed request is refused', () => {
  const changes = fc.record({ where: fc.nat(), difference: fc.integer({ min: 1, max: 127 }) });
  const property = fc.property(
    requests,
    changes,
    ({ isPresigned, value, ...made }, { where, difference }) => {
      const plain = { ...made, host: host[1]!, custom: value, date: '', authorization: '' };
      const unsigned = partsOf(plain);
      const query = presignQuery(unsigned, made.body, credentials, { ...context, expiresSeconds: 60 });
      const [, date, , authorization] = signRequest(unsigned, made.body, credentials, context);
      const sent: Sent = isPresigned
        ? { ...plain, query }
        : { ...plain, date: date!, authorization: authorization! };
      assert.equal(verify(partsOf(sent), sent.body), null);

      // Not in "AWS4-HMAC-SHA256 Credential=..." as a whole: the space after a comma may be another one.
      const names = (Object.keys(sent) as (keyof Sent)[]).filter((name) => sent[name] !== '');
      const name = names[where % names.length]!;
      const text = sent[name];
      const at = name === 'authorization' ? text.length - 1 - (where % 64) : where % text.length;
      const character = String.fromCharCode(text.charCodeAt(at) ^ difference);
      const changed = `${text.slice(0, at)}${character}${text.slice(at + 1)}`;
      // %2f and %2F are one byte: whoever encodes again signs the same.
      fc.pre(name !== 'query' || !isHexDigitOf(text, at, character));
      assert.notEqual(
        verify(partsOf({ ...sent, [name]: changed }), name === 'body' ? changed : sent.body),
        null,
      );
    },
  );
  fc.assert(property, { numRuns: 3000 });
});

function isHexDigitOf(query: string, at: number, character: string): boolean {
  const isCaseOnly = query.charAt(at).toLowerCase() === character.toLowerCase();
  return isCaseOnly && /%[0-9A-F]?$/i.test(query.slice(Math.max(0, at - 2), at));
}

test('sigv4: capital digits of X-Amz parameters may not become small ones', () => {
  const request = parts('GET', '/prod/pets');
  const query = presignQuery(request, '', credentials, { ...context, expiresSeconds: 60 });
  assert.equal(verify({ ...request, query }), null);
  assert.notEqual(verify({ ...request, query: query.replace('%2F', '%2f') }), null);
});

test('sigv4: whatever stands in Authorization or in the query, it is refused and nothing throws', () => {
  const credential = `AKID/20240102/us-east-1/execute-api/aws4_request`;
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      'AWS4-HMAC-SHA256',
      ' ',
      ',',
      '=',
      'Credential=',
      'SignedHeaders=',
      'Signature=',
      'host',
      credential,
    ),
    fc.constantFrom(
      'X-Amz-Algorithm=',
      'X-Amz-Credential=',
      'X-Amz-Date=',
      'X-Amz-Expires=',
      '&',
      '%',
      '20240102T030405Z',
    ),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const fields = fc.record({ authorization: fc.option(text), date: text, query: text, path: text });
  fc.assert(
    fc.property(fields, ({ authorization, date, query, path }) => {
      const headers = [
        ...host,
        'x-amz-date',
        date,
        ...(authorization === null ? [] : ['authorization', authorization]),
      ];
      assert.notEqual(verify({ method: 'GET', path, query, headers }), null);
    }),
    { numRuns: 3000 },
  );
  const endless = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host${';a'.repeat(10_000)}, Signature=00`;
  const request = withAuthorization(endless, ['x-amz-date', '20240102T030405Z']);
  assert.deepEqual(verify(request), { type: 'InvalidSignatureException', message: mismatchText });
});

test('sigv4: a signing key makes the HMAC of any text, long or not ASCII', () => {
  const bytes = Buffer.alloc(32, 'key');
  const key = new SigningKey(bytes);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
      assert.equal(key.sign(text), createHmac('sha256', bytes).update(text).digest('hex'));
    }),
    { numRuns: 100 },
  );
});
