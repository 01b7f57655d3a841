// How long does one record into a latency histogram take, in ours and in hdr-histogram-js?

import { build } from 'hdr-histogram-js';
import { LatencyHistogram, quantileUs } from '../../src/observability/latency-histogram.ts';

const records = 2_000_000;
const histograms = 64;
// Latencies as in life: log-normal around 2 ms with a long tail.
const latenciesNs = Float64Array.from({ length: 65_536 }, (_, i) => {
  const u = ((i * 2_654_435_761) % 65_536) / 65_536 + 1e-6;
  const v = ((i * 40_503 + 7) % 65_536) / 65_536;
  return Math.exp(14.5 + Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v));
});

const hdr = (bitBucketSize: 32 | 64) => () =>
  build({
    bitBucketSize,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 0x7fff_ffff,
    numberOfSignificantValueDigits: 2,
    autoResize: false,
  });

const rivals = {
  ours: () => {
    const all = Array.from({ length: histograms }, () => new LatencyHistogram());
    return {
      record: (i: number, ns: number) => all[i]!.recordNs(ns),
      p99: () => quantileUs(all[1]!.stats(), 0.99),
    };
  },
  'hdr-histogram-js Int32': () => hdrRival(hdr(32)),
  'hdr-histogram-js Float64': () => hdrRival(hdr(64)),
};

function hdrRival(make: () => ReturnType<typeof build>) {
  const all = Array.from({ length: histograms }, make);
  return {
    record: (i: number, ns: number) => all[i]!.recordValue((ns / 1000) | 0),
    p99: () => all[1]!.getValueAtPercentile(99),
  };
}

const times = new Map<string, number[]>(Object.keys(rivals).map((name) => [name, []]));
const answers = new Map<string, number>();
for (let round = 0; round < 9; round++) {
  for (const [name, make] of Object.entries(rivals)) {
    const rival = make();
    const start = performance.now();
    for (let n = 0; n < records; n++) rival.record(n & 63, latenciesNs[(n * 7) & 65_535]!);
    const ns = ((performance.now() - start) * 1e6) / records;
    if (round > 1) times.get(name)!.push(ns);
    answers.set(name, rival.p99());
  }
}
for (const [name, list] of times) {
  list.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(26)} median ${list[list.length >> 1]!.toFixed(1)} ns  (${list[0]!.toFixed(1)} to ${list.at(-1)!.toFixed(1)})  p99 ${answers.get(name)} us`,
  );
}
