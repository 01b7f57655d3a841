// Upstream contract: whatever servers and callers do to each other, every call ends once, with its own answer or a
// failure, and the pool loses neither connections nor places.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test from 'node:test';
import type { UpstreamTarget } from '../../src/exchange/upstream.ts';
import fc, { runs } from '../support/properties.ts';
import {
  exchange,
  HandSource,
  onEachRequest,
  requestOf,
  type Subject,
  serve,
  targetOf,
} from './upstream-harness.ts';

const connectionsMax = 4;
const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL';

const deeds = {
  whole: (socket: Socket, text: string) => socket.write(whole(text)),
  chunked: async (socket: Socket, text: string) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const letter of text) {
      await turn();
      socket.write(`1\r\n${letter}\r\n`);
    }
    socket.write('0\r\n\r\n');
  },
  'and-close': (socket: Socket, text: string) =>
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${text}`),
  'then-close': async (socket: Socket, text: string) => {
    socket.write(whole(text));
    await turn();
    socket.destroy();
  },
  'then-junk': (socket: Socket, text: string) => socket.write(whole(text) + evil),
  close: (socket: Socket) => socket.destroy(),
  cut: (socket: Socket, text: string) => socket.end(whole(text).slice(0, -1)),
  garbage: (socket: Socket) => socket.write('garbage\r\n\r\n'),
  silence: () => {},
} as const;

interface Plan {
  readonly deed: keyof typeof deeds;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly body: 'none' | 'text' | 'pieces' | 'broken-pieces';
  /** Turns of the event loop after which the caller aborts, or null. */
  readonly abortAfter: number | null;
  readonly pauses: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  deed: fc.constantFrom(...(Object.keys(deeds) as Array<keyof typeof deeds>)),
  method: fc.constantFrom('GET', 'PUT', 'POST'),
  body: fc.constantFrom('none', 'none', 'text', 'pieces', 'broken-pieces'),
  abortAfter: fc.option(fc.nat(8), { freq: 5 }),
  pauses: fc.boolean(),
});

export function chaosContract(subject: Subject): void {
  test(`${subject.name}: every call ends once and with its own answer, whatever happens`, async (t) => {
    const server = await serve(t, subject, onEachRequest(answerAsAsked));
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 40 }), async (plans) => {
        // What a handler throws, our assertions too, comes out here.
        const bugs: unknown[] = [];
        const onBug = (error: unknown): number => bugs.push(error);
        const target = targetOf(t, subject, server, { connectionsMax, queuedMax: 100, onBug });
        await Promise.all(plans.map((each, i) => carryOut(target, each, `/${i}/${each.deed}`)));
        assert.deepEqual(bugs, []);
        // Every place in the pool is free again.
        const after = Array.from({ length: connectionsMax + 2 }, (_, i) =>
          exchange(target, { path: `/after${i}/whole` }),
        );
        for (const [i, answer] of (await Promise.all(after)).entries()) {
          assert.deepEqual([answer.failure, answer.body], [null, `/after${i}/whole`]);
        }
      }),
      { numRuns: runs(40) },
    );
  });
}

function answerAsAsked(socket: Socket, head: string): void {
  const path = head.split(' ')[1]!;
  void deeds[path.split('/')[2] as keyof typeof deeds](socket, path);
}

/** Sends one call as planned; resolves when it has ended and nothing more was told for some turns. */
async function carryOut(target: UpstreamTarget, plan: Plan, path: string): Promise<void> {
  const told: string[] = [];
  let body = '';
  let aborted = false;
  const source = new HandSource(null, (sink) => {
    sink.onChunk(Buffer.from('abc'));
    setImmediate(() => (plan.body === 'broken-pieces' ? sink.onAbort() : sink.onEnd()));
  });
  const bodies = { none: null, text: 'text', pieces: source, 'broken-pieces': source };
  const tell = (what: string): void => {
    assert.equal(aborted, false, `${what} after abort`);
    assert.equal(/end|error/.test(told.at(-1) ?? ''), false, `${what} after ${told.at(-1)}`);
    told.push(what);
  };
  const ended = new Promise<void>((resolve) => {
    const request = { path, method: plan.method, body: bodies[plan.body], timeoutMs: 100 };
    const call = target.send(requestOf(request), {
      onHead: () => tell('head'),
      onData(chunk) {
        tell('data');
        body += Buffer.from(chunk).toString('latin1');
        if (plan.pauses) setImmediate(() => call.resume());
        return !plan.pauses;
      },
      onEnd() {
        tell('end');
        assert.equal(body, path);
        resolve();
      },
      onError() {
        tell('error');
        resolve();
      },
    });
    if (plan.abortAfter !== null) void abortLater(plan.abortAfter);
    async function abortLater(turns: number): Promise<void> {
      for (let i = 0; i < turns; i++) await turn();
      aborted = !told.some((what) => what === 'end' || what === 'error');
      call.abort();
      resolve();
    }
  });
  await ended;
  for (let i = 0; i < 5; i++) await turn();
  assert.ok(source.cancelled <= 1);
}

function whole(text: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
