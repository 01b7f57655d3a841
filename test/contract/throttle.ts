// What every Throttle does, run over each implementation. Time is stepped; nothing waits.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../../src/base/clock.ts';
import { bucketsMax, metersMax, quotaRefused, type Throttle } from '../../src/gateway/throttle/throttle.ts';
import fc from '../support/properties.ts';

const second = 1e9;

/** A clock that stands until it is stepped. */
export function steppedClock(startNs = second): Clock & { ns: number } {
  const clock = { ns: startNs, nowMs: () => clock.ns / 1e6, monotonicNs: () => clock.ns };
  return clock;
}

/** How often one bucket admits at this instant. */
export function drain(throttle: Throttle, bucket: number, nowNs: number): number {
  let admitted = 0;
  while (throttle.take(bucket, -1, -1, -1, nowNs) === 0) admitted++;
  return admitted;
}

const today = 20_778;

/** How many requests of a quota are admitted on a day. */
export function spend(throttle: Throttle, quota: number, period = today): number {
  let admitted = 0;
  while (throttle.takeCounted(-1, -1, -1, -1, quota, period, -1, today, second) === 0) admitted++;
  return admitted;
}

/**
 * Defines the suite.
 *
 * @param open - gives fresh counters that take the whole of each limit; the suite closes them
 * @param skip - why this implementation cannot run here, or false
 */
export function throttleContract(name: string, open: (clock: Clock) => Throttle, skip: string | false): void {
  const clock = steppedClock();
  const check = (title: string, act: (throttle: Throttle) => void) =>
    test(`throttle: ${title}`, { skip }, () => {
      clock.ns = second;
      const throttle = open(clock);
      try {
        act(throttle);
      } finally {
        throttle.close();
      }
    });

  describe(`throttle contract: ${name}`, () => {
    check('a new bucket admits its burst at once, then its rate', (throttle) => {
      const bucket = throttle.bucket('account', { rateRps: 10_000, burst: 5_000 });
      assert.equal(drain(throttle, bucket, second), 5_000);
      assert.equal(drain(throttle, bucket, second + 99_999), 0);
      assert.equal(drain(throttle, bucket, second + 100_000), 1);
      assert.equal(drain(throttle, bucket, 2 * second), 5_000);
    });

    check('a limit admits what its rate and burst say', (throttle) => {
      const cases = [
        { rateRps: 0, burst: 5, atOnce: 0, afterTenSeconds: 0 },
        { rateRps: 5, burst: 0, atOnce: 0, afterTenSeconds: 0 },
        { rateRps: 5, burst: 0.5, atOnce: 0, afterTenSeconds: 0 },
        { rateRps: 0.5, burst: 100, atOnce: 100, afterTenSeconds: 5 },
        { rateRps: 0.1, burst: 1, atOnce: 1, afterTenSeconds: 1 },
        { rateRps: 2.5, burst: 30, atOnce: 30, afterTenSeconds: 25 },
        { rateRps: 100, burst: 3, atOnce: 3, afterTenSeconds: 3 },
        { rateRps: 1e6, burst: 7, atOnce: 7, afterTenSeconds: 7 },
        { rateRps: 1e-9, burst: 1, atOnce: 1, afterTenSeconds: 0 },
      ];
      const seen = cases.map(({ rateRps, burst }, index) => {
        const bucket = throttle.bucket(`case ${index}`, { rateRps, burst });
        const atOnce = drain(throttle, bucket, second);
        return { rateRps, burst, atOnce, afterTenSeconds: drain(throttle, bucket, 11 * second) };
      });
      assert.deepEqual(seen, cases);
    });

    check('a limit that is no number >= 0 is refused at once', (throttle) => {
      for (const limit of [
        { rateRps: -1, burst: 5 },
        { rateRps: Number.NaN, burst: 5 },
        { rateRps: 5, burst: Number.POSITIVE_INFINITY },
      ]) {
        assert.throws(() => throttle.bucket('stage', limit), RangeError);
      }
    });

    check('the position of the first bucket that refuses comes back, and nothing is taken', (throttle) => {
      const [wide, narrow, third] = [9, 2, 3].map((burst) =>
        throttle.bucket(`${burst}`, { rateRps: 1, burst }),
      );
      const answers = [1, 2, 3, 4].map(() => throttle.take(wide!, -1, narrow!, third!, second));
      assert.deepEqual(answers, [0, 0, 3, 3]);
      assert.deepEqual([drain(throttle, third!, second), drain(throttle, wide!, second)], [1, 7]);
      assert.equal(throttle.take(-1, -1, -1, narrow!, second), 4);
    });

    check('a decision without any bucket is taken', (throttle) => {
      assert.equal(throttle.take(-1, -1, -1, -1, second), 0);
    });

    check('a bucket named twice gives both tokens or none', (throttle) => {
      const bucket = throttle.bucket('stage', { rateRps: 1, burst: 3 });
      assert.deepEqual(
        [throttle.take(bucket, bucket, -1, -1, second), throttle.take(bucket, -1, bucket, -1, second)],
        [0, 3],
      );
      assert.equal(drain(throttle, bucket, second), 1);
    });

    check('a key has one index, and another key another', (throttle) => {
      const limit = { rateRps: 1, burst: 1 };
      const index = throttle.bucket('stage', limit);
      assert.equal(throttle.bucket('stage', { ...limit }), index);
      assert.notEqual(throttle.bucket('method', limit), index);
    });

    check(
      'another limit for the same key counts afresh, and the old limit goes on where it was',
      (throttle) => {
        const index = throttle.bucket('stage', { rateRps: 1, burst: 3 });
        assert.equal(drain(throttle, index, second), 3);
        assert.equal(throttle.bucket('stage', { rateRps: 1, burst: 5 }), index);
        assert.equal(drain(throttle, index, second), 5);
        throttle.bucket('stage', { rateRps: 1, burst: 3 });
        assert.equal(drain(throttle, index, second), 0);
        assert.equal(drain(throttle, index, 2 * second), 1);
      },
    );

    check('a bucket limits until it is released as often as it was interned', (throttle) => {
      const limit = { rateRps: 1, burst: 1 };
      const index = throttle.bucket('stage', limit);
      throttle.bucket('stage', limit);
      throttle.release(index);
      assert.equal(drain(throttle, index, second), 1);
      throttle.release(index);
      assert.equal(throttle.take(index, -1, -1, -1, second), 0);
      assert.throws(() => throttle.release(index), /released as often as it was interned/);
    });

    check('a bucket released and interned again still owes its tokens', (throttle) => {
      const limit = { rateRps: 1, burst: 4 };
      const index = throttle.bucket('stage', limit);
      drain(throttle, index, second);
      throttle.release(index);
      assert.equal(drain(throttle, throttle.bucket('stage', limit), 3 * second), 2);
    });

    check(`the table holds ${bucketsMax} buckets, and a released idle one makes room`, (throttle) => {
      const limit = { rateRps: 1, burst: 1 };
      const indexes = Array.from({ length: bucketsMax }, (_, number) =>
        throttle.bucket(`key ${number}`, limit),
      );
      assert.equal(new Set(indexes).size, bucketsMax);
      assert.throws(() => throttle.bucket('one more', limit), /"one more": 65536 buckets, the maximum/);
      throttle.take(indexes[7]!, -1, -1, -1, second);
      throttle.release(indexes[7]!);
      assert.throws(() => throttle.bucket('one more', limit), /the maximum/, 'its token is still owed');
      clock.ns = 2 * second;
      assert.equal(drain(throttle, throttle.bucket('one more', limit), clock.ns), 1);
      assert.throws(() => throttle.bucket('two more', limit), /the maximum/);
      assert.equal(drain(throttle, indexes[8]!, clock.ns), 1);
    });

    check('a time far before the last one, as after a broken clock, does not refuse for ever', (throttle) => {
      const bucket = throttle.bucket('stage', { rateRps: 10, burst: 5 });
      assert.equal(drain(throttle, bucket, 1e6 * second), 5);
      assert.equal(drain(throttle, bucket, second), 0);
      assert.equal(drain(throttle, bucket, 2 * second), 5);
    });

    check('an index never given out, a time that is none, and a closed handle are bugs', (throttle) => {
      assert.throws(() => throttle.take(5, -1, -1, -1, second), /Assertion failed/);
      assert.throws(() => throttle.take(-1, -1, -1, -1, Number.NaN), /Assertion failed/);
      assert.throws(() => throttle.take(-1, -1, -1, -1, -1), /Assertion failed/);
      const bucket = throttle.bucket('stage', { rateRps: 10, burst: 5 });
      throttle.close();
      throttle.close();
      assert.throws(() => throttle.take(bucket, -1, -1, -1, second), /Assertion failed/);
      assert.throws(() => throttle.bucket('stage', { rateRps: 10, burst: 5 }), /Assertion failed/);
    });

    check('a quota admits its limit once in each period', (throttle) => {
      const quota = throttle.quota('quota/plan/key/DAY/0', 5);
      assert.deepEqual(
        [0, 0, 1, 31, 30].map((days) => spend(throttle, quota, today + days)),
        [5, 0, 5, 5, 0],
      );
      assert.equal(spend(throttle, throttle.quota('quota/plan/key/WEEK/0', 0)), 0);
    });

    check('a period far ahead, as after a clock that was wrong, ends with the present one', (throttle) => {
      const quota = throttle.quota('quota/plan/key/DAY/0', 5);
      assert.equal(spend(throttle, quota, today + 40), 5);
      assert.deepEqual([spend(throttle, quota, today), spend(throttle, quota, today + 1)], [0, 5]);
    });

    check('another limit of a quota goes on with what was spent, also after it was released', (throttle) => {
      const name = 'quota/plan/key/MONTH/0';
      const index = throttle.quota(name, 3);
      assert.equal(spend(throttle, index), 3);
      assert.equal(throttle.quota(name, 5), index);
      assert.equal(spend(throttle, index), 2);
      throttle.releaseMeter(index);
      throttle.releaseMeter(index);
      assert.equal(spend(throttle, throttle.quota(name, 6)), 1);
      assert.equal(spend(throttle, throttle.quota(name, 2)), 0);
    });

    check(
      'a quota stands between the first two buckets and the last two, and all or none is taken',
      (throttle) => {
        const buckets = [0, 1, 2, 3].map((level) =>
          throttle.bucket(`level ${level}`, { rateRps: 1e-6, burst: 9 }),
        );
        const never = throttle.bucket('never', { rateRps: 0, burst: 0 });
        const quota = throttle.quota('quota/plan/key/DAY/0', 2);
        const usage = throttle.usage('usage/plan/key/api/stage');
        const decide = (refusing: number) => {
          const [a, b, c, d] = buckets.map((bucket, level) => (level === refusing ? never : bucket));
          return throttle.takeCounted(a!, b!, c!, d!, quota, today, usage, today, second);
        };
        assert.deepEqual([0, 1, 2, 3].map(decide), [1, 2, 3, 4]);
        assert.deepEqual([decide(4), decide(4)], [0, 0]);
        assert.deepEqual([0, 1, 2, 3, 4].map(decide), [1, 2, quotaRefused, quotaRefused, quotaRefused]);
        assert.deepEqual(
          buckets.map((bucket) => drain(throttle, bucket, second)),
          [7, 7, 7, 7],
        );
      },
    );

    check(`there is room for ${metersMax} meters, and what is no quota is refused`, (throttle) => {
      for (const limit of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
        assert.throws(() => throttle.quota('quota/plan/key/DAY/0', limit), RangeError);
      for (let number = 0; number < metersMax; number++) throttle.usage(`usage/plan/key/api/${number}`);
      assert.throws(() => throttle.usage('usage/plan/key/api/more'), /32768 meters, the maximum/);
      assert.equal(throttle.usage('usage/plan/key/api/7'), 7);
    });

    check('a meter never given out or released, and a day that is none, are bugs', (throttle) => {
      const quota = throttle.quota('quota/plan/key/DAY/0', 5);
      const take = (q: number, period: number, usage: number, day: number) =>
        throttle.takeCounted(-1, -1, -1, -1, q, period, usage, day, second);
      assert.equal(take(quota, today, -1, today), 0);
      for (const wrong of [
        () => take(quota, -1, -1, today),
        () => take(quota, today, -1, -1),
        () => take(7, today, -1, today),
        () => take(-1, today, 7, today),
      ])
        assert.throws(wrong, /Assertion failed/);
      throttle.releaseMeter(quota);
      assert.throws(() => take(quota, today, -1, today), /Assertion failed/);
      assert.throws(() => throttle.releaseMeter(quota), /released as often/);
    });

    check(
      'admitted is at most burst + rate x time, and at least 99.5 % of it when enough is offered',
      (throttle) => {
        let run = 0;
        const rates = fc.oneof(
          fc.constantFrom(0.25, 1, 3, 9.99, 10_000, 15_000),
          fc.double({ min: 0.1, max: 1e6, noNaN: true }),
        );
        fc.assert(
          fc.property(
            rates,
            fc.integer({ min: 2, max: 60 }),
            fc.array(fc.nat(1_000), { maxLength: 60 }),
            (rateRps, burst, steps) => {
              const bucket = throttle.bucket(`property ${run++}`, { rateRps, burst });
              let now = second;
              let admitted = drain(throttle, bucket, now);
              for (const step of steps) {
                // At most the time that brings burst - 1 tokens, so that nothing spills.
                now += Math.floor((step / 1_000) * ((burst - 1) / rateRps) * 1e9);
                admitted += drain(throttle, bucket, now);
              }
              const bound = burst + (rateRps * (now - second)) / 1e9;
              assert.ok(admitted <= bound + 1e-6, `${admitted} of ${bound}`);
              assert.ok(admitted >= Math.floor(bound * 0.995), `${admitted} of ${bound}`);
            },
          ),
        );
      },
    );

    check('decisions over any levels take from all or none', (throttle) => {
      let run = 0;
      // No bucket twice: which of its positions refuses is open then.
      const levels = fc.shuffledSubarray([-1, -1, -1, 0, 1, 2, 3, 4], { minLength: 4, maxLength: 4 });
      fc.assert(
        fc.property(fc.array(fc.tuple(levels, fc.nat(400_000_000)), { maxLength: 80 }), (decisions) => {
          run++;
          const bursts = [1, 2, 3, 5, 8];
          const buckets = bursts.map((burst) =>
            throttle.bucket(`levels ${run} ${burst}`, { rateRps: 2, burst }),
          );
          const tokens = bursts.slice();
          let now = second;
          for (const [wanted, stepNs] of decisions) {
            // Half a millisecond is 0.001 tokens: whole multiples keep the model's arithmetic exact.
            const step = Math.round(stepNs / 500_000);
            now += step * 500_000;
            tokens.forEach((have, i) => {
              tokens[i] = Math.min(bursts[i]!, Math.round(have * 1_000 + step) / 1_000);
            });
            const left = tokens.slice();
            const refusing = wanted.findIndex((i) => i >= 0 && --left[i]! < -1e-9);
            if (refusing < 0) tokens.splice(0, 5, ...left.map((have) => Math.round(have * 1_000) / 1_000));
            const [a, b, c, d] = wanted.map((i) => buckets[i] ?? -1);
            assert.equal(throttle.take(a!, b!, c!, d!, now), refusing + 1);
          }
          for (const bucket of buckets) throttle.release(bucket);
        }),
      );
    });
  });
}
