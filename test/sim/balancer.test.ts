// Pools in simulation: random targets that are well or not, calls, aborts and other settings, in virtual time from one
// seed; what must hold of every run is checked.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { UpstreamHandler, UpstreamRequest } from '../../src/exchange/upstream.ts';
import { createBackends, type FollowingBackends } from '../../src/gateway/backends/index.ts';
import type { Connections, Member } from '../../src/gateway/backends/member.ts';
import type { TargetPool } from '../../src/resources/index.ts';
import { poolOf, publishedOf, verified } from '../gateway/backends/support.ts';
import fc from '../support/properties.ts';
import { World } from './world.ts';

type Manner = 'well' | 'dead' | 'slow' | 'cut' | '503';

class SimTarget {
  manner: Manner = 'well';
  isHealthy = true;
  received = 0;
  inFlight = 0;
}

/** A pool in a world of its own. */
class SimPool {
  readonly world: World;
  readonly targets = new Map<string, SimTarget>();
  readonly backends: FollowingBackends;
  readonly faults: string[] = [];
  readonly members = new Set<Member>();
  open = 0;

  constructor(seed: number) {
    this.world = new World(seed);
    const { world } = this;
    this.backends = createBackends({
      clock: world,
      scheduler: { after: (delayMs, act) => this.later(delayMs, act) },
      random: () => world.random(),
      connect: (_, member) => this.#connect(member),
      askHealth: () => (member, _, done) => {
        const cancel = this.later(world.between(1, 20), () => done(this.target(member.key).isHealthy));
        return { abort: cancel };
      },
    });
  }

  target(key: string): SimTarget {
    const target = this.targets.get(key) ?? new SimTarget();
    this.targets.set(key, target);
    return target;
  }

  later(delayMs: number, act: () => void): () => void {
    let isOff = false;
    this.world.after(delayMs, () => {
      if (!isOff) act();
    });
    return () => {
      isOff = true;
    };
  }

  /** One call from a client; some go away. */
  call(method: string, abortAfterMs: number | null = null): Promise<number> {
    this.open++;
    return new Promise((resolve) => {
      let ended = 0;
      const end = (status: number): void => {
        if (++ended > 1) this.faults.push('a call ended twice');
        this.open--;
        resolve(status);
      };
      const handler: UpstreamHandler = {
        onHead: (status) => {
          if (ended > 0) this.faults.push('a head after the end');
          head = status;
        },
        onData: () => true,
        onEnd: () => end(head),
        onError: () => end(0),
      };
      let head = 0;
      const request = { method, path: '/', headers: [], body: null, timeoutMs: 500 };
      const target = this.backends.linked('link1', 'http://app.internal', verified);
      const call = target.send({ ...request, timeoutCovers: 'answer' }, handler);
      if (abortAfterMs !== null)
        this.later(abortAfterMs, () => {
          if (ended > 0) return;
          call.abort();
          end(-1);
        });
    });
  }

  #connect(member: Member): Connections {
    const target = this.target(member.key);
    this.members.add(member);
    return {
      isSaturated: false,
      isOpen: false,
      connectionCount: 0,
      breaker: { openedCount: 0 },
      close: () => {},
      send: (request, handler) => {
        if (member.standing === 'ejected' && this.backends.stats().some(({ healthy }) => healthy > 0))
          this.faults.push('a call to an ejected target while another is well');
        if (member.isDraining) this.faults.push('a call to a target that has left');
        target.received++;
        target.inFlight++;
        return this.#answer(target, request, handler);
      },
    };
  }

  #answer(target: SimTarget, request: UpstreamRequest, handler: UpstreamHandler) {
    let isOver = false;
    const finish = (act: () => void) => () => {
      if (isOver) return;
      isOver = true;
      target.inFlight--;
      act();
    };
    const fail = (kind: 'connect' | 'closed' | 'timeout') =>
      finish(() =>
        handler.onError({
          kind,
          source: 'upstream',
          detail: `simulated ${kind}`,
          retrySafe: kind === 'connect' || request.method === 'GET',
        }),
      );
    const answer = (status: number) =>
      finish(() => {
        handler.onHead(status, [], 0);
        handler.onEnd();
      });
    this.world.after(request.timeoutMs, fail('timeout'));
    const delayMs = this.world.between(1, 10);
    if (target.manner === 'dead') this.world.after(delayMs, fail('connect'));
    else if (target.manner === 'cut') this.world.after(delayMs, fail('closed'));
    else if (target.manner === '503') this.world.after(delayMs, answer(503));
    else if (target.manner === 'well') this.world.after(delayMs, answer(200));
    return { abort: finish(() => {}), pause: () => {}, resume: () => {} };
  }
}

const manners: readonly Manner[] = ['well', 'well', 'dead', 'slow', 'cut', '503'];
const healthCheck = {
  protocol: 'http',
  path: '/',
  port: null,
  intervalMs: 200,
  timeoutMs: 50,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  matcher: '200',
} as const;

interface Scenario {
  readonly seed: number;
  readonly weights: readonly number[];
  readonly balance: TargetPool['balance'];
  readonly maxEjectedPercent: number;
  readonly hasHealthCheck: boolean;
  readonly slowStartMs: number;
}

const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  weights: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }),
  balance: fc.constantFrom('roundRobin' as const, 'leastOutstanding' as const),
  maxEjectedPercent: fc.integer({ min: 0, max: 100 }),
  hasHealthCheck: fc.boolean(),
  slowStartMs: fc.constantFrom(0, 300),
});

const addressOf = (i: number): string => `10.0.0.${i + 1}:80`;

function poolFor(one: Scenario): TargetPool {
  return poolOf(
    one.weights.map((weight, i) => [addressOf(i), weight] as const),
    {
      balance: one.balance,
      slowStartMs: one.slowStartMs,
      healthCheck: one.hasHealthCheck ? healthCheck : null,
      drainMs: 100,
      outlierDetection: {
        consecutiveFailures: 3,
        baseEjectionMs: 300,
        maxEjectionMs: 1_000,
        maxEjectedPercent: one.maxEjectedPercent,
      },
    },
  );
}

async function simulate(one: Scenario): Promise<void> {
  const pool = new SimPool(one.seed);
  const { world, backends } = pool;
  const settings = poolFor(one);
  const count = one.weights.length;
  backends.adopt(publishedOf(settings));
  const ends: number[] = [];
  const isEnd = (): boolean => world.monotonicNs() > 5e9;
  for (let i = 0; i < 300; i++) {
    const abortAfterMs = world.chance(0.1) ? world.between(0, 30) : null;
    world.after(world.between(0, 3_500), () => {
      void pool.call(world.pick(['GET', 'GET', 'POST']), abortAfterMs).then((status) => ends.push(status));
    });
  }
  for (let i = 0; i < 20; i++)
    world.after(world.between(0, 3_000), () => {
      const target = pool.target(addressOf(world.between(0, count - 1)));
      target.manner = world.pick(manners);
      target.isHealthy = target.manner === 'well' || world.chance(0.5);
    });
  for (let i = 0; i < 4; i++)
    world.after(world.between(0, 3_000), () => {
      const targets = settings.targets.filter(() => world.chance(0.7));
      backends.adopt(publishedOf({ ...settings, targets: targets.length > 0 ? targets : settings.targets }));
    });
  const observe = (): void => {
    const standing = [...pool.members].filter((member) => !member.isDraining);
    const ejected = standing.filter((member) => member.standing !== 'in').length;
    const total = backends.stats().length;
    const most = Math.max(1, Math.floor((total * one.maxEjectedPercent) / 100));
    if (total === count && ejected > most) pool.faults.push(`${ejected} of ${total} targets are out`);
    if (!isEnd()) world.after(50, observe);
  };
  observe();
  world.after(4_000, () => backends.close());
  await world.run(50_000);
  assert.deepEqual(pool.faults, []);
  assert.equal(ends.length, 300, 'every call ended');
  assert.equal(pool.open, 0);
  for (const target of pool.targets.values()) assert.equal(target.inFlight, 0, 'a call was left at a target');
  for (const member of pool.members) assert.equal(member.outstanding, 0);
}

test('balancer in simulation: every call ends once, and no target is called that is ejected or has left', async () => {
  await fc.assert(fc.asyncProperty(scenario, simulate), { numRuns: 40 });
});

test('balancer in simulation: shares come to the weights', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (one) => {
      const pool = new SimPool(one.seed);
      pool.backends.adopt(publishedOf(poolFor({ ...one, hasHealthCheck: false })));
      const calls = 100 * one.weights.length;
      // One call after the other for least outstanding calls, which else follow the load and not the weights alone.
      const apartMs = one.balance === 'roundRobin' ? 5 : 20;
      for (let i = 0; i < calls; i++) pool.world.after(i * apartMs, () => void pool.call('GET'));
      await pool.world.run(20_000);
      const total = one.weights.reduce((a, b) => a + b, 0);
      for (const [i, weight] of one.weights.entries()) {
        const share = pool.target(addressOf(i)).received / calls;
        assert.ok(Math.abs(share - weight / total) < 0.02, `${share} of ${weight}/${total}`);
      }
    }),
    { numRuns: 30 },
  );
});

test('balancer in simulation: one bad target of many is found, and costs no GET after its ejection', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, fc.constantFrom(...manners.slice(2)), async (one, manner) => {
      const pool = new SimPool(one.seed);
      const weights = [1, 1, 1];
      pool.backends.adopt(publishedOf(poolFor({ ...one, weights, hasHealthCheck: false })));
      pool.target(addressOf(0)).manner = manner;
      let failures = 0;
      let isEjected = false;
      for (let i = 0; i < 400; i++)
        pool.world.after(i * 20, () => {
          isEjected ||= pool.backends.stats()[0]!.ejections > 0;
          const counts = isEjected;
          void pool.call('GET').then((status) => {
            if (counts && status !== 200) failures++;
          });
        });
      await pool.world.run(50_000);
      if (pool.target(addressOf(0)).received > 30) assert.ok(isEjected);
      assert.equal(failures, 0);
    }),
    { numRuns: 30 },
  );
});
