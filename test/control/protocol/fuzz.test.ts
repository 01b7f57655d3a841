// Wrong types in every field of every operation, generated from the table: always a refusal in the service's form, and
// nothing reaches a handler. Right types always reach it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type Operation, type OperationName, operations } from '../../../src/control/protocol/operations.ts';
import fc from '../../support/properties.ts';
import { bodyOf, rightInput, targetOf, wrongAt, wrongQuery } from './generated.ts';
import { testWire, type WireAnswer } from './wire.ts';

const all = Object.entries<Operation>(operations) as [OperationName, Operation][];

function assertFramework(answer: WireAnswer, type: string, about: string): void {
  assert.equal(answer.status, 400, `${about}: ${answer.status} ${answer.text}`);
  assert.equal(answer.headers['x-amzn-errortype'], type, about);
  const { message, ...others } = answer.json as { message: string };
  assert.ok(typeof message === 'string' && message !== '', about);
  assert.deepEqual(others, {}, about);
}

test('a body with one value of a wrong type is refused by every operation, wherever the value stands', async (t) => {
  const wire = await testWire(t);
  let count = 0;
  for (const [name, operation] of all) {
    const input = fc.sample(rightInput(operation), { numRuns: 1, seed: 1 })[0]!;
    for (const { path, body } of wrongAt(operation, bodyOf(operation, input))) {
      const answer = await wire.send(operation.method, targetOf(operation, input), {
        body: JSON.stringify(body),
      });
      assertFramework(answer, 'SerializationException', `${name} with a wrong ${path}`);
      count++;
    }
  }
  assert.deepEqual([wire.calls, wire.logged], [[], []]);
  assert.ok(count > 1000, `${count} wrong values were tried`);
});

test('a query with one value of a wrong type is refused by every operation', async (t) => {
  const wire = await testWire(t);
  for (const [name, operation] of all) {
    const input = fc.sample(rightInput(operation), { numRuns: 1, seed: 2 })[0]!;
    for (const [parameter, value] of wrongQuery(operation)) {
      const target = targetOf(operation, { ...input, [parameter]: undefined });
      const wireName = operation.members[parameter]!.wireName;
      const separator = target.includes('?') ? '&' : '?';
      const answer = await wire.send(operation.method, `${target}${separator}${wireName}=${value}`, {
        body: JSON.stringify(bodyOf(operation, input)),
      });
      assertFramework(answer, 'SerializationException', `${name} with a wrong ${parameter}`);
    }
  }
  assert.deepEqual(wire.calls, []);
});

test('a request made from the shapes reaches its handler as it was made', async (t) => {
  const wire = await testWire(t, () => ({}));
  for (const [name, operation] of all)
    await fc.assert(
      fc.asyncProperty(rightInput(operation), async (input) => {
        const hasPayload = Object.values(operation.members).some(({ place }) => place === 'payload');
        const body = hasPayload ? 'payload' : JSON.stringify(bodyOf(operation, input));
        const hasBody = operation.method !== 'GET' && operation.method !== 'DELETE';
        const answer = await wire.send(operation.method, targetOf(operation, input), hasBody ? { body } : {});
        assert.equal(answer.status, operation.status, answer.text);
        const call = wire.calls.pop()!;
        const given = { ...(call.input as object), ...(hasPayload && { body: undefined }) };
        assert.deepEqual([call.name, JSON.parse(JSON.stringify(given))], [name, input]);
      }),
      { numRuns: 10 },
    );
});

test('a body of any JSON is answered or refused, never with a failure of ours', async (t) => {
  const wire = await testWire(t);
  const withBodies = all.filter(([, { method }]) => method !== 'GET' && method !== 'DELETE');
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...withBodies), fc.json(), async ([, operation], body) => {
      const input = fc.sample(rightInput(operation), { numRuns: 1, seed: 3 })[0]!;
      const { status, text } = await wire.send(operation.method, targetOf(operation, input), { body });
      assert.ok(status < 500, `${status} ${text}`);
    }),
    { numRuns: 500 },
  );
  assert.deepEqual(wire.logged, []);
});

test('a body of any bytes is answered or refused, never with a failure of ours', async (t) => {
  const wire = await testWire(t);
  const json = Buffer.from('{"name":"x","tags":{"a":"b"},"endpointConfiguration":{"types":["EDGE"]}}');
  // Right JSON with a few bytes changed comes further than noise does.
  const damaged = fc
    .array(fc.tuple(fc.nat(json.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => {
      const bytes = Buffer.from(json);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
  const bodies = fc.oneof(damaged, fc.uint8Array({ minLength: 1, maxLength: 50 }).map(Buffer.from));
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const { status, text } = await wire.send('POST', '/restapis', { body });
      assert.ok(status === 201 || status === 400, `${status} ${text}`);
    }),
    { numRuns: 500 },
  );
  assert.deepEqual(wire.logged, []);
});

test('a path and a query of any text are answered or refused, never with a failure of ours', async (t) => {
  const wire = await testWire(t);
  const piece = fc.oneof(
    fc.constantFrom(
      'restapis',
      'tags',
      'stages',
      '..',
      '%2F',
      '%',
      '%ff',
      '%00',
      '//',
      '?',
      '&',
      '=',
      '+',
      '#',
    ),
    fc.constantFrom('limit=', 'mode=import', 'tagKeys=', '__proto__=', 'embed=', 'X-Amz-Date=1'),
    fc.stringMatching(/^[!-~]{0,8}$/),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
      fc.array(piece, { maxLength: 12 }),
      fc.constantFrom('', '/', '&'),
      async (method, pieces, separator) => {
        const { status, text } = await wire.send(method, `/${pieces.join(separator)}`);
        assert.ok(status < 500, `${status} ${text}`);
      },
    ),
    { numRuns: 1000 },
  );
  assert.deepEqual(wire.logged, []);
});
