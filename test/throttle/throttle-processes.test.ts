import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openMeterFile } from '../../src/gateway/throttle/meter-file.ts';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import { bucketsMax, openThrottle } from '../../src/gateway/throttle/throttle.ts';
import { drain } from '../contract/throttle.ts';
import type { Order } from './child.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();
after(() => rmSync(directory, { recursive: true }));
const loaded = loadAddon();
const skip = 'absent' in loaded && loaded.absent;
const second = 1e9;
const limit = { rateRps: 10_000, burst: 500 };

async function startChild(file: string): Promise<ChildProcess> {
  const child = fork(new URL('./child.ts', import.meta.url), [file]);
  const [kind] = await once(child, 'message');
  assert.equal(kind, 'native');
  return child;
}

async function order(child: ChildProcess, what: Order): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(what);
  return (await answer)[0];
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('throttle: three processes together admit burst + rate x time, and no more', { skip }, async () => {
  const file = join(directory, 'hammer');
  const children = await Promise.all([0, 1, 2].map(() => startChild(file)));
  const startNs = 5 * second;
  const [stepNs, steps] = [2_000, 500_000];
  const answers = await Promise.all(
    children.map((child) => order(child, { do: 'hammer', startNs, stepNs, steps })),
  );
  await Promise.all(children.map(kill));
  const admitted = (answers as number[]).reduce((sum, one) => sum + one);
  const bound = limit.burst + (limit.rateRps * stepNs * (steps - 1)) / 1e9;
  assert.ok(admitted <= bound, `${admitted} of ${bound}`);
  assert.ok(admitted >= bound * 0.995, `${admitted} of ${bound}: ${answers}`);
});

/** What the file says was spent, and was counted; told first, by who stands for the control plane, that it is whole. */
function metersOf(file: string): { counts: () => number[]; close: () => void } {
  const meters = openMeterFile(file)!;
  meters.markRestored();
  return {
    counts: () => meters.changed().flatMap(({ cells }) => cells.map(({ count }) => count)),
    close: () => meters.close(),
  };
}

test('throttle: three processes spend a quota exactly, and what they admit is counted', {
  skip,
}, async () => {
  const file = join(directory, 'quota');
  const meters = metersOf(file);
  const children = await Promise.all([0, 1, 2].map(() => startChild(file)));
  const spend = {
    do: 'spend',
    startNs: 5 * second,
    stepNs: 100,
    steps: 60_000,
    quota: 100_000,
    isThrottled: false,
  } as const;
  const answers = (await Promise.all(children.map((child) => order(child, spend)))) as number[];
  await Promise.all(children.map(kill));
  assert.equal(
    answers.reduce((sum, one) => sum + one),
    100_000,
    answers.join(),
  );
  assert.deepEqual(meters.counts(), [100_000, 100_000]);
  meters.close();
});

test('throttle: with a quota too, three processes admit burst + rate x time, and no more', {
  skip,
}, async () => {
  const file = join(directory, 'quota-rate');
  const meters = metersOf(file);
  const children = await Promise.all([0, 1, 2].map(() => startChild(file)));
  const [stepNs, steps] = [2_000, 500_000];
  const spend = { do: 'spend', startNs: 5 * second, stepNs, steps, quota: 1e9, isThrottled: true } as const;
  const answers = (await Promise.all(children.map((child) => order(child, spend)))) as number[];
  await Promise.all(children.map(kill));
  const admitted = answers.reduce((sum, one) => sum + one);
  const bound = limit.burst + (limit.rateRps * stepNs * (steps - 1)) / 1e9;
  assert.ok(admitted <= bound, `${admitted} of ${bound}`);
  assert.ok(admitted >= bound * 0.995, `${admitted} of ${bound}: ${answers}`);
  assert.deepEqual(meters.counts(), [admitted, admitted]);
  meters.close();
});

test('throttle: a quota outlives processes that are killed in the middle of decisions', {
  skip,
}, async () => {
  const file = join(directory, 'quota-killed');
  const meters = metersOf(file);
  for (let round = 0; round < 4; round++) {
    const child = await startChild(file);
    child.send({
      do: 'spend',
      startNs: second,
      stepNs: 100,
      steps: 1e9,
      quota: 1e9,
      isThrottled: false,
    } satisfies Order);
    // As soon as it counts.
    const before = meters.counts().length;
    while (meters.counts().length === 0 && before === 0)
      await new Promise((resolve) => setImmediate(resolve));
    await kill(child);
    meters.counts();
  }
  meters.close();
  const again = metersOf(file);
  const [one, other] = again.counts() as [number, number];
  assert.ok(Math.abs(one - other) <= 4, `${one} and ${other}: a kill may come between quota and count`);
  const { throttle } = openThrottle({ file, processes: 3 });
  const spent = Math.max(one, other);
  const quota = throttle.quota('quota/p/k/DAY/0', spent + 7);
  let left = 0;
  while (throttle.takeCounted(-1, -1, -1, -1, quota, 20_778, -1, 20_778, second) === 0) left++;
  assert.ok(left >= 7 && left <= 11, `${left}`);
  throttle.close();
  again.close();
});

test('throttle: what a killed process took stays taken', { skip }, async () => {
  const file = join(directory, 'killed');
  const child = await startChild(file);
  const admitted = await order(child, { do: 'hammer', startNs: second, stepNs: 0, steps: 400 });
  assert.equal(admitted, 400);
  await kill(child);
  const { throttle } = openThrottle({ file, processes: 3 });
  assert.equal(drain(throttle, throttle.bucket('stage', limit), second), 100);
  throttle.close();
});

test('throttle: the buckets of a killed process make room', { skip }, async () => {
  const file = join(directory, 'room');
  const child = await startChild(file);
  await order(child, { do: 'hold', from: 0, to: bucketsMax - 10 });
  const { throttle } = openThrottle({ file, processes: 3 });
  for (let number = 0; number < 10; number++) throttle.bucket(`mine ${number}`, limit);
  assert.throws(() => throttle.bucket('mine 10', limit), /the maximum/);
  await kill(child);
  for (let number = 10; number < 1_000; number++) throttle.bucket(`mine ${number}`, limit);
  assert.equal(drain(throttle, throttle.bucket('mine 7', limit), second), limit.burst);
  throttle.close();
});

test('throttle: processes killed in the middle of anything leave the table usable', { skip }, async () => {
  const file = join(directory, 'churn');
  const { throttle } = openThrottle({ file, processes: 3 });
  const bucket = throttle.bucket('survivor', limit);
  let expected = limit.burst;
  for (let round = 0; round < 6; round++) {
    const child = await startChild(file);
    await order(child, { do: 'churn' });
    // Work of our own until the kill, so that it meets the child at no particular place.
    for (let number = 0; number < 200 * round; number++)
      throttle.release(throttle.bucket(`mine ${number}`, limit));
    if (throttle.take(bucket, -1, -1, -1, second) === 0) expected--;
    await kill(child);
  }
  assert.equal(drain(throttle, bucket, second), expected);
  for (let number = 0; number < bucketsMax - 1; number++) throttle.bucket(`after ${number}`, limit);
  assert.throws(() => throttle.bucket('one more', limit), /the maximum/);
  throttle.close();
});

test('throttle: threads share the buckets of their process, and a thread that ends lets go of them', {
  skip,
}, async () => {
  const file = join(directory, 'thread');
  const { throttle } = openThrottle({ file, processes: 3 });
  const worker = new Worker(
    `const { workerData, parentPort } = require('node:worker_threads');
     import(workerData.module).then(({ openThrottle }) => {
       const { throttle, note } = openThrottle({ file: workerData.file, processes: 3 });
       const bucket = throttle.bucket('stage', workerData.limit);
       for (let i = 0; i < 300; i++) throttle.take(bucket, -1, -1, -1, 1e9);
       parentPort.postMessage(note);
     });`,
    {
      eval: true,
      workerData: {
        file,
        limit,
        module: new URL('../../src/gateway/throttle/throttle.ts', import.meta.url).href,
      },
    },
  );
  const [note] = await once(worker, 'message');
  assert.match(note, /native counters.*continuing/);
  await worker.terminate();
  assert.equal(drain(throttle, throttle.bucket('stage', limit), second), limit.burst - 300);
  throttle.close();
});
