// Names and SRV records of targets, asked of a real little DNS server and followed as they change.

import assert from 'node:assert/strict';
import test from 'node:test';
import { parseTarget } from '../../../src/gateway/backends/address.ts';
import { Discovery } from '../../../src/gateway/backends/discovery.ts';
import type { Scheduler } from '../../../src/gateway/backends/scheduler.ts';
import { answering, exchange, serve, until } from '../../contract/upstream-harness.ts';
import { dnsResolver } from '../../support/dns-resolver.ts';
import { serveDns, type Zone } from './dns-server.ts';
import { linkedOf, poolOf } from './support.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const plain = { name: 'lean', client: 'lean', secure: false, cannot: {} } as const;

for (const [text, expected] of [
  ['10.0.0.1:80', { kind: 'address', host: '10.0.0.1', port: 80 }],
  ['10.0.0.1', { kind: 'address', host: '10.0.0.1', port: null }],
  ['[::1]:8080', { kind: 'address', host: '::1', port: 8080 }],
  ['app.internal:8080', { kind: 'name', host: 'app.internal', port: 8080 }],
  ['unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock' }],
  ['srv:_http._tcp.app', { kind: 'srv', name: '_http._tcp.app' }],
  ['app:0', null],
  ['app:70000', null],
  ['http://app', null],
  ['unix:', null],
  ['', null],
] as const)
  test(`discovery: the target "${text}" is ${expected === null ? 'refused' : expected.kind}`, () =>
    assert.deepEqual(parseTarget(text), expected));

/** Timers that a test fires by hand. */
function handScheduler() {
  const due: { delayMs: number; act: () => void }[] = [];
  const scheduler: Scheduler = {
    after: (delayMs, act) => {
      const entry = { delayMs, act };
      due.push(entry);
      return () => {
        const slot = due.indexOf(entry);
        if (slot >= 0) due.splice(slot, 1);
      };
    },
  };
  return { scheduler, due };
}

test('discovery: a name is all of its addresses, looked up again when its time to live is over', async (t) => {
  const zone: Zone = { a: { 'app.test': ['10.0.0.2', '10.0.0.1'] }, srv: {}, ttlSeconds: 7 };
  const { server } = await serveDns(t, zone);
  const { scheduler, due } = handScheduler();
  let changes = 0;
  const discovery = new Discovery(dnsResolver([server]), scheduler, () => changes++);
  t.after(() => discovery.close());
  discovery.follow([{ address: 'app.test:80', weight: 3 }], false);
  assert.equal(discovery.isPending, true);
  await until(() => !discovery.isPending);
  const keys = (): string[] => discovery.found().map(({ key, weight }) => `${key} ${weight}`);
  assert.deepEqual(keys(), ['10.0.0.1:80 3', '10.0.0.2:80 3']);
  assert.deepEqual(
    due.map(({ delayMs }) => delayMs),
    [7_000],
  );
  zone.a['app.test'] = ['10.0.0.3'];
  const before = changes;
  due.pop()!.act();
  await until(() => changes > before);
  assert.deepEqual(keys(), ['10.0.0.3:80 3']);
  // A lookup that fails leaves what was found, and is told.
  delete zone.a['app.test'];
  due.pop()!.act();
  await until(() => discovery.problems !== '');
  assert.deepEqual(keys(), ['10.0.0.3:80 3']);
  assert.match(discovery.problems, /cannot look up "app\.test:80": .*ENOTFOUND/);
});

test('discovery: SRV records give hosts, ports, priorities, and weights that addresses of one host share', async (t) => {
  const zone: Zone = {
    a: { 'a.test': ['10.0.0.1'], 'b.test': ['10.0.0.2', '10.0.0.3'], 'c.test': ['10.0.0.4'] },
    srv: {
      '_http._tcp.app.test': [
        [1, 30, 8001, 'a.test'],
        [1, 10, 8002, 'b.test'],
        [2, 0, 8003, 'c.test'],
      ],
    },
    ttlSeconds: 60,
  };
  const { server } = await serveDns(t, zone);
  const { scheduler } = handScheduler();
  const discovery = new Discovery(dnsResolver([server]), scheduler, () => {});
  t.after(() => discovery.close());
  discovery.follow([{ address: 'srv:_http._tcp.app.test', weight: 1 }], false);
  await until(() => !discovery.isPending);
  assert.deepEqual(
    discovery.found().map(({ key, priority, weight, name }) => [key, priority, weight, name]),
    [
      ['10.0.0.1:8001', 1, 30, 'a.test'],
      ['10.0.0.2:8002', 1, 5, 'b.test'],
      ['10.0.0.3:8002', 1, 5, 'b.test'],
      ['10.0.0.4:8003', 2, 0.01, 'c.test'],
    ],
  );
});

test('discovery: a call that comes before the first answer of the DNS waits for it', async (t) => {
  const server = await serve(t, plain, answering(ok));
  const port = Number(new URL(server.origin).port);
  const zone: Zone = {
    a: { 'app.test': ['127.0.0.1'] },
    srv: { '_http._tcp.app.test': [[1, 1, port, 'app.test']] },
    ttlSeconds: 60,
  };
  const dns = await serveDns(t, zone);
  const target = linkedOf(t, poolOf(['srv:_http._tcp.app.test']), { resolver: dnsResolver([dns.server]) });
  const got = await exchange(target);
  assert.deepEqual([got.failure, got.body], [null, 'ok']);
});

test('discovery: a call to a name that does not exist fails and says so', async (t) => {
  const dns = await serveDns(t, { a: {}, srv: {}, ttlSeconds: 60 });
  const target = linkedOf(t, poolOf(['nowhere.test:80']), { resolver: dnsResolver([dns.server]) });
  const got = await exchange(target);
  assert.deepEqual([got.failure?.kind, got.failure?.source], ['connect', 'ourselves']);
  assert.match(got.failure!.detail, /the pool "app" has no targets: cannot look up "nowhere\.test:80"/);
});
