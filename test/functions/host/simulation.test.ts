// Random lives of a host: calls, ends, deaths, adopts and time in any order. Whatever happens, limits hold, each call
// ends once, each event that was accepted runs or is given up, and nothing is left behind.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { PublishedFunction } from '../../../src/resources/index.ts';
import fc from '../../support/properties.ts';
import {
  type Call,
  createWorld,
  type FakeEnvironment,
  functionOf,
  versionOf,
  type World,
} from './fake-world.ts';

const names = ['a', 'b', 'c'] as const;
const limits = {
  accountConcurrency: 6,
  environmentsMax: 5,
  idleMs: 10_000,
  eventConcurrencyMax: 3,
  eventsMax: 20,
  startsMax: 2,
};

type Act =
  | 'call'
  | 'event'
  | 'warm'
  | 'abort'
  | 'ready'
  | 'failInit'
  | 'finish'
  | 'error'
  | 'die'
  | 'crash'
  | 'bury';
type Step =
  | { readonly kind: Act; readonly pick: number }
  | {
      readonly kind: 'adopt';
      readonly codes: readonly number[];
      readonly reserved: readonly (number | null)[];
    }
  | { readonly kind: 'pass'; readonly ms: number };

const pick = fc.nat(1000);
const acts = (...kinds: Act[]): fc.Arbitrary<Step> => fc.record({ kind: fc.constantFrom(...kinds), pick });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: acts('call', 'call', 'event') },
  { weight: 2, arbitrary: acts('warm') },
  { weight: 10, arbitrary: acts('ready', 'finish', 'finish', 'bury') },
  { weight: 3, arbitrary: acts('abort', 'failInit', 'error', 'die', 'crash') },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('adopt' as const),
      // -1: not served.
      codes: fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 3, maxLength: 3 }),
      reserved: fc.array(fc.constantFrom(null, 0, 1, 2), { minLength: 3, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 12, 300, 5000, 61_000),
    }),
  },
);

const failed = {
  functionError: 'Unhandled',
  payload: Buffer.from('{"errorType":"Runtime.ExitError"}'),
} as const;

/** One of them, or none when there is none. */
const drawn = <T>(list: readonly T[], pick: number): T[] =>
  list.slice(pick % Math.max(1, list.length)).slice(0, 1);

class Simulation {
  readonly world: World = createWorld({ limits, random: () => 0.5 });
  readonly calls: Array<Call & { isAborted: boolean }> = [];
  readonly events: Call[] = [];
  /** What functions are served, and their reserved concurrency. */
  functions = new Map<string, PublishedFunction>();
  /** Reserved concurrency that was larger when runs began may be exceeded until they end. */
  readonly highest = new Map<string, number>();
  readonly eventRuns = new Map<string, number>();

  /** Invocations at once in one environment. */
  readonly #each: number;

  constructor(each: number) {
    this.#each = each;
    const { environments } = this.world;
    environments.onStart = null;
    environments.diesSlowly = true;
    environments.onRun = (environment, { payload, requestId }) => {
      const served = this.functions.get(environment.spec.functionName);
      if (Buffer.from(payload).toString() === '"event"')
        this.eventRuns.set(requestId, (this.eventRuns.get(requestId) ?? 0) + 1);
      const isCurrent = served?.versions[0]?.codeHash === environment.spec.version.codeHash;
      // Old code runs only for who was waiting for this very start.
      assert.ok(
        isCurrent || environment.runs <= this.#each || this.#waited.has(environment),
        'retired ones get no work',
      );
    };
    this.adopt([0, 0, 0], [null, 1, 2]);
  }
  readonly #waited = new Set<FakeEnvironment>();
  /** Starts of versions that are not served any more are not told. */
  hasAdopted = false;

  adopt(codes: readonly number[], reserved: readonly (number | null)[]): void {
    this.functions = new Map(
      names.flatMap((name, i) =>
        codes[i]! < 0
          ? []
          : [
              [
                name,
                functionOf(name, {
                  reservedConcurrency: reserved[i]!,
                  versions: [
                    { ...versionOf('$LATEST', `code${codes[i]}`), concurrencyPerEnvironment: this.#each },
                  ],
                }),
              ],
            ],
      ),
    );
    // Those that are busy or starting may still serve who waits in their pool.
    for (const one of this.world.environments.all)
      if (one.current !== null || !one.isReady) this.#waited.add(one);
    this.world.adopt(...this.functions.values());
  }

  act(step: Step): void {
    if (step.kind === 'adopt') {
      this.adopt(step.codes, step.reserved);
      this.hasAdopted = true;
    }
    if (step.kind !== 'pass' && step.kind !== 'adopt') this.#acts[step.kind](step.pick);
  }

  readonly #acts: Record<Act, (pick: number) => void> = {
    call: (pick) => {
      this.calls.push({ ...this.world.call(names[pick % 3]!), isAborted: false });
    },
    event: (pick) => {
      this.events.push(this.world.call(names[pick % 3]!, { type: 'Event', payload: '"event"' }));
    },
    // A function that is known to be quick: its calls wait for each other.
    warm: (pick) => {
      const name = names[pick % 3]!;
      for (let i = 0; i < 8; i++) {
        this.calls.push({ ...this.world.call(name), isAborted: false });
        for (const one of this.world.environments.busy)
          while (one.current !== null && one.spec.functionName === name) one.finish();
      }
    },
    abort: (pick) => {
      const waiting = this.calls.filter(({ results }) => results.length === 0);
      for (const call of drawn(waiting, pick)) {
        call.handle.abort();
        call.isAborted = true;
      }
    },
    ready: (pick) => {
      for (const environment of drawn(this.#starting, pick)) environment.becomeReady();
    },
    failInit: (pick) => {
      for (const environment of drawn(this.#starting, pick)) environment.failInit();
    },
    finish: (pick) => {
      for (const environment of drawn(this.world.environments.busy, pick)) environment.finish();
    },
    error: (pick) => {
      for (const environment of drawn(this.world.environments.busy, pick)) environment.finish(failed);
    },
    die: (pick) => {
      for (const environment of drawn(this.world.environments.busy, pick))
        environment.finish({ ...failed, isReusable: false });
    },
    crash: (pick) => {
      for (const environment of drawn(this.world.environments.live, pick)) environment.crash();
    },
    bury: (pick) => {
      for (const environment of drawn(this.#dying, pick)) environment.gone();
    },
  };

  get #starting(): FakeEnvironment[] {
    return this.world.environments.live.filter(({ isReady }) => !isReady);
  }

  get #dying(): FakeEnvironment[] {
    return this.world.environments.all.filter(({ isKilled, isGone }) => isKilled && !isGone);
  }

  check(): void {
    const { host, environments } = this.world;
    const stats = host.stats();
    assert.ok(stats.concurrent <= limits.accountConcurrency, 'the account’s limit');
    assert.ok(
      stats.environments.live <= limits.environmentsMax,
      'no more environments than the host may have',
    );
    assert.ok(stats.environments.live + stats.environments.ending <= 16 + limits.environmentsMax);
    for (const { isReady, current, spec } of environments.live)
      if (isReady && current === null)
        assert.equal(
          this.functions.get(spec.functionName)?.versions[0]?.codeHash,
          spec.version.codeHash,
          'none is kept of what is not served',
        );
    assert.ok(stats.events.running <= limits.eventConcurrencyMax);
    assert.equal(
      environments.all.filter(({ isGone }) => !isGone).length,
      stats.environments.live + stats.environments.ending,
    );
    for (const { functionName, concurrent, reservedConcurrency } of stats.functions) {
      const limit = reservedConcurrency ?? Number.POSITIVE_INFINITY;
      const before = this.highest.get(functionName) ?? 0;
      assert.ok(concurrent <= Math.max(limit, before), `${functionName}: ${concurrent} run, ${limit} may`);
      this.highest.set(functionName, concurrent);
    }
    for (const name of names)
      if (!stats.functions.some(({ functionName }) => functionName === name))
        this.highest.set(name, Number.POSITIVE_INFINITY);
    for (const { results, isAborted } of this.calls)
      assert.ok(results.length <= (isAborted ? 0 : 1), 'ends once');
  }

  /** After a while each that waits for an environment has a start of its own, or was refused. */
  checkWaiting(): void {
    for (const { functionName, concurrent, environments } of this.world.host.stats().functions) {
      const { all } = this.world.environments;
      const own = all.filter(({ spec, isGone }) => spec.functionName === functionName && !isGone);
      const running = own.reduce((sum, { currents }) => sum + currents.length, 0);
      const starts = own.filter(({ isReady, isKilled }) => !isReady && !isKilled).length;
      const waiting = concurrent - running;
      assert.ok(
        this.hasAdopted || waiting <= Math.max(starts, environments.starting) * this.#each,
        `${waiting} wait for ${environments.starting} starts`,
      );
    }
  }

  /** Lets everything end well that can. */
  async finish(): Promise<void> {
    const { environments, time } = this.world;
    environments.diesSlowly = false;
    environments.onStart = (environment) => environment.becomeReady();
    this.adopt([0, 0, 0], [null, null, null]);
    for (const environment of this.#starting) environment.becomeReady();
    await time.settle();
    // Whoever was let in begins without another's end, those who wait for what is busy after their patience.
    await time.pass(120);
    while (this.#starting.length > 0) {
      for (const environment of this.#starting) environment.becomeReady();
      await time.pass(120);
    }
    const { host } = this.world;
    const running = environments.busy.reduce((sum, { currents }) => sum + currents.length, 0);
    assert.equal(host.stats().concurrent, running, 'nobody waits who could run');
    for (
      let round = 0;
      round < 400 && this.world.host.stats().events.queued + environments.busy.length > 0;
      round++
    ) {
      for (const environment of this.#dying) environment.gone();
      for (const environment of environments.busy) environment.finish();
      await time.pass(1000);
    }
    for (const environment of this.#dying) environment.gone();
    // After a quiet minute there is as much room as there ever was.
    await time.pass(61_000);
    const most = Math.min(limits.environmentsMax * this.#each, limits.accountConcurrency);
    const last = Array.from({ length: most }, () => this.world.call('a'));
    await time.pass(60);
    assert.equal(environments.busy.length, Math.ceil(most / this.#each), 'no room is lost');
    for (const environment of environments.busy) while (environment.current !== null) environment.finish();
    assert.ok(last.every(({ results }) => results[0]?.outcome === 'done'));
    await time.pass(limits.idleMs + 1);
  }
}

test('simulation: whatever happens, limits hold, each call ends once, and nothing is left behind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 1, 2, 3), fc.array(step, { maxLength: 120 }), async (each, steps) => {
      const simulation = new Simulation(each);
      for (const one of steps) {
        simulation.act(one);
        await simulation.world.time.pass(one.kind === 'pass' ? one.ms : 0);
        simulation.check();
        if (one.kind === 'pass' && one.ms >= 300) simulation.checkWaiting();
      }
      await simulation.finish();
      const { host, environments, time, log } = simulation.world;
      const stats = host.stats();
      assert.deepEqual([stats.concurrent, stats.environments.live, stats.environments.ending], [0, 0, 0]);
      assert.deepEqual(stats.events, { queued: 0, queuedBytes: 0, running: 0 });
      assert.ok(
        stats.functions.every(({ eventsQueued, concurrent }) => eventsQueued === 0 && concurrent === 0),
      );
      assert.ok(environments.all.every(({ isGone }) => isGone));
      assert.equal(time.timers, 0);
      for (const { results, isAborted } of simulation.calls) assert.equal(results.length, isAborted ? 0 : 1);
      const accepted = simulation.events.flatMap(({ results: [result] }) =>
        result?.outcome === 'done' ? [result.requestId] : [],
      );
      const given = log.filter((line) => line.startsWith('An event of')).length;
      const run = accepted.filter((id) => simulation.eventRuns.has(id)).length;
      assert.ok(run + given >= accepted.length, 'each event runs, or is given up with a word');
      assert.equal(simulation.eventRuns.size, run, 'only accepted ones run');
      host.close();
    }),
    { numRuns: Number(process.env.SLUICE_SIMULATIONS ?? 200) },
  );
});
