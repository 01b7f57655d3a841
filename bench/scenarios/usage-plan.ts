// What a key of a usage plan costs the whole gateway: the same mock with a key, the plan's throttles, its quota and the count
// of its use, beside the mock that anybody may call, on one data plane.

import { createHash } from 'node:crypto';
import { openMeterFile } from '../../src/gateway/throttle/meter-file.ts';
import { type ApiDefinition, counterFile } from '../../src/resources/index.ts';
import { stageName, type UsagePlansOptions } from '../harness/publish.ts';
import { benchApi, startSluice } from '../harness/sluice.ts';
import { ask } from '../harness/wire.ts';
import { closedLoopTool } from '../load/closed-loop.ts';
import { type Contestant, compareCpu } from '../load/cpu.ts';
import { claim, type Scenario, unusedPort } from './scenario.ts';

const keyValue = 'a-key-of-the-benchmark-0123456789';
const connections = 32;
const promisedUs = 1;

export const usagePlan: Scenario = {
  name: 'usage-plan',
  title: 'API key, usage plan and quota',
  async run(bench) {
    const definition = withMetered(benchApi(unusedPort));
    const sluice = await startSluice({
      folder: bench.folder('usage-plan'),
      upstreamPort: unusedPort,
      core: bench.cores.server,
      apis: [definition],
      usagePlans: plansOf(definition.restApi.id),
    });
    try {
      const meters = openMeterFile(counterFile(sluice.dataDir));
      if (meters === null) return { notes: ['the native counters are not built: nothing to measure'] };
      meters.markRestored();
      meters.close();
      const { mock } = sluice.requests;
      const metered = {
        ...mock,
        path: mock.path.replace('/mock', '/metered'),
        headers: { ...mock.headers, 'x-api-key': keyValue },
      };
      const { status } = await ask(sluice.address, metered);
      if (status !== 200) throw new Error(`a request with a key was answered ${status}`);
      const contestants: Contestant[] = [
        // The same field comes, so that reading it is not the question.
        { name: 'mock', plan: { request: { ...metered, path: mock.path } } },
        { name: 'mock with key, plan and quota', plan: { request: metered } },
      ].map(({ name, plan }) => ({
        name,
        pid: sluice.pid,
        plan: { ...plan, address: sluice.address, connections, core: bench.cores.load },
        isRight: (errorShare) => errorShare === 0,
      }));
      const [open, counted] = await compareCpu(contestants, {
        rounds: bench.quick ? 3 : 9,
        hasWarmUp: true,
        secondsPerRound: bench.quick ? 1 : 3,
        onRound: bench.progress,
      });
      const moreUs = counted!.cpuUs.median - open!.cpuUs.median;
      const spreadUs = open!.cpuUs.max - open!.cpuUs.min;
      return {
        tables: [
          {
            caption: 'CPU of one request, both on one data plane in turns',
            head: ['', 'us', 'least', 'most'],
            rows: [open!, counted!].map(({ name, cpuUs }) => [
              name,
              ...[cpuUs.median, cpuUs.min, cpuUs.max].map((us) => us.toFixed(2)),
            ]),
          },
        ],
        claims: [
          claim(
            `an API key with its plan and quota at most ${promisedUs} us of the whole gateway's CPU`,
            `${moreUs.toFixed(2)} us (rounds of the mock differ by ${spreadUs.toFixed(2)})`,
            // A difference below the noise says nothing, unless it keeps the promise by more than that.
            moreUs <= promisedUs ? true : spreadUs > promisedUs ? null : false,
          ),
        ],
        notes: [`load: ${closedLoopTool}, ${connections} connections`],
        figures: { 'usage plan us': moreUs },
      };
    } finally {
      await sluice.stop();
    }
  },
};

/** The API with its mock once more, for those who have a key. */
function withMetered(definition: ApiDefinition): ApiDefinition {
  const open = definition.resources.find((one) => one.path === '/mock')!;
  const methods = Object.entries(open.resourceMethods ?? {}).map(([verb, method]) => [
    verb,
    { ...method, apiKeyRequired: true },
  ]);
  const resource = {
    ...open,
    id: 'metered001',
    path: '/metered',
    pathPart: 'metered',
    resourceMethods: Object.fromEntries(methods),
  };
  return { ...definition, resources: [...definition.resources, resource] };
}

function plansOf(apiId: string): UsagePlansOptions {
  const wide = { rateLimit: 1e9, burstLimit: 1e9 };
  return {
    apiKeys: [
      {
        id: 'key1',
        valueHash: createHash('sha256').update(keyValue).digest('hex'),
        enabled: true,
        stages: [`${apiId}/${stageName}`],
      },
    ],
    usagePlans: [
      {
        id: 'plan1',
        apiStages: [{ apiId, stage: stageName, throttle: { '/metered/GET': wide } }],
        throttle: wide,
        quota: { limit: 2_000_000_000, period: 'MONTH', offset: 0 },
        keyIds: ['key1'],
      },
    ],
  };
}
