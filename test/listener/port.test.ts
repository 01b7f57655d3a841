import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'node:test';
import { openListener } from '../../src/gateway/listener/listener.ts';
import { portProblem } from '../../src/gateway/listener/port.ts';
import { addressText } from '../../src/gateway/listener/remote-address.ts';

const options = { host: '127.0.0.1', port: 0, tls: null };

/** A port that the system chose and nobody has: uWS shares only ports that are given to it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

test('openListener: two of them share a port, and portProblem sees each', async (t) => {
  const port = await freePort();
  const first = await openListener({ ...options, port }, () => {});
  t.after(() => first.close());
  const second = await openListener({ ...options, port }, () => {});
  t.after(() => second.close());
  assert.deepEqual([first.port, second.port], [port, port]);
  first.close();
  assert.equal(await portProblem('127.0.0.1', second.port), 'another process is listening there');
  second.close();
  assert.equal(await portProblem('127.0.0.1', second.port), null);
});

test('openListener: a port that is not shared, or an address of another machine, is refused with a reason', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await assert.rejects(
    openListener({ ...options, port }, () => {}),
    {
      message: `Cannot listen on 127.0.0.1:${port}: another process is listening there`,
    },
  );
  await assert.rejects(
    openListener({ ...options, host: '192.0.2.1' }, () => {}),
    {
      message: 'Cannot listen on 192.0.2.1:0: the address is not one of this machine',
    },
  );
});

test('openListener: a listener that does not share its port keeps others out', async (t) => {
  const first = await openListener({ ...options, isPortShared: false }, () => {});
  t.after(() => first.close());
  await assert.rejects(
    openListener({ ...options, port: first.port }, () => {}),
    /another process is listening there/,
  );
  first.close();
});

test('addressText: IPv4 is dotted, IPv6 is written as RFC 5952 says', () => {
  const text = (...bytes: number[]) => addressText(new Uint8Array(bytes).buffer);
  const groups = (...values: number[]) => text(...values.flatMap((value) => [value >> 8, value & 255]));
  assert.equal(text(), '');
  assert.equal(text(192, 0, 2, 1), '192.0.2.1');
  assert.equal(groups(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201), '192.0.2.1');
  assert.equal(groups(0, 0, 0, 0, 0, 0, 0, 0), '::');
  assert.equal(groups(0, 0, 0, 0, 0, 0, 0, 1), '::1');
  assert.equal(groups(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), '2001:db8::1:0:0:1');
  assert.equal(groups(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), '2001:db8:0:1:1:1:1:1');
  assert.equal(groups(0x2001, 0, 0, 1, 0, 0, 0, 1), '2001:0:0:1::1');
  assert.equal(groups(1, 2, 3, 4, 5, 6, 0, 0), '1:2:3:4:5:6::');
});
