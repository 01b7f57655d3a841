import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadAddon, NativeThrottle } from '../../src/gateway/throttle/native.ts';
import { createTwin } from '../../src/gateway/throttle/throttle.ts';
import { steppedClock } from '../contract/throttle.ts';
import fc, { runs } from '../support/properties.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();
after(() => rmSync(directory, { recursive: true }));
const loaded = loadAddon();

const keys = ['account', 'stage', 'method', 'key'];
const limits = [
  { rateRps: 0.3, burst: 1 },
  { rateRps: 7, burst: 3 },
  { rateRps: 99.9, burst: 20 },
  { rateRps: 0, burst: 4 },
];
const act = fc.oneof(
  fc.record({ do: fc.constant('bucket' as const), key: fc.nat(3), limit: fc.nat(3) }),
  fc.record({ do: fc.constant('release' as const), key: fc.nat(3) }),
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      keys: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 4, maxLength: 4 }),
      stepNs: fc.oneof(fc.nat(2e9), fc.nat(1_000), fc.constant(-5e6)),
    }),
  },
);

test('throttle: native and twin give the same answers to any history', {
  skip: 'absent' in loaded && loaded.absent,
}, () => {
  assert.ok('addon' in loaded);
  const clock = steppedClock();
  const file = join(directory, 'throttle');
  const native = new NativeThrottle(loaded.addon, { file, bootId: new Uint8Array(16), clock });
  const twin = createTwin({ processes: 1, clock });
  let run = 0;
  fc.assert(
    fc.property(fc.array(act, { maxLength: 120 }), (acts) => {
      run++;
      const held = new Map<number, { index: number; references: number }>();
      for (const it of acts) {
        if (it.do === 'bucket') {
          const key = `${run} ${keys[it.key]}`;
          const index = native.bucket(key, limits[it.limit]!);
          assert.equal(twin.bucket(key, limits[it.limit]!), index);
          held.set(it.key, { index, references: (held.get(it.key)?.references ?? 0) + 1 });
        } else if (it.do === 'release') {
          const entry = held.get(it.key);
          if (entry === undefined) continue;
          native.release(entry.index);
          twin.release(entry.index);
          if (--entry.references === 0) held.delete(it.key);
        } else {
          clock.ns += it.stepNs;
          const [a, b, c, d] = it.keys.map((key) => held.get(key)?.index ?? -1);
          const answers = [native, twin].map((throttle) => throttle.take(a!, b!, c!, d!, clock.ns));
          assert.equal(answers[0], answers[1]);
        }
      }
      for (const { index, references } of held.values()) {
        for (let i = 0; i < references; i++) {
          native.release(index);
          twin.release(index);
        }
      }
    }),
    {
      numRuns: runs(300),
      // A refusal by the second bucket, then a clock that steps back: nothing of the first one's token may be left.
      examples: [
        [
          [
            { do: 'bucket', key: 1, limit: 0 },
            { do: 'take', keys: [1, 3, 5, 0], stepNs: -5e6 },
            { do: 'bucket', key: 0, limit: 0 },
            { do: 'take', keys: [0, 1, 4, 2], stepNs: 0 },
            { do: 'take', keys: [0, 3, 2, 5], stepNs: -5e6 },
          ],
        ],
      ],
    },
  );
  native.close();
  twin.close();
});
