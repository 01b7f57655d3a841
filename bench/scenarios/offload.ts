// Templates rendered by `auto`, in the worker threads (`always`), and in the event loop (`never`), small and large.

import { type Sluice, startSluice } from '../harness/sluice.ts';
import { ask, requestBytes, type WireRequest } from '../harness/wire.ts';
import { cpuTimeUs } from '../load/cpu.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { largeBody } from '../services/bodies.ts';
import { type Bench, type Curve, ms, type Scenario } from './scenario.ts';

const modes = ['auto', 'always', 'never'] as const;

export const offload: Scenario = {
  name: 'offload',
  title: 'Where templates are rendered: auto, always, never',
  async run(bench) {
    const upstreamPort = await bench.upstreamPort();
    const rows: string[][] = [];
    const curves: Curve[] = [];
    const figures: Record<string, number> = {};
    for (const mode of modes) {
      const sluice = await startSluice({
        folder: bench.folder(`offload-${mode}`),
        upstreamPort,
        core: null,
        offload: mode,
      });
      try {
        for (const [name, request, rateRps] of loads(sluice)) {
          bench.progress(`${mode}: ${name}`);
          const { report, cpuUs } = await measure(bench, sluice, request, rateRps);
          const { latencyUs } = report;
          const wrong = report.due - (report.statuses['200'] ?? 0);
          rows.push([
            name,
            mode,
            `${rateRps} rps`,
            cpuUs.toFixed(0),
            ms(latencyUs.p50),
            ms(latencyUs.p99),
            ms(latencyUs.p999),
            String(wrong),
          ]);
          if (name === 'large')
            curves.push({ name: `large templates, offload ${mode}`, points: latencyUs.curve });
          figures[`${name} ${mode} p99Us`] = latencyUs.p99;
          figures[`${name} ${mode} cpuUs`] = cpuUs;
        }
      } finally {
        await sluice.stop();
      }
    }
    rows.sort((a, b) => a[0]!.localeCompare(b[0]!));
    return {
      tables: [
        {
          caption:
            'small: both templates on 1 KB, with an upstream; large: a loop over 200 items of a 20 KB body, mock. One worker thread',
          head: [
            'template',
            'offload',
            'load',
            'CPU us a request, all threads',
            'p50',
            'p99',
            'p99.9',
            'not answered 200',
          ],
          rows,
        },
      ],
      curves,
      notes: [
        'small and cheap stays in the event loop under auto; what is long leaves it when more than one crossing is saved',
      ],
      figures,
    };
  },
};

function loads(sluice: Sluice): readonly (readonly [string, WireRequest, number])[] {
  const { template } = sluice.requests;
  const large = { ...template, path: template.path.replace('/template', '/large'), body: largeBody };
  return [
    ['small', template, 2_000],
    ['large', large, 300],
  ];
}

async function measure(bench: Bench, sluice: Sluice, request: WireRequest, rateRps: number) {
  const { status, body } = await ask(sluice.address, request);
  if (status !== 200) throw new Error(`wrong answer: ${status} ${body}`);
  const plan = {
    port: sluice.address.port,
    request: requestBytes(sluice.address, request),
    rateRps,
    burst: 0,
    connections: 64,
    drainMs: 5_000,
  };
  await runOpenLoop({ ...plan, durationMs: bench.quick ? 500 : 1_500 }, null);
  const before = cpuTimeUs(sluice.pid);
  const report = await runOpenLoop({ ...plan, durationMs: bench.quick ? 1_500 : 8_000 }, null);
  return { report, cpuUs: (cpuTimeUs(sluice.pid) - before) / Math.max(1, report.answered) };
}
