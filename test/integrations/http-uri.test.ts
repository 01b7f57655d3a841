import assert from 'node:assert/strict';
import test from 'node:test';
import { checkHttp } from '../../src/integrations/http-check.ts';

const problemsOf = (uri: string | undefined, httpMethod = 'GET') =>
  checkHttp({ type: 'HTTP', httpMethod, uri } as Parameters<typeof checkHttp>[0]);

test('http uri: what is an endpoint is accepted, placeholders and stage variables included', () => {
  for (const uri of [
    'http://example.com',
    'HTTPS://Example.com:8443/a/{b}/c?d={e}&f=g',
    'http://{host}/a',
    `http://\${stageVariables.host}/a`,
    `https://\${stageVariables.host}:8080/{proxy+}`,
    'http://[::1]:80/',
    'http://127.0.0.1?a=b',
  ])
    assert.deepEqual(problemsOf(uri), [], uri);
});

test('http uri: what is none is refused in AWS’s words', () => {
  for (const uri of [
    undefined,
    '',
    'example.com',
    'ftp://example.com/',
    'http://',
    'http:///a',
    'http://user@example.com/',
    'http://user:secret@example.com/',
    'http://example.com:99999/',
    'http://exa mple.com/',
    'http://example.com/a b',
    'http://example.com/gr\u00fcn',
    'http://example.com/a\r\nX-Evil: 1',
    'http://example.com/#part',
  ])
    assert.deepEqual(problemsOf(uri), ['Invalid HTTP endpoint specified for URI'], String(uri));
  assert.deepEqual(problemsOf('http://example.com', ''), [
    'Enumeration value for HttpMethod must be non-empty',
  ]);
});
