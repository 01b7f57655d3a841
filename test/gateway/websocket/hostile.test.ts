import assert from 'node:assert/strict';
import test from 'node:test';
import fc from '../../support/properties.ts';
import {
  closeBody,
  connectRaw,
  frame,
  handshakeText,
  opcodes,
  openRaw,
  shakeHands,
} from '../../support/raw-websocket.ts';
import {
  mockAnswering,
  openSocket,
  type SocketGateway,
  socketApi,
  startSocketGateway,
  type TestSocket,
} from '../../support/websocket-api.ts';

const { text, binary, close, ping, pong, continuation } = opcodes;

/** A connection that is well behaved, and must not notice anything. */
async function healthyOf(t: test.TestContext, { url }: SocketGateway) {
  const client = await openSocket(t, url);
  return async (): Promise<void> => {
    client.send({ action: 'echo' });
    assert.equal(await client.next(), 'ok');
  };
}

const api = socketApi({ echo: mockAnswering('ok'), $default: mockAnswering('default') });

/** What every peer must be cut for. See RFC 6455, section 5; the codes are what this listener can say. */
const broken: readonly (readonly [string, Buffer | readonly Buffer[]])[] = [
  ['a reserved bit', frame(text, 'x', { reserved: 4 })],
  ['all reserved bits', frame(text, 'x', { reserved: 7 })],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode) => [`the reserved opcode ${opcode}`, frame(opcode, 'x')] as const,
  ),
  ['a ping in fragments', frame(ping, 'x', { isFinal: false })],
  ['a close in fragments', frame(close, closeBody(1000), { isFinal: false })],
  ['a ping of 126 bytes', frame(ping, 'x'.repeat(126))],
  ['a close of 126 bytes', frame(close, closeBody(1000, 'x'.repeat(124)))],
  ['text that is no UTF-8', frame(text, Buffer.from([0x68, 0xff, 0xfe]))],
  ['text that ends inside a letter', frame(text, Buffer.from('ü').subarray(0, 1))],
  ['a surrogate in UTF-8', frame(text, Buffer.from([0xed, 0xa0, 0x80]))],
  [
    'a fragment that is no UTF-8',
    [frame(text, 'a', { isFinal: false }), frame(continuation, Buffer.from([0xff]))],
  ],
  ['a continuation of nothing', frame(continuation, 'x')],
  ['a second beginning', [frame(text, 'a', { isFinal: false }), frame(text, 'b')]],
  ['a length of 2^63', frame(text, 'x', { lengthBytes: 8, claimed: 1n << 63n })],
  ['a length of 2^40', frame(text, 'x', { lengthBytes: 8, claimed: 1n << 40n })],
  ['a length of 256 KB and 1', frame(binary, 'x', { lengthBytes: 8, claimed: 262_145 })],
  [
    'fragments of more than 256 KB',
    [
      frame(text, 'x'.repeat(200_000), { isFinal: false }),
      frame(continuation, 'x'.repeat(100_000), { isFinal: false }),
    ],
  ],
  ['HTTP in place of frames', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
];

test('hostile: whoever sends a broken frame is cut, and nobody else notices', async (t) => {
  const gateway = await startSocketGateway(t, api);
  const healthy = await healthyOf(t, gateway);
  for (const [name, bytes] of broken) {
    const raw = await openRaw(t, gateway.url);
    raw.write(Buffer.concat([bytes].flat()));
    const { code } = await raw.closed();
    assert.ok(code === null || [1000, 1002, 1005, 1006, 1007, 1009].includes(code), `${name}: ${code}`);
    await healthy();
  }
  assert.equal(gateway.gateway.stats().sockets!.stages[0]!.connections, 1);
});

/** RFC 6455 would have it cut: this listener takes the first bytes of what it carries for the mask. */
test('hostile: an unmasked frame is misread, and harms its sender alone', async (t) => {
  const gateway = await startSocketGateway(t, api);
  const healthy = await healthyOf(t, gateway);
  const raw = await openRaw(t, gateway.url);
  raw.write(frame(text, '{"action":"echo"}', { isMasked: false }));
  await healthy();
  raw.socket.destroy();
  await healthy();
});

test('hostile: a closing frame whose code is none is answered by the end', async (t) => {
  const gateway = await startSocketGateway(t, api);
  const healthy = await healthyOf(t, gateway);
  for (const code of [0, 999, 1004, 1005, 1006, 1012, 1015, 1016, 2999, 5000, 65_535]) {
    const raw = await openRaw(t, gateway.url);
    raw.write(frame(close, closeBody(code)));
    await raw.closed();
  }
  for (const body of [Buffer.from([3]), closeBody(1000, Buffer.from([0xff]))]) {
    const raw = await openRaw(t, gateway.url);
    raw.write(frame(close, body));
    await raw.closed();
  }
  await healthy();
  assert.equal(gateway.gateway.stats().sockets!.stages[0]!.connections, 1);
});

test('hostile: lengths may be written the long way, and frames come byte by byte', async (t) => {
  const gateway = await startSocketGateway(t, api);
  const raw = await openRaw(t, gateway.url);
  raw.write(frame(text, '"a"', { lengthBytes: 2 }));
  raw.write(frame(text, '"b"', { lengthBytes: 8 }));
  raw.socket.setNoDelay(true);
  for (const byte of frame(text, '{"action":"echo"}')) {
    raw.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  const said = [await raw.next(), await raw.next(), await raw.next()].map(({ payload }) =>
    payload.toString(),
  );
  assert.deepEqual(said, ['default', 'default', 'ok']);
});

test('hostile: half a frame and then silence holds up nobody', async (t) => {
  const gateway = await startSocketGateway(t, api);
  const healthy = await healthyOf(t, gateway);
  const whole = frame(text, 'x'.repeat(1_000));
  for (const cut of [1, 2, 3, 7, 8, 500]) {
    const raw = await openRaw(t, gateway.url);
    raw.write(whole.subarray(0, cut));
  }
  await healthy();
  await gateway.gateway.drain(1_000);
});

/** Messages that are meant to break whoever parses them. */
const bombs: readonly string[] = [
  '['.repeat(131_072),
  '['.repeat(60_000) + ']'.repeat(60_000),
  '{"action":'.repeat(12_000),
  `${'{"action":'.repeat(9_000)}1${'}'.repeat(9_000)}`,
  `{"action":${'['.repeat(60_000)}${']'.repeat(60_000)}}`,
  `{"action":${'9'.repeat(131_000)}}`,
  `{"action":1e${'9'.repeat(1_000)}}`,
  `{"action":-0.${'0'.repeat(130_000)}1}`,
  `"${'\\u0000'.repeat(20_000)}"`,
  `"${'\\ud800'.repeat(20_000)}"`,
  `{"action":"${'x'.repeat(131_000)}"}`,
  `{${Array.from({ length: 8_000 }, (_, i) => `"key${i}":${i}`).join()}}`,
  '{"__proto__":{"action":"echo"}}',
  '{"constructor":{"prototype":{"action":"echo"}}}',
  '{"action":"__proto__"}',
  '{"action":"constructor"}',
  '{"action":"toString"}',
  '{"action":{"toString":1}}',
  '{"action":"$connect"}',
  '{"action":"$disconnect"}',
  '{"action":"$default"}',
  '\ufeff{"action":"echo"}',
  '\u0000',
  '{"action":"echo"}x',
];

test('hostile: bombs of JSON and keys that are none go to $default, or fail alone', async (t) => {
  const deep = { type: 'object', properties: { action: {}, deep: { $ref: '#' } } };
  for (const [name, route] of [
    ['mock', mockAnswering('default')],
    ['template', mockAnswering("$input.json('$') $input.path('$.action') $input.body.length()")],
    [
      'model',
      {
        ...mockAnswering('default'),
        modelSelectionExpression: '\\$default',
        requestModels: { $default: 'Deep' },
      },
    ],
  ] as const) {
    const gateway = await startSocketGateway(
      t,
      socketApi({ echo: mockAnswering('ok'), $default: route }, { models: { Deep: deep } }),
    );
    const healthy = await healthyOf(t, gateway);
    const client = await openSocket(t, gateway.url);
    for (const bomb of bombs) {
      client.send(bomb);
      const said = await client.next();
      assert.notEqual(said, 'ok', bomb.slice(0, 100));
      if (name === 'mock') assert.equal(said, 'default', bomb.slice(0, 100));
    }
    await healthy();
    assert.equal(({} as { action?: string }).action, undefined);
    client.socket.close();
    await gateway.gateway.drain(200);
  }
});

test('hostile: 5,000 keys that no route has are each Forbidden, and none is kept', async (t) => {
  const gateway = await startSocketGateway(t, socketApi({ echo: mockAnswering('ok') }));
  const client: TestSocket = await openSocket(t, gateway.url);
  for (let i = 0; i < 10; i++) {
    for (let n = 0; n < 500; n++) client.send({ action: `key-${i}-${n}-${'x'.repeat(200)}` });
    for (let n = 0; n < 500; n++) assert.match(await client.next(), /"Forbidden"/);
  }
  assert.equal(gateway.gateway.stats().sockets!.series.length, 1);
});

test('hostile: a handshake with too many or too large fields is refused', async (t) => {
  const gateway = await startSocketGateway(t, api);
  const healthy = await healthyOf(t, gateway);
  for (const fields of [
    [`X-Large: ${'x'.repeat(20_000)}`],
    [`X-Large: ${'x'.repeat(200_000)}`],
    Array.from({ length: 500 }, (_, i) => `X-${i}: ${'y'.repeat(50)}`),
    [`Cookie: ${'c=1; '.repeat(5_000)}`],
  ]) {
    const raw = await shakeHands(t, gateway.url, fields);
    const answered = await raw.answer().catch(() => null);
    assert.notEqual(answered?.status, 101);
  }
  for (const key of ['short', 'x'.repeat(100), '']) {
    const raw = await shakeHands(t, gateway.url, [`Sec-WebSocket-Key: ${key}`], ['Sec-WebSocket-Key']);
    assert.notEqual((await raw.answer()).status, 101, key);
  }
  await healthy();
});

test('hostile: 1,000 half-open handshakes cost nobody anything', async (t) => {
  const gateway = await startSocketGateway(t, api);
  const healthy = await healthyOf(t, gateway);
  const { port, pathname } = new URL(gateway.url);
  const half = handshakeText(pathname).slice(0, -10);
  const all = await Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const raw = await connectRaw(t, Number(port));
      raw.write(half);
      return raw;
    }),
  );
  await healthy();
  assert.equal(gateway.gateway.stats().sockets!.stages[0]!.connections, 1);
  for (const raw of all) raw.socket.destroy();
  await healthy();
});

test('hostile: whatever frames one connection sends, the one beside it is served', async (t) => {
  const gateway = await startSocketGateway(t, api, { stage: { tags: { 'sluice:connect-rate': '100000' } } });
  const healthy = await healthyOf(t, gateway);
  const anyFrame = fc
    .record({
      opcode: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(text, binary, close, ping, pong, continuation) },
        { weight: 1, arbitrary: fc.nat(15) },
      ),
      payload: fc.uint8Array({ maxLength: 300 }),
      isFinal: fc.boolean(),
      isMasked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.boolean() }),
      reserved: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) }),
      lengthBytes: fc.constantFrom(2 as const, 8 as const),
      claimed: fc.option(fc.bigInt({ min: 0n, max: 65_535n }), { freq: 10, nil: undefined }),
    })
    .map(({ opcode, payload, claimed, ...options }) =>
      frame(opcode, payload, { ...options, ...(claimed === undefined ? {} : { claimed }) }),
    );
  const anyBytes = fc.oneof(
    { weight: 9, arbitrary: anyFrame },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyBytes, { minLength: 1, maxLength: 20 }), fc.nat(50), async (frames, cut) => {
      const raw = await openRaw(t, gateway.url);
      const bytes = Buffer.concat(frames);
      raw.write(bytes.subarray(0, cut));
      await new Promise(setImmediate);
      raw.write(bytes.subarray(cut));
      await healthy();
      raw.socket.destroy();
    }),
    { numRuns: 150 },
  );
  while (gateway.gateway.stats().sockets!.stages[0]!.connections > 1) await new Promise(setImmediate);
  await healthy();
});
