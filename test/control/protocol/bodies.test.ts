// What clients send as bodies: too much, too deep, too slowly, or nothing that is JSON.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as startRequest } from 'node:http';
import { connect } from 'node:net';
import test from 'node:test';
import { assertRefused, testWire } from './wire.ts';

const tooLarge = 'Request body is larger than 1000 bytes';

test('a body that is no JSON object is refused', async (t) => {
  const wire = await testWire(t);
  const malformed = 'Could not parse request body into json';
  const deep = 'JSON is nested deeper than 1000 levels';
  const cases: readonly (readonly [body: string | Uint8Array, message: string])[] = [
    ['{', malformed],
    ['x', malformed],
    [' ', malformed],
    ["{'name':'x'}", malformed],
    ['{"name":"x"}}', malformed],
    ['{"name":NaN}', malformed],
    ['{"name":"a\nb"}', malformed],
    ['\uFEFF{"name":"x"}', malformed],
    ['{"name":"x",}', malformed],
    ['[]', 'Start of list found where not expected'],
    ['null', 'Expected a JSON object'],
    ['"name"', 'Expected a JSON object'],
    [Buffer.from('{"name":"\xff"}', 'latin1'), 'The request body is not UTF-8'],
    [Buffer.from([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), 'The request body is not UTF-8'],
    ['['.repeat(100_000), deep],
    [`{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, deep],
    [`{"unknown":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`, deep],
    ['{"tags":{"__proto__":"x"},"name":"n"}', '__proto__ can not be the key of a map'],
    ['{"tags":{"__prot\\u006f__":{"a":1}},"name":"n"}', '__proto__ can not be the key of a map'],
  ];
  for (const [body, message] of cases)
    assertRefused(await wire.send('POST', '/restapis', { body }), 400, 'SerializationException', message);
  assert.deepEqual(wire.calls, []);
});

test('a member that objects inherit is passed over, and the last of two members of one name counts', async (t) => {
  const wire = await testWire(t);
  const body = `{"name":"a","__proto__":{"description":"d"},"constructor":1,"name":"b","tags":{"toString":"${'['.repeat(1000)}"}}`;
  await wire.send('POST', '/restapis', { body });
  assert.deepEqual(wire.calls[0]!.input, { name: 'b', tags: { toString: '['.repeat(1000) } });
});

test('a body that is not sent counts as an empty object', async (t) => {
  const wire = await testWire(t);
  assert.equal((await wire.send('POST', '/apikeys')).status, 201);
  assert.equal((await wire.send('POST', '/apikeys', { headers: { 'content-length': '0' } })).status, 201);
  assert.deepEqual(wire.calls[1], { name: 'CreateApiKey', input: {} });
});

test('a body sent in chunks, with a method that has no use for it, is read and given to the signature', async (t) => {
  const bodies: string[] = [];
  const wire = await testWire(t, () => ({}), {
    authenticate: ({ body, sourceIp }) => {
      bodies.push(Buffer.from(body).toString());
      return { arn: '', userName: '', accessKeyId: '', sourceIp, userAgent: '' };
    },
  });
  const request = startRequest({ port: wire.port, method: 'GET', path: '/restapis', agent: false });
  request.setHeader('transfer-encoding', 'chunked');
  request.write('one ');
  request.end('two');
  const [response] = await once(request, 'response');
  response.resume();
  assert.deepEqual([response.statusCode, bodies], [200, ['one two']]);
});

test('a body that is announced as too large is refused before it is sent', async (t) => {
  const wire = await testWire(t, () => ({}), { limits: { bodyBytesMax: 1000 } });
  const exact = await wire.send('POST', '/restapis', { body: JSON.stringify({ name: 'x'.repeat(989) }) });
  assert.equal(exact.status, 201);
  const socket = connect(wire.port, '127.0.0.1');
  socket.write('POST /restapis HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n');
  let told = '';
  for await (const chunk of socket) told += chunk;
  assert.match(
    told,
    /^HTTP\/1\.1 413 .*Connection: close.*"message":"Request body is larger than 1000 bytes"/s,
  );
  assert.equal(wire.calls.length, 1);
});

test('a body that turns out too large is refused while it comes, and the client can read why', async (t) => {
  const wire = await testWire(t, () => ({}), { limits: { bodyBytesMax: 1000 } });
  // Larger than what sockets hold between them: it is not taken in before the answer is there.
  const body = Buffer.alloc(8_000_000, 0x20);
  const chunked = { 'transfer-encoding': 'chunked' };
  const answer = await new Promise<Parameters<typeof assertRefused>[0]>((resolve, reject) => {
    const request = startRequest(
      { port: wire.port, method: 'POST', path: '/restapis', agent: false, headers: chunked },
      async (response) => {
        const text = Buffer.concat(await response.toArray()).toString();
        resolve({ status: response.statusCode!, headers: response.headers, text, json: JSON.parse(text) });
      },
    );
    request.once('error', reject);
    request.end(body);
  });
  assertRefused(answer, 413, 'RequestEntityTooLargeException', tooLarge);
  assert.equal(wire.records[0]!.error?.type, 'RequestEntityTooLargeException');
});

test('a client that waits for leave to send its body gets it, or its refusal at once', async (t) => {
  const wire = await testWire(t, () => ({}), { limits: { bodyBytesMax: 1000 } });
  const ask = async (path: string, length: number): Promise<readonly [waited: boolean, status: number]> => {
    const request = startRequest({
      port: wire.port,
      method: 'POST',
      path,
      agent: false,
      headers: { expect: '100-continue', 'content-length': String(length) },
    });
    let isAllowed = false;
    request.on('continue', () => {
      isAllowed = true;
      request.end(JSON.stringify({ name: 'x' }).padEnd(length));
    });
    request.flushHeaders();
    const [response] = await once(request, 'response');
    request.destroy();
    return [isAllowed, response.statusCode];
  };
  assert.deepEqual(await ask('/restapis', 100), [true, 201]);
  assert.deepEqual(await ask('/restapis', 1001), [false, 413]);
  assert.deepEqual(await ask('/nothing', 100), [false, 403]);
});

test('a client that goes away in the middle of its body is forgotten, and what it sent is let go', async (t) => {
  const wire = await testWire(t, () => ({}), { limits: { bodyBytesInFlightMax: 2_000 } });
  for (let i = 0; i < 10; i++) {
    const socket = connect(wire.port, '127.0.0.1');
    socket.write(`POST /restapis HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\n\r\n${'x'.repeat(1500)}`);
    // The server has read all of it when it has answered another one.
    await wire.send('GET', '/restapis');
    socket.destroy();
    await once(socket, 'close');
  }
  const body = JSON.stringify({ name: 'x'.repeat(1900) });
  // The end of the last connection is seen soon.
  let answer = await wire.send('POST', '/restapis', { body });
  while (answer.status === 503) answer = await wire.send('POST', '/restapis', { body });
  assert.equal(answer.status, 201);
  assert.deepEqual(wire.logged, []);
});

test('a body beyond what all bodies together may take is refused for now', async (t) => {
  const held = Promise.withResolvers<unknown>();
  const wire = await testWire(t, () => held.promise, { limits: { bodyBytesInFlightMax: 2_000 } });
  const body = JSON.stringify({ name: 'x'.repeat(1500) });
  const first = wire.send('POST', '/restapis', { body });
  while (wire.calls.length === 0) await new Promise(setImmediate);
  const second = await wire.send('POST', '/restapis', { body });
  assertRefused(second, 503, 'ServiceUnavailableException', 'Too many large requests at once');
  assert.equal(second.headers['retry-after'], '1');
  held.resolve({});
  assert.equal((await first).status, 201);
  assert.equal((await wire.send('POST', '/restapis', { body })).status, 201);
});
