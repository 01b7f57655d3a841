// Two data planes, each in a process of its own, on one data folder.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { backend, idOf, inPath, manage, whoRoute } from '../../support/management-calls.ts';
import {
  mockAnswering,
  openSocket,
  socketApi,
  startSocketGateway,
  type TestSocket,
} from '../../support/websocket-api.ts';

const entry = fileURLToPath(new URL('./gateway-process.ts', import.meta.url));
const api = socketApi({
  who: whoRoute,
  ping: mockAnswering('pong'),
  join: { target: 'topics/all?act=join', isTwoWay: true },
  leave: { target: 'topics/all?act=leave', isTwoWay: true },
  say: { target: 'topics/all?message=$request.body.text' },
});

async function startTwo(t: TestContext) {
  const { gateway, dataDir, url } = await startSocketGateway(t, api, {
    published: { identities: [backend] },
  });
  const child = spawn(process.execPath, [entry, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const port = Number(String((await once(child.stdout, 'data'))[0]));
  return {
    here: { port: gateway.port, url },
    there: { port, url: url.replace(/:\d+\//, `:${port}/`) },
    child,
  };
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function join(client: TestSocket): Promise<void> {
  client.send({ action: 'join' });
  await client.next();
}

test('two processes: posts by one caller come in order, over whichever process they go', async (t) => {
  const { here, there } = await startTwo(t);
  const client = await openSocket(t, there.url);
  const target = inPath(await idOf(client));
  for (let i = 0; i < 60; i++)
    assert.equal((await manage([here, there][i % 2]!.port, 'POST', target, { body: String(i) })).status, 200);
  for (let i = 0; i < 60; i++) assert.equal(await client.next(), String(i));
});

test('two processes: killing one while it is posted to is told: its connections are gone, the others stay', async (t) => {
  const { here, there, child } = await startTwo(t);
  const lost = await openSocket(t, there.url);
  const kept = await openSocket(t, here.url);
  await Promise.all([join(lost), join(kept)]);
  const target = inPath(await idOf(lost));
  let isGoing = true;
  const statuses = new Set<number>();
  const posting = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (isGoing) {
        const { status } = await manage(here.port, 'POST', target, { body: 'x' });
        statuses.add(status);
        if (status !== 200) return status;
      }
      return 0;
    }),
  );
  // The first message may be here before any poster has its answer.
  while (!statuses.has(200)) await lost.next();
  await killed(child);
  assert.deepEqual(new Set(await posting), new Set([410]));
  isGoing = false;
  assert.deepEqual(statuses, new Set([200, 410]));
  assert.equal((await lost.closed).code, 1006);
  const published = await manage(here.port, 'POST', '/@topics/all', { body: 'still here' });
  assert.deepEqual(published.json(), { deliveries: 1, conflated: 0, dropped: 0 });
  assert.equal(await kept.next(), 'still here');
});

test('two processes: members that stay get each message once, in the order of its sender, while others come and go', async (t) => {
  const { here, there } = await startTwo(t);
  const open = (i: number) => openSocket(t, [here, there][i % 2]!.url);
  const [senders, members, guests] = await Promise.all([
    Promise.all([0, 1, 2, 3].map(open)),
    Promise.all([0, 1, 2, 3].map(open)),
    Promise.all([0, 1].map(open)),
  ]);
  await Promise.all(members.map(join));
  const rounds = 50;
  for (let i = 0; i < rounds; i++) {
    for (const [s, sender] of senders.entries()) sender.send({ action: 'say', text: `${s} ${i}` });
    for (const guest of guests) guest.send({ action: i % 2 === 0 ? 'join' : 'leave' });
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const member of members) {
    const got: string[] = [];
    for (let i = 0; i < rounds * senders.length; i++) got.push(await member.next());
    for (let s = 0; s < senders.length; s++)
      assert.deepEqual(
        got.filter((text) => text.startsWith(`${s} `)),
        Array.from({ length: rounds }, (_, i) => `${s} ${i}`),
      );
    member.send({ action: 'ping' });
    assert.equal(await member.next(), 'pong', 'and nothing twice');
  }
});

test('two processes: one that is drained says goodbye, and what it kept for newcomers stays', async (t) => {
  const { here, there, child } = await startTwo(t);
  await manage(there.port, 'POST', '/@topics/all?retain=true', { body: 'last' });
  const leaving = await openSocket(t, there.url);
  const exited = once(child, 'exit');
  child.stdin!.end();
  assert.equal((await leaving.closed).code, 1001);
  await exited;
  const client = await openSocket(t, here.url);
  client.send({ action: 'join' });
  assert.equal(await client.next(), 'last');
});
