// What do an API key, its usage plan's throttles, its quota and the count of its use cost, on top of a method that only the
// stage and the account throttle? With the shared counters, 64 keys, the clock's own times.
// Run: node bench/micro/usage-plan.bench.ts
// Promise: at most 1 us.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AuthorizerTools, Credentials, StageAuthorization } from '../../src/authorizers/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { sha256Hex } from '../../src/base/sigv4/index.ts';
import type { IncomingRequest } from '../../src/exchange/downstream.ts';
import type { Phase } from '../../src/exchange/phase.ts';
import { PlanCounters } from '../../src/gateway/pipeline/method-request/plan-counters.ts';
import {
  compileCountedThrottle,
  compileThrottle,
  throttleLevels,
} from '../../src/gateway/pipeline/method-request/throttle.ts';
import { settingsOf } from '../../src/gateway/pipeline/method-settings.ts';
import { run } from '../../src/gateway/pipeline/run.ts';
import { openMeterFile } from '../../src/gateway/throttle/meter-file.ts';
import { openThrottle } from '../../src/gateway/throttle/throttle.ts';
import type { PublishedUsagePlan } from '../../src/resources/index.ts';
import { api, mock } from '../../test/support/api.ts';
import { publishedKey } from '../../test/support/authorized.ts';
import { downstream, exchangesOf, roundNs, route } from './gate-requests.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
const file = path.join(folder, 'counters');
const meters = openMeterFile(file);
if (meters === null) throw new Error('the native counters are not built: make native');
meters.markRestored();
meters.close();
const { throttle } = openThrottle({ file, processes: 1, prefer: 'native' });

const wide = { rateLimit: 1e9, burstLimit: 1e9 };
const keys = Array.from({ length: 64 }, (_, i) => `0123456789abcdefghijABCDEFGHIJ${i}`);
const keyIds = keys.map((_, i) => `key${i}`);
const stage = { apiId: 'testapi001', stage: 'test' };

function phasesOf(apiKeyRequired: boolean, plan: Partial<PublishedUsagePlan> | null): Phase[] {
  const credentials = new Credentials();
  credentials.adopt({
    apiKeys: keys.map((value, i) => publishedKey(sha256Hex(value), { id: keyIds[i]! })),
    usagePlans: plan === null ? [] : [{ id: 'plan1', apiStages: [stage], keyIds, ...plan }],
  });
  const definition = api({ 'GET /a': mock('in', { apiKeyRequired }) });
  const method = definition.resources.find((one) => one.path === '/a')!.resourceMethods!.GET!;
  const tools = { clock: systemClock, credentials } as unknown as AuthorizerTools;
  const phases = new StageAuthorization(definition, route, tools).phasesOf(method, route);
  const settings = settingsOf(
    { '*/*': { throttlingRateLimit: 1e9, throttlingBurstLimit: 1e9 } },
    '/a',
    'GET',
  );
  const levels = throttleLevels(throttle, route, settings, { rateRps: 1e9, burst: 1e9 });
  const counters = new PlanCounters(throttle, (line) => {
    throw new Error(line);
  });
  phases.push(
    apiKeyRequired
      ? compileCountedThrottle(throttle, levels, counters, route)
      : compileThrottle(throttle, levels),
  );
  return phases;
}

const rounds = 15;
const requests = Array.from({ length: 1_024 }, (_, i): IncomingRequest => {
  const headers = ['host', 'api.example.com', 'user-agent', 'curl/8.5.0', 'accept', '*/*'];
  headers.push('x-api-key', keys[i % keys.length]!);
  return { method: 'GET', path: `/test/pets/${i % 1_000}`, query: '', headers, downstream };
});

const quota = { limit: 2_000_000_000, period: 'MONTH', offset: 0 } as const;
const rivals = {
  'stage and account alone': phasesOf(false, null),
  'API key, in no plan that counts': phasesOf(true, null),
  'API key, plan: use counted': phasesOf(true, {}),
  'API key, plan: quota': phasesOf(true, { quota }),
  'API key, plan: throttle, quota': phasesOf(true, { throttle: wide, quota }),
  'API key, plan: throttle, of the method too, quota': phasesOf(true, {
    throttle: wide,
    quota,
    apiStages: [{ ...stage, throttle: { '/a/GET': wide } }],
  }),
};
const times = new Map<string, number[]>(Object.keys(rivals).map((name) => [name, []]));
for (let round = 0; round < rounds + 3; round++)
  for (const [name, phases] of Object.entries(rivals)) {
    const tookNs = roundNs(name, (exchange) => run(exchange, phases), exchangesOf(requests));
    if (round >= 3) times.get(name)!.push(tookNs);
  }
const medianOf = (name: string): number => times.get(name)!.toSorted((a, b) => a - b)[rounds >> 1]!;
const base = medianOf('stage and account alone');
for (const [name, list] of times) {
  const sorted = list.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0]!.toFixed(0), sorted.at(-1)!.toFixed(0)];
  const more = (medianOf(name) - base).toFixed(0).padStart(5);
  process.stdout.write(
    `${name.padEnd(52)} ${medianOf(name).toFixed(0).padStart(6)} ns  (${least} to ${most})  ${more} more\n`,
  );
}
const measured = medianOf('API key, plan: throttle, of the method too, quota') - base;
process.stdout.write(
  `CLAIM ${JSON.stringify({
    promise: 'an API key with its plan and quota at most 1 us',
    measured: `${measured.toFixed(0)} ns`,
    verdict: measured <= 1_000 ? 'met' : 'missed',
  })}\n`,
);
throttle.close();
rmSync(folder, { recursive: true, force: true });
