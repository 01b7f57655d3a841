import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import fc from '../support/properties.ts';
import { open, startServer, statusesOf, type TestServer } from './wire.ts';

let server: TestServer;
before(async (t) => {
  server = await startServer(t as never);
});

const piece = fc.constantFrom(
  'GET ',
  'POST ',
  'HEAD ',
  '/echo',
  '/early',
  '/stream?100',
  '/late',
  '/destroy',
  '/status?204',
  '/hold-body',
  ' HTTP/1.1\r\n',
  'Host: x\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: 0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip\r\n',
  'Expect: 100-continue\r\n',
  'Connection: close\r\n',
  'X-A: b\r\n',
  ': \r\n',
  '\r\n',
  '\r',
  '\n',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  'hello',
  '\0',
  ';',
  ' ',
  '\xff\xfe',
); // prettier-ignore
const junk = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const request = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'HEAD', 'PUT'),
    fc.constantFrom(
      '/echo',
      '/early',
      '/stream-length?70000',
      '/late',
      '/destroy-late',
      '/status?304',
      '/large?90000',
    ),
    fc.array(fc.oneof({ weight: 5, arbitrary: piece }, { weight: 1, arbitrary: junk }), { maxLength: 5 }),
    fc.constantFrom('\r\n', '\r\nhello', '\r\n5\r\nhello\r\n0\r\n\r\n'),
  )
  .map(
    ([method, target, fields, rest]) =>
      `${method} ${target} HTTP/1.1\r\nHost: x\r\n${fields.join('')}${rest}`,
  );
const bytes = fc.array(fc.oneof({ weight: 3, arbitrary: request }, { weight: 2, arbitrary: piece }, junk), {
  maxLength: 8,
});

test('listener: no bytes bring it down or leave an exchange behind', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), async (pieces, isSplit) => {
      const client = open(server.port);
      if (isSplit)
        for (const bytes of pieces)
          await new Promise((resolve) => client.socket.write(Buffer.from(bytes, 'latin1'), resolve));
      else client.send(pieces.join(''));
      client.socket.end();
      await client.received((text) => text.length > 0);
      client.socket.destroy();
      const good = open(server.port);
      good.send('GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      assert.deepEqual(statusesOf(await good.closed()), [200]);
    }),
    { numRuns: 400 },
  );
  const { stats } = await server.seen((seen) => seen.stats.inFlightCount === 1);
  assert.equal(stats.inFlightCount, 1);
});
