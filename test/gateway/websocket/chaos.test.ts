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
/** What the clients of this process can read, by the way. */
const deliveriesPerSecond = 20_000;
const turnMs = 10;
const sayChance = Math.min(0.2, (deliveriesPerSecond * turnMs) / 1000 / usersWanted ** 2);

/** What all users have said: texts `user7 12`, known by their number from then on, as each is delivered a thousand times. */
class Ledger {
  /** Counts acts, so that it is known which came first. */
  now = 1;
  readonly #numbers = new Map<string, number>();
  /** By number: when it was said, once that was acknowledged. */
  readonly acknowledgedAt: number[] = [];

  get size(): number {
    return this.acknowledgedAt.filter((at) => at > 0).length;
  }

  said(text: string): number {
    const number = this.acknowledgedAt.length;
    this.#numbers.set(text, number);
    this.acknowledgedAt.push(0);
    return number;
  }

  numberOf(text: string): number {
    return this.#numbers.get(text) ?? assert.fail(`nobody has said "${text}"`);
  }

  textOf(number: number): string {
    return [...this.#numbers.keys()][number]!;
  }
}

/** One user on one connection: member of the room from its join on, sender all the time. */
class User {
  readonly name: string;
  readonly socket: WebSocket;
  /** Numbers of messages, in the order in which they came. */
  readonly got: number[] = [];
  /** What came twice, or before an earlier one of its sender. */
  readonly wrong: string[] = [];
  readonly waiting: { readonly number: number; readonly at: number }[] = [];
  joinedAt = Number.POSITIVE_INFINITY;
  isOpen = true;
  readonly #ledger: Ledger;
  /** By the sender's index: the count of its last message. */
  readonly #last: number[] = [];
  #next = 0;

  constructor(index: number, url: string, ledger: Ledger) {
    this.name = `user${index}`;
    this.#ledger = ledger;
    this.socket = new WebSocket(url);
    this.socket.addEventListener('error', () => {});
    this.socket.addEventListener('open', () => this.socket.send('{"action":"join"}'));
    this.socket.addEventListener('close', () => {
      this.isOpen = false;
    });
    this.socket.addEventListener('message', ({ data }) => this.#hear(String(data)));
  }

  #hear(text: string): void {
    if (text === 'work') return;
    if (text.startsWith('{')) {
      if (text.includes('"joined":true')) this.joinedAt = this.#ledger.now++;
      const acknowledged = text.includes('"deliveries"') ? this.waiting.shift() : undefined;
      if (acknowledged !== undefined) this.#ledger.acknowledgedAt[acknowledged.number] = acknowledged.at;
      return;
    }
    const [, sender, count] = /^user(\d+) (\d+)$/.exec(text) ?? assert.fail(`"${text}" came`);
    if (Number(count) <= (this.#last[Number(sender)] ?? -1)) this.wrong.push(text);
    this.#last[Number(sender)] = Number(count);
    this.got.push(this.#ledger.numberOf(text));
  }

  say(): void {
    if (this.socket.readyState !== WebSocket.OPEN || this.joinedAt === Number.POSITIVE_INFINITY) return;
    const text = `${this.name} ${this.#next++}`;
    this.waiting.push({ number: this.#ledger.said(text), at: this.#ledger.now++ });
    this.socket.send(JSON.stringify({ action: 'say', text }));
  }

  /** Numbers of what was acknowledged since it is a member, and did not come. */
  missing(): number[] {
    const { acknowledgedAt } = this.#ledger;
    const has = new Uint8Array(acknowledgedAt.length);
    for (const number of this.got) has[number] = 1;
    return acknowledgedAt.flatMap((at, number) => (at > this.joinedAt && has[number] === 0 ? [number] : []));
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

  const ledger = new Ledger();
  const users: User[] = [];
  let named = 0;
  let restarting: Promise<void> | null = null;
  const enter = (): void => {
    const { url } = planes[restarting === null ? named % 2 : 0]!;
    users.push(new User(named++, url, ledger));
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
  while (performance.now() < endMs) {
    for (let i = users.filter(({ isOpen }) => isOpen).length; i < usersWanted; i++) enter();
    for (const user of users) if (user.isOpen && Math.random() < sayChance) user.say();
    for (const [chance, act] of acts) if (Math.random() < chance) void act();
    if (performance.now() > killAtMs && restarting === null) {
      killAtMs = performance.now() + killEveryMs;
      counts.kills++;
      planes[1]!.child.kill('SIGKILL');
      restarting = start(1).then(() => {
        restarting = null;
      });
    }
    await new Promise((resolve) => setTimeout(resolve, turnMs));
  }
  await restarting;

  // All that was acknowledged arrives; what is still on its way is waited for.
  const stayed = users.filter(({ isOpen, joinedAt }) => isOpen && joinedAt !== Number.POSITIVE_INFINITY);
  const isWhole = (): boolean =>
    stayed.every((user) => !user.isOpen || (user.waiting.length === 0 && user.missing().length === 0));
  const waitUntilMs = performance.now() + 20_000;
  while (!isWhole() && performance.now() < waitUntilMs)
    await new Promise((resolve) => setTimeout(resolve, 200));
  const missing = stayed
    .filter(({ isOpen }) => isOpen)
    .flatMap((user) => user.missing().map((number) => `${user.name} misses "${ledger.textOf(number)}"`));
  assert.deepEqual(missing.slice(0, 5), []);
  const wrong = users.flatMap((user) => user.wrong.map((text) => `${user.name} got "${text}" out of order`));
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.ok(ledger.size > 0);
  t.diagnostic(
    `${ledger.size} acknowledged, ${users.reduce((sum, { got }) => sum + got.length, 0)} deliveries, by ${users.length} users, ${stayed.length} at the end; ${JSON.stringify(counts)}`,
  );
  for (const { socket } of users) socket.close();
});
