// Lambda functions on this machine: what a warm call costs beside a plain HTTP proxy call, and beside who runs functions
// at home today.

import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PublishedFunction } from '../../src/resources/index.ts';
import { startChild } from '../harness/child.ts';
import { readApi } from '../harness/publish.ts';
import { startSluice } from '../harness/sluice.ts';
import { ask, type WireRequest } from '../harness/wire.ts';
import { type Contestant, type CpuResult, compareCpu } from '../load/cpu.ts';
import type { RivalServer } from '../rivals/rival.ts';
import { serverlessOfflineMissing, startServerlessOffline } from '../rivals/serverless-offline.ts';
import { type Bench, type Claim, claim, type Scenario, thousands } from './scenario.ts';

const code = fileURLToPath(new URL('../services/constant-function', import.meta.url));
const host = fileURLToPath(new URL('../harness/function-host.ts', import.meta.url));
const nodeServer = fileURLToPath(new URL('../services/node-http.ts', import.meta.url));
const codeHash = 'c0de';
const connections = 32;
/** A dozen processes share the calls, and each must have had some thousands before V8 has compiled what it runs. */
const warmUpSeconds = 20;
const answer = '{"hello":"world"}';
/** Invocations at once in one environment: what AWS has for Node.js where a function is to have more than one. */
const sharedConcurrency = 64;

const arnOf = (name: string): string => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

const functionOf = (functionName: string, concurrencyPerEnvironment: number): PublishedFunction => ({
  functionName,
  functionArn: arnOf(functionName),
  reservedConcurrency: null,
  versions: [
    {
      version: '$LATEST',
      runtime: 'nodejs24.x',
      handler: 'app.handler',
      codeHash,
      environment: {},
      timeoutSeconds: 10,
      memoryMb: 512,
      ephemeralStorageMb: 512,
      concurrencyPerEnvironment,
    },
  ],
  aliases: [],
  policies: {
    '': JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'apigateway.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: arnOf(functionName),
          Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:execute-api:us-east-1:000000000000:*' } },
        },
      ],
    }),
  },
  eventInvokeConfigs: {},
});

const functionPath = (path: string, name: string): string => `
  ${path}:
    get:
      responses: { "200": { description: a function } }
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arnOf(name)}/invocations`;

const apiText = (origin: string): string => `
openapi: 3.0.1
info: { title: functions, version: "1" }
paths:${functionPath('/function', 'alone')}${functionPath('/shared', 'shared')}
  /proxy:
    get:
      responses: { "200": { description: an HTTP server } }
      x-amazon-apigateway-integration: { type: http_proxy, httpMethod: GET, uri: "${origin}/" }
`;

const get = (target: string): WireRequest => ({ method: 'GET', path: target, headers: {}, body: null });

export const functions: Scenario = {
  name: 'functions',
  title: 'Lambda functions: a warm call beside an HTTP proxy call',
  async run(bench) {
    const core = bench.cores.server;
    const backend = await startChild(process.execPath, [nodeServer], { ready: /READY (\d+)/, core });
    const folder = bench.folder('functions');
    const dataDir = path.join(folder, 'data');
    cpSync(code, path.join(dataDir, 'functions', 'code', codeHash), { recursive: true });
    mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
    const sluice = await startSluice({
      folder,
      upstreamPort: Number(backend.ready[1]),
      core,
      apis: [readApi(apiText(`http://127.0.0.1:${backend.ready[1]}`))],
      functions: [functionOf('alone', 1), functionOf('shared', sharedConcurrency)],
    });
    const folders = JSON.stringify({ dataDir, logsDir: path.join(dataDir, 'logs') });
    const functionHost = await startChild(process.execPath, [host, folders], { ready: /READY/, core });
    const why = serverlessOfflineMissing();
    let rival: RivalServer | null = null;
    try {
      if (why === null) {
        bench.progress('starting serverless-offline');
        rival = await startServerlessOffline(readFileSync(path.join(code, 'app.mjs'), 'utf8'), core);
      }
      const plan = (server: Pick<RivalServer, 'address'>, request: WireRequest) => ({
        address: server.address,
        request,
        connections,
        core: bench.cores.load,
      });
      const isRight = (share: number): boolean => share === 0;
      const contestants: Contestant[] = [
        {
          name: ours,
          pid: [sluice.pid, functionHost.pid],
          plan: plan(sluice, get('/bench/function')),
          isRight,
        },
        {
          name: shared,
          pid: [sluice.pid, functionHost.pid],
          plan: plan(sluice, get('/bench/shared')),
          isRight,
        },
        { name: proxy, pid: [sluice.pid, backend.pid], plan: plan(sluice, get('/bench/proxy')), isRight },
      ];
      if (rival !== null)
        contestants.push({
          name: theirs,
          pid: rival.pid,
          plan: plan(rival, get('/dev/hello')),
          isRight,
          mayLoseConnections: true,
        });
      for (const { name, plan: asked } of contestants) await check(name, asked);
      const results = await compareCpu(contestants, {
        rounds: bench.quick ? 1 : 5,
        hasWarmUp: !bench.quick,
        warmUpSeconds,
        secondsPerRound: bench.quick ? 1 : 3,
        onRound: (text) => bench.progress(text),
      });
      return {
        tables: [tableOf(results)],
        claims: claims(bench, results, why),
        notes: [
          `gateway and function, gateway and HTTP server: all their processes count; ${connections} connections, one core for all of them`,
        ],
        figures: Object.fromEntries(results.map(({ name, cpuUs }) => [`functions: ${name}`, cpuUs.median])),
      };
    } finally {
      await rival?.stop();
      await sluice.stop();
      await functionHost.stop();
      await backend.stop();
    }
  },
};

const ours = 'Lambda proxy, Node.js function';
const shared = `the same, ${sharedConcurrency} at once in an environment`;
const proxy = 'HTTP proxy, node:http server';
const theirs = 'serverless-offline';

async function check(name: string, { address, request }: Contestant['plan']): Promise<void> {
  const got = await ask(address, request);
  if (got.status !== 200 || got.body !== answer)
    throw new Error(`${name}: expected 200 ${answer}, got ${got.status} ${got.body.slice(0, 200)}`);
}

function tableOf(results: readonly CpuResult[]) {
  const own = results[0]!;
  return {
    caption: 'a constant answer',
    head: ['', 'CPU us a call (median)', 'spread', 'ours / this', 'rps'],
    rows: results.map(({ name, cpuUs, rps }) => [
      name,
      cpuUs.median.toFixed(1),
      `${cpuUs.min.toFixed(1)} to ${cpuUs.max.toFixed(1)}`,
      name === own.name ? '' : (own.cpuUs.median / cpuUs.median).toFixed(2),
      thousands(rps.median),
    ]),
  };
}

function claims(bench: Bench, results: readonly CpuResult[], why: string | null): Claim[] {
  const [alone, together, http, rival] = results as [CpuResult, CpuResult, CpuResult, CpuResult | undefined];
  const cost = (call: CpuResult, which: string): Claim => {
    const ratio = call.cpuUs.median / http.cpuUs.median;
    return claim(
      `${which} at most 2.5 x the CPU of an HTTP proxy call to node:http, both ends counted`,
      `${ratio.toFixed(2)} x (${call.cpuUs.median.toFixed(1)} us, ${http.cpuUs.median.toFixed(1)} us)`,
      bench.quick ? null : ratio <= 2.5,
    );
  };
  const speed = (call: CpuResult, which: string): Claim => {
    const faster = rival === undefined ? null : call.rps.median / rival.rps.median;
    return claim(
      `${which}: at least 10 x the requests per second of serverless-offline`,
      faster === null
        ? (why ?? 'not measured')
        : `${faster.toFixed(1)} x (${thousands(call.rps.median)}, ${thousands(rival!.rps.median)})`,
      faster === null || bench.quick ? null : faster >= 10,
    );
  };
  const many = `${sharedConcurrency} at once in an environment`;
  return [
    cost(alone, 'warm Lambda proxy call'),
    cost(together, `warm Lambda proxy call, ${many},`),
    speed(alone, 'one at a time in an environment'),
    speed(together, many),
  ];
}
