import assert from 'node:assert/strict';
import test from 'node:test';
import { redact, redactError } from '../../../src/control/access/redact.ts';
import fc from '../../support/properties.ts';

const secret = 'SECRET-d41d8cd98f';
const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS';
const patch = (path: string, value = secret) => ({ patchOperations: [{ op: 'replace', path, value }] });

/** Each secret that a call can hold: what is given, and what is written. */
const cases: [what: string, given: unknown, written: unknown][] = [
  ['value of an API key', { name: 'n', value: secret }, { name: 'n', value: hidden }],
  ['value of an API key in a patch', patch('/value'), patch('/value', hidden)],
  ['value of an API key in a patch that will be refused', patch('/Value'), patch('/Value', hidden)],
  [
    'private key of a certificate',
    { domainName: 'd', certificatePrivateKey: secret },
    { domainName: 'd', certificatePrivateKey: hidden },
  ],
  [
    'private key of a certificate in a patch',
    patch('/certificatePrivateKey'),
    patch('/certificatePrivateKey', hidden),
  ],
  [
    "private key of the gateway's certificate",
    { pemEncodedPrivateKey: secret },
    { pemEncodedPrivateKey: hidden },
  ],
  ['secret of an access key', { secretAccessKey: secret }, { secretAccessKey: hidden }],
  [
    'secrets of IAM and STS',
    { Credentials: { AccessKeyId: 'a', SecretAccessKey: secret, SessionToken: secret } },
    { Credentials: { AccessKeyId: 'a', SecretAccessKey: hidden, SessionToken: hidden } },
  ],
  ['stage variables', { variables: { password: secret } }, { variables: { password: hidden } }],
  ['stage variables in a patch', patch('/variables/password'), patch('/variables/password', hidden)],
  [
    'stage variables of a canary',
    { canarySettings: { stageVariableOverrides: { a: secret } } },
    { canarySettings: { stageVariableOverrides: { a: hidden } } },
  ],
  [
    'stage variables of a canary in a patch',
    patch('/canarySettings/stageVariableOverrides/a'),
    patch('/canarySettings/stageVariableOverrides/a', hidden),
  ],
  [
    'header that an integration sends',
    {
      requestParameters: {
        'integration.request.header.Authorization': `'Bearer ${secret}'`,
        'integration.request.header.x': 'method.request.header.x',
      },
    },
    {
      requestParameters: {
        'integration.request.header.Authorization': `'${hidden}'`,
        'integration.request.header.x': 'method.request.header.x',
      },
    },
  ],
  [
    'header that an integration sends in a patch',
    patch('/requestParameters/integration.request.header.x', `'${secret}'`),
    patch('/requestParameters/integration.request.header.x', `'${hidden}'`),
  ],
  [
    'template of an integration',
    { requestTemplates: { 'application/json': secret } },
    { requestTemplates: { 'application/json': '(17 characters)' } },
  ],
  [
    'template of an integration in a patch',
    patch('/requestTemplates/application~1json'),
    patch('/requestTemplates/application~1json', '(17 characters)'),
  ],
  [
    'template of a response',
    { responseTemplates: { 'application/json': secret } },
    { responseTemplates: { 'application/json': '(17 characters)' } },
  ],
  [
    'user and query of an address',
    { uri: `https://u:${secret}@backend.example/a?key=${secret}&b` },
    { uri: `https://${hidden}@backend.example/a?key=${hidden}&b` },
  ],
  [
    "user of an integration's address",
    { integrationUri: `https://u:${secret}@backend.example/` },
    { integrationUri: `https://${hidden}@backend.example/` },
  ],
  [
    'user of an address in a patch',
    patch('/uri', `https://${secret}@backend.example/`),
    patch('/uri', `https://${hidden}@backend.example/`),
  ],
  [
    'request that is tried out',
    {
      headers: { Authorization: secret },
      multiValueHeaders: { a: [secret] },
      pathWithQueryString: `/a?token=${secret}`,
      body: secret,
      stageVariables: { a: secret },
      additionalContext: { a: secret },
    },
    {
      headers: { Authorization: hidden },
      multiValueHeaders: { a: hidden },
      pathWithQueryString: `/a?token=${hidden}`,
      body: '(17 characters)',
      stageVariables: { a: hidden },
      additionalContext: { a: hidden },
    },
  ],
  [
    'answer of what was tried out',
    { status: 200, body: secret, headers: { a: secret }, log: secret, claims: { sub: secret } },
    {
      status: 200,
      body: '(17 characters)',
      headers: { a: hidden },
      log: '(17 characters)',
      claims: { sub: hidden },
    },
  ],
  ['file of API keys', { body: Buffer.from(secret), format: 'csv' }, { body: '(17 bytes)', format: 'csv' }],
  ['document of the command line', { text: secret, stage: 's' }, { text: '(17 characters)', stage: 's' }],
  [
    'password, token, authorization',
    { password: secret, token: secret, authorization: secret, sessionToken: secret },
    { password: hidden, token: hidden, authorization: hidden, sessionToken: hidden },
  ],
  ['map where a text was sent', { variables: secret }, { variables: hidden }],
];

for (const [what, given, written] of cases) {
  test(`redact: ${what}: no secret is written`, () => {
    assert.deepEqual(redact(given), written);
    assert.ok(!JSON.stringify(redact(given)).includes(secret));
    // Wherever it stands.
    assert.deepEqual(redact({ item: [{ a: given }] }), { item: [{ a: written }] });
  });
}

test('redact: names of what was changed stay, and long texts are cut', () => {
  const plain = { restApiId: 'abc', tags: { team: 'x' }, n: 1, yes: true, nothing: null, list: ['a'] };
  assert.deepEqual(redact(plain), plain);
  assert.deepEqual(redact(patch('/description', 'text')), patch('/description', 'text'));
  assert.equal(redact('x'.repeat(3000)), `${'x'.repeat(2048)}... (3000 characters)`);
});

test('redact: whatever is sent, it does not throw and does not change what it was given', () => {
  fc.assert(
    fc.property(
      fc.anything({ maxDepth: 4 }),
      fc.constantFrom('variables', 'uri', 'patchOperations', 'value'),
      (value, name) => {
        const given = { [name]: value };
        const before = structuredCloneOrNull(given);
        redact(given);
        if (before !== null) assert.deepEqual(given, before);
      },
    ),
  );
});

function structuredCloneOrNull(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return null;
  }
}

test('redactError: what an error repeats of the request is left out', () => {
  assert.equal(
    redactError(
      'IncompleteSignatureException',
      `Authorization header requires 'Signature' parameter. Authorization=Basic ${secret}`,
    ),
    `Authorization header requires 'Signature' parameter. Authorization=${hidden}`,
  );
  assert.equal(
    redactError(
      'InvalidSignatureException',
      `The request signature differs.\n\nThe Canonical String\n'${secret}'`,
    ),
    'The request signature differs.',
  );
  assert.equal(
    redactError('NotFoundException', 'Invalid stage identifier specified'),
    'Invalid stage identifier specified',
  );
});
