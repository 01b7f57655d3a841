// RS256 tokens never seen before, ten thousand a second, and what they do to other requests of the same data plane.

import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { ApiDefinition, Authorizer } from '../../src/resources/index.ts';
import { benchApi, type Sluice, startSluice } from '../harness/sluice.ts';
import { ask, requestBytes, type WireRequest } from '../harness/wire.ts';
import { cpuTimeUs } from '../load/cpu.ts';
import { watched } from '../load/hiccups.ts';
import { withoutStalls } from '../load/hiccups-shadow.ts';
import type { OpenLoopPlan, OpenLoopReport } from '../load/open-loop-types.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { type Bench, ms, type Scenario, thousands, timeClaim, unusedPort } from './scenario.ts';
import { type StalledRun, stallsClaim, stallsTable, stallsText } from './stalls.ts';

const tokensRps = 10_000;
const othersRps = 500;
const warmTokens = 5_000;

export const tokens: Scenario = {
  name: 'tokens',
  title: 'Tokens never seen before',
  async run(bench) {
    const issuer = await startIssuer();
    const folder = bench.folder('tokens');
    const seconds = bench.quick ? 1 : 3;
    const file = path.join(folder, 'tokens.txt');
    bench.progress('signing tokens');
    const made = issuer.tokens(warmTokens + tokensRps * seconds);
    writeFileSync(`${file}.warm`, made.slice(0, warmTokens).join('\n'));
    writeFileSync(file, made.slice(warmTokens).join('\n'));
    const sluice = await startSluice({
      folder,
      upstreamPort: unusedPort,
      core: null,
      apis: [guarded(issuer.address)],
    });
    try {
      await check(sluice, made[0]!);
      const others = planOf(sluice, sluice.requests.mock, othersRps, seconds);
      // Goes before all else on its core: what it measures is the data plane, not its own turn.
      const probe = (plan: OpenLoopPlan) => runOpenLoop(plan, null, () => {}, 'first');
      const alone = { ...others, durationMs: 3_000 };
      const [idle, idleHiccups] = await watched([null], () => probe(alone));
      const guardedRequest = { ...sluice.requests.mock, headers: { Authorization: 'Bearer {each}' } };
      const load = {
        ...planOf(
          sluice,
          { ...guardedRequest, path: sluice.requests.mock.path.replace('/mock', '/guarded') },
          tokensRps,
          seconds,
        ),
        connections: 256,
      };
      await runOpenLoop(
        { ...load, rateRps: 2_500, durationMs: (warmTokens / 2_500) * 1_000, eachFile: `${file}.warm` },
        null,
      );
      bench.progress(`${thousands(tokensRps)} tokens a second`);
      const cpuBeforeUs = cpuTimeUs(sluice.pid);
      const [[tokensReport, beside], hiccups] = await watched([null], () =>
        Promise.all([runOpenLoop({ ...load, eachFile: file }, null), probe(others)]),
      );
      const cpuUs = (cpuTimeUs(sluice.pid) - cpuBeforeUs) / (tokensReport.answered + beside.answered);
      const run = (name: string, plan: OpenLoopPlan, report: OpenLoopReport, its = hiccups): StalledRun => ({
        name,
        report,
        without: withoutStalls(plan, report, its),
      });
      return resultOf(bench, {
        idle: run('others, alone', alone, idle, idleHiccups),
        beside: run('others, beside tokens', others, beside),
        load: run('tokens', load, tokensReport),
        cpuUs,
        verifyUs: issuer.verifyUs,
      });
    } finally {
      await sluice.stop();
      issuer.close();
    }
  },
};

interface Measured {
  readonly idle: StalledRun;
  readonly load: StalledRun;
  readonly beside: StalledRun;
  /** Of the data plane, all threads, for each request under load. */
  readonly cpuUs: number;
  /** Of node:crypto alone, for one signature. */
  readonly verifyUs: number;
}

function resultOf(bench: Bench, { idle, load, beside, cpuUs, verifyUs }: Measured) {
  const { report } = load;
  const good = report.statuses['200'] ?? 0;
  const perSecond = good / (report.elapsedMs / 1_000);
  const [p99, p99Idle] = [beside.without.latencyUs.p99, idle.without.latencyUs.p99];
  const [p99All, p99IdleAll] = [beside.report.latencyUs.p99, idle.report.latencyUs.p99];
  const runs = [idle.without, beside.without];
  return {
    tables: [
      stallsTable(
        `${thousands(othersRps)} other requests a second to a mock without an authorizer, on the same data plane; their generator goes before all else on its core (SCHED_FIFO, where that is allowed)`,
        [idle, beside, load],
      ),
    ],
    claims: [
      timeClaim(
        bench,
        `${thousands(tokensRps)} RS256 tokens a second that were never seen before`,
        `${thousands(perSecond)} a second, ${report.due - good} not answered 200`,
        perSecond >= tokensRps * 0.99 && good === report.due,
      ),
      stallsClaim(
        bench,
        'and the p99 of other requests at most twice what it is without them',
        `${(p99 / p99Idle).toFixed(2)} x (${ms(p99)}, ${ms(p99Idle)}) without the machine's own stalls (${stallsText(runs)}); ${(p99All / p99IdleAll).toFixed(2)} x (${ms(p99All)}, ${ms(p99IdleAll)}) with them`,
        runs,
        p99 <= 2 * p99Idle,
      ),
    ],
    notes: [
      `${cpuUs.toFixed(1)} us of CPU for each request under load, the worker thread's included; node:crypto takes ${verifyUs.toFixed(1)} us for one signature here`,
    ],
    figures: {
      'tokens per second': perSecond,
      'others p99 factor': p99All / p99IdleAll,
      'others p99 factor without stalls': p99 / p99Idle,
      cpuUs,
      verifyUs,
    },
  };
}

const planOf = (sluice: Sluice, request: WireRequest, rateRps: number, seconds: number): OpenLoopPlan => ({
  port: sluice.address.port,
  request: requestBytes(sluice.address, request),
  rateRps,
  durationMs: seconds * 1_000,
  burst: 0,
  connections: 32,
  drainMs: 5_000,
  keepsTimes: true,
});

/** The API of the other scenarios, its mock once more behind a JWT authorizer. */
function guarded(issuer: string): ApiDefinition {
  const definition = benchApi(unusedPort);
  const open = definition.resources.find(({ path: resourcePath }) => resourcePath === '/mock')!;
  const authorizer: Authorizer = {
    id: 'jwt001',
    name: 'jwt',
    type: 'JWT',
    jwtConfiguration: { issuer, audience: ['app'] },
  };
  const methods = Object.entries(open.resourceMethods ?? {}).map(([verb, method]) => [
    verb,
    { ...method, authorizationType: 'CUSTOM' as const, authorizerId: authorizer.id },
  ]);
  const resource = {
    ...open,
    id: 'guarded001',
    path: '/guarded',
    pathPart: 'guarded',
    resourceMethods: Object.fromEntries(methods),
  };
  return {
    ...definition,
    resources: [...definition.resources, resource],
    authorizers: [...definition.authorizers, authorizer],
  };
}

async function check(sluice: Sluice, token: string): Promise<void> {
  const { mock } = sluice.requests;
  const target = mock.path.replace('/mock', '/guarded');
  for (const [authorization, status] of [
    [`Bearer ${token}`, 200],
    [`Bearer ${token.slice(0, -4)}AAAA`, 401],
  ] as const) {
    const answer = await ask(sluice.address, {
      ...mock,
      path: target,
      headers: { Authorization: authorization },
    });
    if (answer.status !== status) throw new Error(`wrong answer: ${answer.status} ${answer.body}`);
  }
}

/** An issuer with one key, and its tokens. */
async function startIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' };
  const server = createServer(({ url }, response) => {
    const document = url === '/certs' ? { keys: [jwk] } : { issuer: address, jwks_uri: `${address}/certs` };
    response.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'RS256', kid: 'k1', typ: 'at+jwt' });
  const now = Math.floor(Date.now() / 1_000);
  const tokenOf = (i: number): string => {
    const claims = { iss: address, aud: 'app', sub: `user-${i}`, jti: `0b6f3a2c-5d0e-4a57-9a1e-${i}` };
    const text = `${head}.${part({ ...claims, scope: 'a b', iat: now, exp: now + 3_600, client_id: 'app' })}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  return {
    address,
    verifyUs: verifyUsOf(publicKey, Buffer.from(head), sign('sha256', Buffer.from(head), privateKey)),
    tokens: (count: number) => Array.from({ length: count }, (_, i) => tokenOf(i)),
    close: () => server.close(),
  };
}

/** What node:crypto itself takes for one signature on this machine. */
function verifyUsOf(key: KeyObject, signed: Buffer, signature: Buffer): number {
  const once = (): boolean => verify('sha256', signed, key, signature);
  for (let i = 0; i < 500; i++) once();
  const before = process.cpuUsage();
  const count = 2_000;
  for (let i = 0; i < count; i++) if (!once()) throw new Error('a signature was not verified');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}
