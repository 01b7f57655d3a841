// Chat users over two data planes while backends fail, readers stop reading, deployments come and processes are killed.
// Short by default; CHAOS_MINUTES=10 CHAOS_USERS=1000 for the long run.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBackend } from '../../support/backend.ts';
import { writePublished } from '../../support/gateway.ts';
import { frame, opcodes, openRaw } from '../../support/raw-websocket.ts';
import { mockAnswering, publishedSocketStage, socketApi } from '../../support/websocket-api.ts';

const entry = fileURLToPath(new URL('./chaos-plane.ts', import.meta.url));
const runMs = Number(process.env.CHAOS_MINUTES ?? 0.1) * 60_000;
const usersWanted = Number(process.env.CHAOS_USERS ?? 24);

/** One user on one connection: member of the room from its join on, sender all the time. */
class User {
  readonly name: string;
  readonly socket: WebSocket;
  readonly got: string[] = [];
  readonly seen = new Set<string>();
  joinedAt = Number.POSITIVE_INFINITY;
  isOpen = true;
  #next = 0;

  constructor(name: string, url: string, acknowledged: Map<string, number>, clock: { now: number }) {
    this.name = name;
    this.socket = new WebSocket(url);
    this.socket.addEventListener('error', () => {});
    this.socket.addEventListener('open', () => this.socket.send('{"action":"join"}'));
    this.socket.addEventListener('close', () => {
      this.isOpen = false;
    });
    this.socket.addEventListener('message', ({ data }) => {
      const text = String(data);
      if (text === 'work') return;
      if (text.startsWith('{')) {
        if (text.includes('"joined":true')) this.joinedAt = clock.now++;
        const acked = /"deliveries"/.test(text) ? this.waiting.shift() : undefined;
        if (acked !== undefined) acknowledged.set(acked.text, acked.at);
        else if (/"message"/.test(text) && !text.includes('work')) this.refused++;
        return;
      }
      this.got.push(text);
      assert.equal(this.seen.has(text), false, `${this.name} got "${text}" twice`);
      this.seen.add(text);
    });
  }

  readonly waiting: { readonly text: string; readonly at: number }[] = [];
  refused = 0;

  say(clock: { now: number }): void {
    if (this.socket.readyState !== WebSocket.OPEN || this.joinedAt === Number.POSITIVE_INFINITY) return;
    const text = `${this.name} ${this.#next++}`;
    this.waiting.push({ text, at: clock.now++ });
    this.socket.send(JSON.stringify({ action: 'say', text }));
  }
}

test('chaos: every acknowledged message reaches every member that stayed, once, in the order of its sender', {
  timeout: runMs + 120_000,
}, async (t) => {
  const backend = await startBackend(t, (_, response) => {
    if (Math.random() < 0.3) response.destroy();
    else response.writeHead(Math.random() < 0.5 ? 500 : 200).end('work');
  });
  const api = (version: number) =>
    socketApi({
      join: { target: 'topics/room?act=join', isTwoWay: true },
      say: { target: 'topics/room?message=$request.body.text', isTwoWay: true },
      work: {
        integration: {
          integrationType: 'HTTP_PROXY',
          integrationMethod: 'POST',
          integrationUri: `http://${backend.authority}/work`,
        },
        isTwoWay: true,
      },
      big: mockAnswering('y'.repeat(60_000)),
      $default: mockAnswering(`version ${version}`),
    });
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-chaos-'));
  const deploy = (version: number): void => {
    const tags = {
      'sluice:ordered': 'say',
      'sluice:connect-rate': '100000',
      'sluice:connect-burst': '100000',
    };
    writePublished(dataDir, [], { v2Stages: [publishedSocketStage(dataDir, api(version), { tags })] });
  };
  deploy(0);
  const planes: { child: ChildProcess; url: string }[] = [];
  const start = async (slot: number): Promise<void> => {
    const child = spawn(process.execPath, [entry, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin!.on('error', () => {});
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    child.stdout!.resume();
    planes[slot] = { child, url: `ws://127.0.0.1:${Number(String(line))}/_aws/execute-api/wsapi00001/prod` };
  };
  t.after(() => {
    for (const { child } of planes) child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  await Promise.all([start(0), start(1)]);

  const clock = { now: 1 };
  const acknowledged = new Map<string, number>();
  const users: User[] = [];
  let named = 0;
  const enter = (): void => {
    const { url } = planes[named % 2]!;
    users.push(new User(`user${named++}`, url, acknowledged, clock));
  };
  const counts = { deploys: 0, kills: 0, slow: 0 };
  const acts: readonly (readonly [number, () => unknown])[] = [
    [0.05, () => deploy(++counts.deploys)],
    [0.05, () => planes.forEach(({ child }) => void child.stdin!.write('adopt\n'))],
    [
      0.02,
      async () => {
        const raw = await openRaw(t, planes[0]!.url).catch(() => null);
        raw?.socket.pause();
        for (let i = 0; i < 50; i++) raw?.write(frame(opcodes.text, '{"action":"big"}'));
        counts.slow++;
      },
    ],
    [
      0.2,
      () => {
        const user = users[Math.floor(Math.random() * users.length)]!;
        if (user.socket.readyState === WebSocket.OPEN) user.socket.send('{"action":"work"}');
      },
    ],
    [0.02, () => users[Math.floor(Math.random() * users.length)]!.socket.close(1000)],
  ];
  const endMs = performance.now() + runMs;
  // The second plane is killed a few times, and comes back.
  const killEveryMs = Math.max(runMs / 4, 2_000);
  let killAtMs = performance.now() + killEveryMs;
  let restarting: Promise<void> | null = null;
  while (performance.now() < endMs) {
    for (let i = users.filter(({ isOpen }) => isOpen).length; i < usersWanted; i++) enter();
    for (const user of users) if (user.isOpen && Math.random() < 0.2) user.say(clock);
    for (const [chance, act] of acts) if (Math.random() < chance) void act();
    if (performance.now() > killAtMs && restarting === null) {
      killAtMs = performance.now() + killEveryMs;
      counts.kills++;
      planes[1]!.child.kill('SIGKILL');
      restarting = start(1).then(() => {
        restarting = null;
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await restarting;

  // All that was acknowledged arrives; what is still on its way is waited for.
  const stayed = users.filter(({ isOpen, joinedAt }) => isOpen && joinedAt !== Number.POSITIVE_INFINITY);
  const missing = (): string[] =>
    stayed.flatMap((user) =>
      user.isOpen
        ? [...acknowledged]
            .filter(([text, at]) => at > user.joinedAt && !user.seen.has(text))
            .map(([text]) => `${user.name} misses "${text}"`)
        : [],
    );
  const waitUntilMs = performance.now() + 20_000;
  while (
    (missing().length > 0 || stayed.some(({ waiting, isOpen }) => isOpen && waiting.length > 0)) &&
    performance.now() < waitUntilMs
  )
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(missing().slice(0, 5), []);
  for (const { name, got } of users) {
    const last = new Map<string, number>();
    for (const text of got) {
      const [sender, n] = text.split(' ') as [string, string];
      assert.ok(Number(n) > (last.get(sender) ?? -1), `${name} got "${text}" out of order`);
      last.set(sender, Number(n));
    }
  }
  assert.ok(acknowledged.size > 0);
  t.diagnostic(
    `${acknowledged.size} acknowledged by ${users.length} users, ${stayed.length} at the end; ${JSON.stringify(counts)}`,
  );
  for (const { socket } of users) socket.close();
});
