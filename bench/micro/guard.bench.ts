// What does the guard add to a request? The usual case (a comparison, one in 16 charged), while every request is looked at,
// and a connection. With the addresses of ten thousand clients.

import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.ts';
import { Guard } from '../../src/gateway/guard/guard.ts';
import { wideGuard } from '../harness/sluice.ts';
import { summarize } from '../harness/statistics.ts';

const calls = 400_000;
const rounds = 9;
const addresses = Array.from({ length: 10_000 }, (_, i) =>
  Uint8Array.of(10, (i * 7919) >> 16, (i * 7919) >> 8, i * 7919),
);

const guard = new Guard({
  clock: systemClock,
  settings: { ...wideGuard, trusted: ['127.0.0.0/8', '192.168.0.0/16', '::1'] },
});

/** As the listener does it. The address is read from the socket only when it is wanted: 1.1 us, not counted here. */
function requests(): number {
  let turned = 0;
  for (let i = 0; i < calls; i++)
    if (--guard.untilCharge <= 0 || guard.isAlert)
      if (guard.judge(addresses[i % addresses.length]!, 'ordinary', 0) !== null) turned++;
  return turned;
}

function lookedAt(): number {
  let turned = 0;
  for (let i = 0; i < calls; i++)
    if (guard.judge(addresses[i % addresses.length]!, 'ordinary', 0) !== null) turned++;
  return turned;
}

function connections(): number {
  let refused = 0;
  for (let i = 0; i < calls; i++) if (!guard.admits(addresses[i % addresses.length]!, 100)) refused++;
  return refused;
}

const cases = { requests, 'every request looked at': lookedAt, connections };
const nanoseconds = new Map(Object.keys(cases).map((name): [string, number[]] => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const [name, run] of Object.entries(cases)) {
    guard.isAlert = name !== 'requests' && name !== 'connections';
    guard.look();
    if (name === 'every request looked at') guard.isAlert = true;
    const begun = performance.now();
    assert.equal(run(), 0);
    if (round >= 0) nanoseconds.get(name)!.push(((performance.now() - begun) * 1e6) / calls);
  }
}
for (const [name, values] of nanoseconds) {
  const { median, min, max } = summarize(values);
  console.log(`${name}: ${median.toFixed(1)} ns (${min.toFixed(1)} to ${max.toFixed(1)})`);
}
