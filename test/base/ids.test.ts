import assert from 'node:assert/strict';
import test from 'node:test';
import {
  newExtendedRequestId,
  newRequestId,
  newResourceId,
  newSegmentId,
  newTraceRoot,
} from '../../src/base/ids.ts';

// More than a counter of 16 bits holds, so that each is seen to turn over.
const many = 150_000;

const kinds: readonly [name: string, make: () => string, form: RegExp][] = [
  [
    'a request id is a UUID of version 4',
    newRequestId,
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  ],
  ['an extended request id is 15 characters and =', newExtendedRequestId, /^[\w-]{15}=$/],
  ['a segment id is 16 hex digits', newSegmentId, /^[0-9a-f]{16}$/],
  [
    'a trace root has the time and 24 hex digits',
    () => newTraceRoot(1_704_164_645_000),
    /^1-65937d25-[0-9a-f]{24}$/,
  ],
];

for (const [title, make, form] of kinds) {
  test(`ids: ${title}, and none comes twice`, () => {
    const seen = new Set<string>();
    for (let i = 0; i < many; i++) seen.add(make());
    assert.equal(seen.size, many);
    for (const id of seen) if (!form.test(id)) assert.match(id, form);
  });
}

test('ids: a trace root follows the time', () => {
  assert.ok(newTraceRoot(0).startsWith('1-00000000-'));
  assert.ok(newTraceRoot(1_000).startsWith('1-00000001-'));
});

test('ids: a resource id has the asked length, lower-case letters and digits', () => {
  for (const length of [6, 10]) assert.match(newResourceId(length), new RegExp(`^[a-z0-9]{${length}}$`));
});
