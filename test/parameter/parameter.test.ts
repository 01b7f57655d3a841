import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type ParameterDirection,
  parseParameterSource,
  parseParameterTarget,
} from '../../src/mapping/parameter/parameter.ts';

const sources: readonly [ParameterDirection, string, unknown][] = [
  ['request', "'text'", { kind: 'static', text: 'text' }],
  ['request', "''", { kind: 'static', text: '' }],
  ['request', "'it''s'", { kind: 'static', text: "it''s" }],
  ['request', 'method.request.path.id', { kind: 'path', name: 'id' }],
  ['request', 'method.request.querystring.a-b.c$d_e', { kind: 'querystring', name: 'a-b.c$d_e' }],
  ['request', 'method.request.multivaluequerystring.q', { kind: 'multivaluequerystring', name: 'q' }],
  ['request', 'method.request.header.X-Id', { kind: 'header', name: 'X-Id' }],
  ['request', 'method.request.multivalueheader.X-Id', { kind: 'multivalueheader', name: 'X-Id' }],
  ['request', 'method.request.body', { kind: 'body', jsonPath: null }],
  ['request', 'method.request.body.a.b[0]', { kind: 'body', jsonPath: '$.a.b[0]' }],
  ['request', 'method.request.body[0].a', { kind: 'body', jsonPath: '$[0].a' }],
  ['request', 'context.identity.sourceIp', { kind: 'context', name: 'identity.sourceIp' }],
  ['request', 'stageVariables.host', { kind: 'stageVariable', name: 'host' }],
  ['response', 'integration.response.header.ETag', { kind: 'header', name: 'ETag' }],
  [
    'response',
    'integration.response.multivalueheader.Set-Cookie',
    { kind: 'multivalueheader', name: 'Set-Cookie' },
  ],
  ['response', 'integration.response.body.a', { kind: 'body', jsonPath: '$.a' }],
  ['gatewayResponse', 'method.request.header.Origin', { kind: 'header', name: 'Origin' }],
  ['gatewayResponse', 'method.request.body', null],
  ['request', 'integration.response.header.X', null],
  ['response', 'method.request.header.X', null],
  ['request', 'true', null],
  ['request', 'method.request.cookie.x', null],
  ['request', 'method.request.header.', null],
  ['request', 'method.request.header.a b', null],
  ['request', '', null],
  ['request', "'", null],
  ['request', 'method.request.body.', null],
];

for (const [direction, text, expected] of sources) {
  test(`parameter mapping: ${direction} source ${JSON.stringify(text)} reads as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseParameterSource(text, direction), expected);
  });
}

test('parameter mapping: targets name a place and a name of their direction only', () => {
  assert.deepEqual(parseParameterTarget('integration.request.path.id', 'request'), {
    location: 'path',
    name: 'id',
  });
  assert.deepEqual(parseParameterTarget('method.response.header.X-A', 'response'), {
    location: 'header',
    name: 'X-A',
  });
  assert.deepEqual(parseParameterTarget('gatewayresponse.header.X-A', 'gatewayResponse'), {
    location: 'header',
    name: 'X-A',
  });
  assert.equal(parseParameterTarget('method.response.querystring.X', 'response'), null);
  assert.equal(parseParameterTarget('integration.request.body.X', 'request'), null);
});
