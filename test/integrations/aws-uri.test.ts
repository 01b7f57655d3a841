import assert from 'node:assert/strict';
import test from 'node:test';
import { lambdaReference, parseAwsUri } from '../../src/exchange/aws-uri.ts';
import { compilePath, compileQuery } from '../../src/integrations/aws-query.ts';
import fc from '../support/properties.ts';

const variable = (name: string): string => `\${stageVariables.${name}}`;
const invalid = 'Invalid ARN specified in the request';
const noKind = 'AWS ARN for integration must contain path or action';

const targets: readonly [uri: string, read: string | readonly (string | null)[]][] = [
  [
    'arn:aws:apigateway:us-east-1:sqs:action/SendMessage',
    ['us-east-1', null, 'sqs', 'action', 'SendMessage'],
  ],
  ['arn:aws:apigateway:us-east-1:SQS:path/1/q', ['us-east-1', null, 'sqs', 'path', '1/q']],
  ['arn:aws-cn:apigateway:cn-north-1:s3:path/{b}/{k}', ['cn-north-1', null, 's3', 'path', '{b}/{k}']],
  ['arn:aws:apigateway::my.bucket.s3:path/a:b?acl', ['', 'my.bucket', 's3', 'path', 'a:b?acl']],
  ['arn:aws:apigateway:r:{bucket}.s3:path/', ['r', '{bucket}', 's3', 'path', '']],
  [`arn:aws:apigateway:r:${variable('a.b')}.s3:path/x`, ['r', variable('a.b'), 's3', 'path', 'x']],
  [`arn:aws:apigateway:${variable('r')}:s3:path/x`, [variable('r'), null, 's3', 'path', 'x']],
  ['arn:aws:apigateway:r:events:path//', ['r', null, 'events', 'path', '/']],
  [`arn:aws:apigateway:r:${variable('s')}:path/x`, ['r', null, variable('s'), 'path', 'x']],
  ['', invalid],
  ['http://example.com/', invalid],
  ['arn:aws:lambda:r:1:function:f', invalid],
  ['arn:aws:apigateway:r:s3:path/a b', invalid],
  ['arn:aws:apigateway:r:s3:path/\u00e9', invalid],
  ['arn:aws:apigateway:r:evil.com/x.s3:path/a', invalid],
  ['arn:aws:apigateway:r:.s3:path/a', invalid],
  ['arn:aws:apigateway:r:s3.:path/a', invalid],
  ['arn:aws:apigateway:r:sqs:action/', invalid],
  ['arn:aws:apigateway:r:sqs:SendMessage', noKind],
  ['arn:aws:apigateway:r:sqs:paths/SendMessage', noKind],
  ['arn:aws:apigateway:r:sqs:', noKind],
];

for (const [uri, expected] of targets) {
  test(`AWS URI: ${JSON.stringify(uri)} is read, or refused in AWS’s words`, () => {
    const found = parseAwsUri(uri);
    const shown =
      typeof found === 'string'
        ? found
        : [found.region, found.subdomain, found.service, found.kind, found.rest];
    assert.deepEqual(shown, expected);
  });
}

const lambda = (rest: string): string => `arn:aws:apigateway:us-east-1:lambda:${rest}`;
const name = 'arn:aws:lambda:us-east-1:000000000000:function:f';

const functions: readonly [uri: string, reference: readonly (string | boolean | null)[] | null][] = [
  [lambda(`path/2015-03-31/functions/${name}/invocations`), [name, null, false]],
  [lambda(`path/2015-03-31/functions/${name}:prod/invocations`), [`${name}:prod`, null, false]],
  [lambda(`path//2015-03-31/functions/${name}/invocations`), [name, null, false]],
  [lambda(`path/2021-11-15/functions/${name}/response-streaming-invocations`), [name, null, true]],
  [lambda('path/2015-03-31/functions/f/invocations?Qualifier=beta'), ['f', 'beta', false]],
  [lambda(`path/2015-03-31/functions/${encodeURIComponent(name)}/invocations`), [name, null, false]],
  [lambda('path/2015-03-31/functions//invocations'), null],
  [lambda('path/2015-03-31/functions/f'), null],
  [lambda('action/Invoke'), null],
  ['arn:aws:apigateway:r:s3:path/2015-03-31/functions/f/invocations', null],
];

for (const [uri, expected] of functions) {
  test(`AWS URI: ${JSON.stringify(uri)} names ${expected === null ? 'no function' : 'a function'}`, () => {
    const parsed = parseAwsUri(uri);
    assert.ok(typeof parsed !== 'string');
    const reference = lambdaReference(parsed);
    const shown = reference && [reference.functionName, reference.qualifier, reference.isStreamed];
    assert.deepEqual(shown, expected);
  });
}

const piece = fc.constantFrom(
  ...[
    'arn:',
    'aws',
    ':apigateway:',
    'us-east-1',
    ':',
    '.',
    's3',
    'lambda',
    'path/',
    'action/',
    '{',
    '}',
    '${',
  ],
  ...[
    'stageVariables.x',
    '/',
    '?',
    '&',
    '=',
    '%',
    '%2F',
    '..',
    '2015-03-31/functions/',
    '/invocations',
    '\u00e9',
  ],
);

test('AWS URI: any text is read or refused, and never thrown at', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(texts, fc.string(), (text, value) => {
      const uri = parseAwsUri(text);
      if (typeof uri === 'string') return;
      lambdaReference(uri);
      compilePath(uri.rest, 'kept')(() => value);
      compileQuery(uri.rest)(() => value);
    }),
    { numRuns: 2_000 },
  );
});

test('AWS URI: a filled path holds nothing but unreserved characters, escapes and slashes, and does not climb', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('kept', 'decoded'), (value, slashes) => {
      const path = compilePath('a/{x}/b', slashes)(() => value);
      if (path === null) return;
      assert.match(path, /^\/a\/(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*\/b$/);
      assert.doesNotMatch(path, /\/\.\.?(\/|$)/);
    }),
  );
});

test('AWS URI: paths and queries are encoded once, whatever they were before', () => {
  const value = (filled: string) => () => filled;
  assert.equal(compilePath('a:b/{x}', 'kept')(value('c%2Fd e+f')), '/a%3Ab/c%2Fd%20e%2Bf');
  assert.equal(compilePath('{x}', 'decoded')(value('c%2Fd/%C3%A9')), '/c/d/%C3%A9');
  assert.equal(
    compilePath('{x}', 'kept')(() => null),
    null,
  );
  assert.equal(compileQuery('acl&a=b/c&d={x}=*')(value('1&2=3%')), 'acl=&a=b%2Fc&d=1%262%3D3%25%3D%2A');
  assert.equal(
    compileQuery('a={x}')(() => null),
    null,
  );
});
