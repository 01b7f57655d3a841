import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import {
  accessLogFormatProblems,
  compileAccessLogFormat,
} from '../../src/observability/access-log-format.ts';
import fc from '../support/properties.ts';
import { answered, hostile, requestId, standardFormats, withFixedId } from './fixture.ts';

const golden = join(import.meta.dirname, '../golden/logs');

for (const file of readdirSync(golden).filter((name) => name.endsWith('.golden'))) {
  test(`access log format: ${file} prints as written down`, () => {
    const [head, format, separator, expected] = readFileSync(join(golden, file), 'utf8').split('\n');
    assert.equal(separator, '---');
    const exchange = head === 'exchange: hostile' ? hostile() : answered();
    assert.equal(withFixedId(compileAccessLogFormat(format!)(exchange), exchange), expected);
  });
}

test('access log format: the standard formats have no problems', () => {
  for (const format of Object.values(standardFormats)) assert.deepEqual(accessLogFormatProblems(format), []);
});

const mustInclude = (format: string) =>
  `Access Log format must include either $context.requestId or $context.extendedRequestId : '${format}'`;
const braces = ['$', 'context.requestId}'].join('{');
const problems: [string, string, string[]][] = [
  ['an empty one', '', ['Access Log value must not be empty']],
  ['one without a request id', '$context.status', [mustInclude('$context.status')]],
  ['one with a longer name only', '$context.requestIdFoo', [mustInclude('$context.requestIdFoo')]],
  ['one with braces only', braces, [mustInclude(braces)]],
  [
    'one of two lines',
    '$context.requestId\n$context.status',
    [
      "Access Log format must be single line, new line character is allowed only at end of the format: '$context.requestId\n$context.status'",
    ],
  ],
  [
    'one above 3 KB',
    `$context.requestId${'é'.repeat(1528)}`,
    ['Access Log format must not be longer than 3072 bytes'],
  ],
  ['one with the extended id', '$context.extendedRequestId', []],
  ['one that ends in a line end', '$context.requestId\r\n', []],
  ['one of exactly 3 KB', `$context.requestId${'é'.repeat(1527)}`, []],
];
for (const [what, format, expected] of problems)
  test(`access log format: ${what} ${expected.length === 0 ? 'is accepted' : 'is refused'}`, () => {
    assert.deepEqual(accessLogFormatProblems(format), expected);
  });

test('access log format: constants print as the variables they stand for', () => {
  const exchange = answered();
  const constants = {
    stage: 'prod',
    resourcePath: '/pets/{petId}',
    isCanaryRequest: '',
    protocol: 'HTTP/1.1',
  };
  const format = `${standardFormats.json} $context.stage $context.isCanaryRequest`;
  assert.equal(
    compileAccessLogFormat(format, constants, '\n')(exchange),
    `${compileAccessLogFormat(format)(exchange)}\n`,
  );
});

test('access log format: an entry is cut at one million characters and keeps its line end', () => {
  const format = `$context.requestId ${'$context.identity.userAgent'.repeat(110)}`;
  const line = compileAccessLogFormat(
    format,
    {},
    '\n',
  )(answered(undefined, { userAgent: 'x'.repeat(10_000) }));
  assert.equal(line.length, 1_048_576);
  assert.ok(line.endsWith('x\n'));
});

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));

test('access log format: a JSON line is JSON and holds the value, whatever the client sends', () => {
  const line = compileAccessLogFormat(
    '{"id":"$context.requestId","agent":"$context.identity.userAgent","path":"[$context.path]"}',
  );
  fc.assert(
    fc.property(anyText, anyText, (userAgent, path) => {
      assert.deepEqual(JSON.parse(line(answered(undefined, { userAgent, path }))), {
        id: requestId,
        agent: userAgent || '-',
        path: `[${path || '-'}]`,
      });
    }),
  );
});

test('access log format: no value ends a line or reaches the terminal, in any format', () => {
  const formats = ['$context.path $context.requestId', '"$context.path"', '<p>$context.path</p>'];
  const lines = formats.map((format) => compileAccessLogFormat(format));
  fc.assert(
    fc.property(anyText, (path) => {
      for (const line of lines)
        assert.doesNotMatch(line(answered(undefined, { path })), /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
    }),
  );
});
