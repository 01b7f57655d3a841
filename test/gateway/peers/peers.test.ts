import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type {
  Body,
  CallFailure,
  PeerService,
  Peers,
  PeersOptions,
} from '../../../src/gateway/peers/peers.ts';
import { openPeers } from '../../../src/gateway/peers/peers.ts';

const noBug = (error: unknown): void => {
  throw error;
};
const echo: PeerService = { onCall: (body, answer) => answer(body), onMet: () => {} };

function folder(t: TestContext, name = 'sluice-peers-'): string {
  const dataDir = mkdtempSync(path.join(tmpdir(), name));
  t.after(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  return dataDir;
}

async function open(
  t: TestContext,
  dataDir: string,
  service: PeerService = echo,
  options: Partial<PeersOptions> = {},
): Promise<Peers> {
  const peers = await openPeers({ dataDir, onBug: noBug, ...options });
  t.after(() => peers.close());
  await peers.serve(service);
  return peers;
}

const ask = (peers: Peers, number: number, body: Body): Promise<unknown> =>
  new Promise((resolve) => peers.call(number, body, (result, failure) => resolve(failure ?? result)));

test('peers: processes that start at once have numbers of their own, and all meet', async (t) => {
  const dataDir = folder(t);
  const all = await Promise.all(Array.from({ length: 8 }, () => open(t, dataDir)));
  const numbers = all.map(({ number }) => number).sort((a, b) => a - b);
  assert.equal(new Set(numbers).size, 8);
  for (const peers of all)
    assert.deepEqual(
      [...peers.numbers()].sort((a, b) => a - b),
      numbers.filter((number) => number !== peers.number),
    );
});

test('peers: calls reach the other in the order in which they were made, and each gets its own answer', async (t) => {
  const dataDir = folder(t);
  const got: number[] = [];
  const late: (() => void)[] = [];
  const b = await open(t, dataDir, {
    ...echo,
    onCall: ([n], answer) => {
      got.push(n as number);
      if ((n as number) % 2 === 0) answer(n);
      else late.push(() => answer(n));
      if (late.length === 500) for (const one of late.reverse()) one();
    },
  });
  const a = await open(t, dataDir);
  const wanted = Array.from({ length: 1000 }, (_, i) => i);
  assert.deepEqual(await Promise.all(wanted.map((n) => ask(a, b.number, [n]))), wanted);
  assert.deepEqual(got, wanted);
});

test('peers: texts and bytes of every length arrive as they were', async (t) => {
  const dataDir = folder(t);
  const b = await open(t, dataDir);
  const a = await open(t, dataDir);
  for (const length of [0, 1, 100, 70_000, 3_000_000]) {
    const bytes = Buffer.alloc(length, length % 251);
    const answer = (await ask(a, b.number, ['ö'.repeat(length), bytes])) as [string, Uint8Array];
    assert.equal(answer[0].length, length);
    assert.ok(bytes.equals(answer[1]));
  }
});

test('peers: a number that no process has is gone', async (t) => {
  const a = await open(t, folder(t));
  assert.equal(await ask(a, (a.number + 1) % 65_536, [1]), 'gone');
});

test('peers: a process that comes later is called without being known', async (t) => {
  const dataDir = folder(t);
  const a = await open(t, dataDir);
  const b = await open(t, dataDir);
  assert.deepEqual(await ask(a, b.number, ['x']), ['x']);
  assert.deepEqual(a.numbers(), [b.number]);
});

test('peers: what waits for a process that closes is gone with it', async (t) => {
  const dataDir = folder(t);
  const b = await open(t, dataDir, { ...echo, onCall: () => queueMicrotask(() => b.close()) });
  const a = await open(t, dataDir);
  assert.equal(await ask(a, b.number, [1]), 'gone');
  assert.equal(await ask(a, b.number, [1]), 'gone');
  assert.deepEqual(a.numbers(), []);
});

test('peers: a process that answers nothing is cut, its callers are told, and it may be called again', async (t) => {
  const dataDir = folder(t);
  let isAsleep = true;
  const b = await open(t, dataDir, {
    ...echo,
    onCall: (body, answer) => {
      if (!isAsleep) answer(body);
    },
  });
  const a = await open(t, dataDir, echo, { limits: { callMs: 20 } });
  assert.equal(await ask(a, b.number, [1]), 'timeout');
  isAsleep = false;
  assert.deepEqual(await ask(a, b.number, [2]), [2]);
});

test('peers: what may wait for a process is bounded', async (t) => {
  const dataDir = folder(t);
  const b = await open(t, dataDir);
  const a = await open(t, dataDir, echo, { limits: { queuedBytesMax: 100_000 } });
  const bytes = Buffer.alloc(10_000);
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(a, b.number, [bytes])));
  const refused = answers.filter((answer) => answer === 'busy');
  assert.ok(refused.length >= 30 && refused.length < 50, `${refused.length} refused`);
});

test('peers: what throws on the other side is told to it, and the caller', async (t) => {
  const dataDir = folder(t);
  const bugs: unknown[] = [];
  const service: PeerService = {
    onCall: ([n], answer) => {
      if (n === 1) throw new Error('oops');
      answer(n);
    },
    onMet: () => {},
  };
  const b = await open(t, dataDir, service, { onBug: (error) => bugs.push(error) });
  const a = await open(t, dataDir);
  assert.deepEqual(await Promise.all([ask(a, b.number, [1]), ask(a, b.number, [2])]), ['lost', 2]);
  assert.equal(bugs.length, 1);
});

test('peers: noise on the socket ends that stream alone', async (t) => {
  const dataDir = folder(t);
  const bugs: unknown[] = [];
  const b = await open(t, dataDir, echo, { onBug: (error) => bugs.push(error) });
  const a = await open(t, dataDir);
  const noise = connect(path.join(dataDir, 'run', `peer-${b.number}.sock`));
  noise.on('error', () => {});
  noise.resume();
  noise.write('GET / HTTP/1.1\r\n\r\n');
  await once(noise, 'close');
  assert.equal(bugs.length, 1);
  assert.deepEqual(await ask(a, b.number, [1]), [1]);
});

test('peers: a data folder may lie deeper than a socket address is long', async (t) => {
  const dataDir = path.join(folder(t), 'deep'.repeat(20), 'deeper'.repeat(10));
  mkdirSync(dataDir, { recursive: true });
  const b = await open(t, dataDir);
  const a = await open(t, dataDir);
  assert.deepEqual(await ask(a, b.number, [1]), [1]);
});

test('peers: calls to a process that is killed answer that it is gone, and its name is removed', async (t) => {
  const dataDir = folder(t);
  const child = spawn(process.execPath, [
    fileURLToPath(new URL('./silent-peer.ts', import.meta.url)),
    dataDir,
  ]);
  t.after(() => child.kill('SIGKILL'));
  const number = Number((await once(child.stdout, 'data'))[0]);
  const failures: CallFailure[] = [];
  const a = await open(t, dataDir);
  const told = new Promise<void>((resolve) => {
    for (let i = 0; i < 100; i++)
      a.call(number, [i], (_, failure) => {
        failures.push(failure!);
        if (failures.length === 100) resolve();
      });
  });
  // The child says when it has been asked.
  await once(child.stdout, 'data');
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await Promise.all([told, closed]);
  assert.deepEqual(new Set(failures), new Set(['gone']));
  const b = await open(t, dataDir);
  assert.deepEqual(await ask(b, a.number, [1]), [1]);
  assert.equal(await ask(b, number, [1]), 'gone');
  const names = readdirSync(path.join(dataDir, 'run'));
  assert.deepEqual(names.sort(), [`peer-${a.number}.sock`, `peer-${b.number}.sock`].sort());
});

test('peers: a closed process leaves nothing behind', async (t) => {
  const dataDir = folder(t);
  const a = await open(t, dataDir);
  a.close();
  assert.equal(existsSync(path.join(dataDir, 'run', `peer-${a.number}.sock`)), false);
});
