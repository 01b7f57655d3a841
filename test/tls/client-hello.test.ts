import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'node:test';
import { connect } from 'node:tls';
import { readClientHello } from '../../src/gateway/tls/client-hello.ts';
import fc, { runs } from '../support/properties.ts';

async function helloOf(servername: string, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({
    port: (server.address() as { port: number }).port,
    host: '127.0.0.1',
    servername,
    maxVersion,
  });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  server.close();
  return bytes;
}

test('client hello: the server name of real clients is found, whole or in pieces, and none is none', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    for (const name of ['api.Example.com', '']) {
      const bytes = await helloOf(name, version);
      const expected = { kind: 'hello', serverName: name === '' ? null : 'api.example.com' };
      assert.deepEqual(readClientHello(bytes), expected);
      for (let i = 0; i < bytes.length; i++) {
        const hello = readClientHello(bytes.subarray(0, i));
        assert.ok(hello.kind === 'incomplete' && hello.missing > 0 && i + hello.missing <= bytes.length);
      }
      // The same message in records of ten bytes.
      const message = bytes.subarray(5);
      const records: Buffer[] = [];
      for (let i = 0; i < message.length; i += 10) {
        const part = message.subarray(i, i + 10);
        records.push(Buffer.from([22, 3, 1, 0, part.length]), part);
      }
      assert.deepEqual(readClientHello(Buffer.concat(records)), expected);
    }
});

test('client hello: one that comes a byte at a time, in records of one byte, is read a few times and not each time', () => {
  const message = Buffer.concat([Buffer.from([1, 0, 0x14, 0]), Buffer.alloc(0x1400)]);
  const bytes = Buffer.concat([...message].map((byte) => Buffer.from([22, 3, 1, 0, 1, byte])));
  let reads = 0;
  for (let size = 1; ; reads++) {
    const hello = readClientHello(bytes.subarray(0, size));
    if (hello.kind !== 'incomplete') break;
    assert.ok(size + hello.missing <= bytes.length);
    size += hello.missing;
  }
  assert.ok(reads < 100, `${reads}`);
});

test('client hello: what is no TLS, or too long, is refused at once', () => {
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\n'),
    Buffer.from([22, 9, 9]),
    Buffer.from([22, 3, 1, 0, 0]),
    Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]),
    Buffer.from([22, 3, 1, 0, 4, 1, 9, 9, 9]),
  ])
    assert.equal(readClientHello(bytes).kind, 'refused');
});

test('client hello: no bytes, and no change of a real hello, make it throw or wait for ever', async () => {
  const real = await helloOf('api.example.com', 'TLSv1.3');
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(real.length - 1),
      fc.nat(255),
      (bytes, at, value) => {
        readClientHello(bytes);
        const changed = Buffer.from(real);
        changed[at] = value;
        readClientHello(changed);
        assert.notEqual(readClientHello(Buffer.concat([bytes, Buffer.alloc(40_000, 22)])).kind, 'incomplete');
      },
    ),
    { numRuns: runs(500) },
  );
});
