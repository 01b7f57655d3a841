import assert from 'node:assert/strict';
import test from 'node:test';
import { hasTurn, pinned } from '../../bench/harness/child.ts';
import { coresOf, merged, type Stall, watched } from '../../bench/load/hiccups.ts';
import { inShadow, withoutStalls } from '../../bench/load/hiccups-shadow.ts';
import { sharedNowMs } from '../../bench/load/open-loop-latency.ts';
import type { OpenLoopPlan, OpenLoopReport } from '../../bench/load/open-loop-types.ts';
import fc from '../support/properties.ts';

/** One request each millisecond from 0 on; `latencyMs` of the one that is due then, -1 = never answered. */
function leftOut(
  count: number,
  latencyMs: (dueMs: number) => number,
  stalls: readonly Stall[],
  leadMs = 2,
): number[] {
  const dueMs = Float64Array.from({ length: count }, (_, i) => i);
  const latenciesUs = Array.from(dueMs, (due) => (latencyMs(due) < 0 ? -1 : latencyMs(due) * 1000));
  const isOut = inShadow(dueMs, latenciesUs, stalls, leadMs);
  return [...isOut.keys()].filter((i) => isOut[i] === 1);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const stall = (fromMs: number, toMs: number): Stall => ({ fromMs, toMs });
/** A server that is away from `from` to `to`, and then answers two requests a millisecond until it has caught up. */
const heldUp =
  (from: number, to: number) =>
  (due: number): number =>
    due < from ? 0.5 : Math.max(0.5, to + (due - from) / 2 - due);

test('hiccup rule: without stalls nothing is left out, however slow', () => {
  assert.deepEqual(
    leftOut(100, () => 50, []),
    [],
  );
});

test('hiccup rule: what was due from the lead before a stall until the backlog is worked off is left out', () => {
  // Away from 20 to 30; the one due at 40 is the first that need not wait.
  assert.deepEqual(leftOut(100, heldUp(20, 30), [stall(20, 30)]), range(18, 35));
});

test('hiccup rule: when nobody waited, the shadow is the stall and its lead', () => {
  assert.deepEqual(
    leftOut(100, () => 0.5, [stall(20, 30)]),
    range(18, 30),
  );
});

test('hiccup rule: who is answered later than four lengths of the stall after it stays, and so do all never answered', () => {
  // Grace until 30 + 4 x 10 = 70.
  const slow = (due: number): number => (due === 25 ? 46 : due === 26 ? 44 : due === 27 ? -1 : 0.5);
  const out = leftOut(200, slow, [stall(20, 30)]);
  assert.ok(!out.includes(25) && !out.includes(27));
  assert.ok(out.includes(26));
  // A request that hangs makes no shadow beyond the grace; the one due at 70 is answered after it.
  assert.equal(out.at(-1), 69);
});

test('hiccup rule: who was due before the lead stays, though the stall made it wait', () => {
  const out = leftOut(100, (due) => (due === 10 ? 25 : 0.5), [stall(20, 30)]);
  assert.ok(!out.includes(10));
});

test('hiccup rule: a stall during the recovery from another makes one shadow with it, and the graces add up', () => {
  const stalls = [stall(20, 30), stall(32, 42)];
  // All due since the first stall wait for the end of the second; the grace is 42 + (70 - 32) + 40 = 120.
  const out = leftOut(200, (due) => (due < 20 ? 0.5 : due <= 42 ? 118 - due : 0.5), stalls);
  assert.deepEqual(out, range(18, 118));
});

test('hiccup rule: whether a request is left out does not depend on how long it took, as long as it had been answered in time', () => {
  const stallsArbitrary = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 3, max: 30 })), { maxLength: 6 })
    .map((pairs) => merged(pairs.map(([from, length]) => stall(from, from + length))));
  fc.assert(
    fc.property(
      stallsArbitrary,
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 300 }),
      (stalls, lengths) => {
        const out = new Set(leftOut(1_000, (due) => lengths[due % lengths.length]!, stalls));
        for (const { fromMs, toMs } of stalls)
          for (let due = Math.max(0, fromMs - 2); due <= Math.min(999, toMs); due++) assert.ok(out.has(due));
        // Nobody is out whom no stall can have reached.
        for (const due of out)
          assert.ok(stalls.some(({ fromMs, toMs }) => due >= fromMs - 2 && due <= toMs + 4 * 200));
      },
    ),
  );
});

test('hiccups: those of several cores that overlap are one', () => {
  assert.deepEqual(merged([stall(10, 20), stall(1, 4), stall(15, 30), stall(16, 17), stall(31, 33)]), [
    stall(1, 4),
    stall(10, 30),
    stall(31, 33),
  ]);
});

const plan: OpenLoopPlan = {
  port: 0,
  request: '',
  rateRps: 1_000,
  durationMs: 1_000,
  burst: 0,
  connections: 1,
  drainMs: 0,
};

/** 1,000 requests of 1 ms from `startMs` on; those due from 100 to 109 took until 110. */
function reportOf(startMs: number): OpenLoopReport {
  const latenciesUs = range(0, 999).map((due) =>
    due >= 100 && due < 110 ? (110 - due) * 1000 + 500 : 1_000,
  );
  return {
    answered: 1_000,
    offeredMs: 1_000,
    elapsedMs: 1_000,
    latencyUs: { p90: 1_000 },
    times: { startMs, latenciesUs },
  } as unknown as OpenLoopReport;
}

test('without stalls: the figure is of those that remain, beside what was left out and how the machine stalled', () => {
  const hiccups = { stalls: [stall(3_000, 3_050), stall(5_100, 5_110)], isTheMachines: true };
  const { latencyUs, ...rest } = withoutStalls(plan, reportOf(5_000), hiccups);
  // Due from 99 (the lead) to 111, when the last of those due by 110 was answered.
  assert.deepEqual(rest, {
    leftOut: 13,
    leftOutShare: 0.013,
    stalls: 1,
    stalledMs: 10,
    longestMs: 10,
    isTheMachines: true,
  });
  assert.ok(latencyUs.max < 1_010);
});

test('without stalls: nothing is left out where the observers may be held up by our own processes', () => {
  const hiccups = { stalls: [stall(5_100, 5_110)], isTheMachines: false };
  const { latencyUs, leftOut, stalls } = withoutStalls(plan, reportOf(5_000), hiccups);
  assert.deepEqual({ leftOut, stalls }, { leftOut: 0, stalls: 1 });
  assert.ok(latencyUs.max >= 10_000);
});

test('hiccups: lists of cores are read as the kernel writes them', () => {
  assert.deepEqual(coresOf('0-3,8,10-11'), [0, 1, 2, 3, 8, 10, 11]);
  assert.deepEqual(coresOf('0'), [0]);
});

const skip = process.platform !== 'linux' && 'the observers ask /proc for their turn';

test('hiccup meter: it watches until the end of the run, and says whether it went before all others', {
  skip,
}, async () => {
  const beginMs = sharedNowMs();
  const [result, hiccups] = await watched([null], () => Promise.resolve('done'));
  assert.equal(result, 'done');
  assert.equal(hiccups.isTheMachines, hasTurn('observer'));
  for (const { fromMs, toMs } of hiccups.stalls) assert.ok(fromMs >= beginMs && toMs > fromMs);
});

test('hiccup meter: a run that fails ends it', { skip }, async () => {
  await assert.rejects(
    watched([null], () => Promise.reject(new Error('no load'))),
    /no load/,
  );
});

test('children: who goes first or last is said by chrt, where it may', () => {
  const [command, args] = pinned('program', ['x'], null, 'last');
  assert.deepEqual([command, ...args], [...(hasTurn('last') ? ['chrt', '-i', '0'] : []), 'program', 'x']);
  assert.deepEqual(pinned('program', ['x'], null), ['program', ['x']]);
});
