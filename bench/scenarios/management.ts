// The management API beside moto_server: the same operations, each server on one core, in turns. Ours verifies a
// signature, decides by policy and has every write on disk before it answers; moto does none of the three.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { signRequest } from '../../src/base/sigv4/index.ts';
import { type Child, startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { manyMethods } from '../harness/many-methods.ts';
import { summarize } from '../harness/statistics.ts';
import { type Address, ask, type WireRequest } from '../harness/wire.ts';
import { closedLoopTool, runClosedLoop } from '../load/closed-loop.ts';
import { cpuTimeUs } from '../load/cpu.ts';
import { type Bench, claim, type Scenario, thousands } from './scenario.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const motoServer = process.env.MOTO_SERVER ?? path.join(root, 'build/python/bin/moto_server');
const timesWanted = 20;
const importMsMax = 2_000;
const deployMsMax = 300;
// With 16, writes wait for the disk more than for a core, and a sync that a host holds up for 5 ms stops them all.
const connections = 64;

interface Server {
  readonly name: string;
  readonly child: Child;
  readonly address: Address;
  /** Adds what the server wants to see in a request. */
  prepare(request: WireRequest): WireRequest;
}

/** What is compared: the path is given the id of an API of 25 resources. */
const works = [
  { name: 'GetRestApi', method: 'GET', path: (id: string) => `/restapis/${id}`, body: null },
  { name: 'GetResources', method: 'GET', path: (id: string) => `/restapis/${id}/resources`, body: null },
  { name: 'GetStages', method: 'GET', path: (id: string) => `/restapis/${id}/stages`, body: null },
  {
    name: 'CreateRequestValidator',
    method: 'POST',
    path: (id: string) => `/restapis/${id}/requestvalidators`,
    body: { name: 'bench', validateRequestBody: true },
  },
  { name: 'CreateRestApi', method: 'POST', path: () => '/restapis', body: { name: 'bench' } },
] as const;

export const management: Scenario = {
  name: 'management',
  title: 'Management API beside moto_server, imports and deployments',
  async run(bench) {
    const sluice = await startManagement(bench);
    const moto = existsSync(motoServer) ? await startMoto(bench) : null;
    try {
      const rows = await compare(bench, moto === null ? [sluice] : [sluice, moto]);
      const long = await importAndDeploy(bench, sluice);
      const worst = Math.min(...rows.map(({ ratio }) => ratio ?? 0));
      return {
        tables: [
          {
            caption: `requests a second, ${connections} connections, one core each`,
            head: ['operation', 'Sluice', 'moto_server', 'ratio'],
            rows: rows.map(({ name, rps, ratio }) => [name, ...cells(rps), timesText(ratio)]),
          },
          {
            caption: 'CPU microseconds a request, all processes of each: says more on a busy machine',
            head: ['operation', 'Sluice', 'moto_server', 'ratio'],
            rows: rows.map(({ name, cpuUs }) => [
              name,
              ...cells(cpuUs),
              timesText(ratioOf(cpuUs[1], cpuUs[0])),
            ]),
          },
        ],
        claims: [
          claim(
            `reads and writes at least ${timesWanted} x moto_server, at ${connections} connections`,
            moto === null ? 'moto_server is not here' : `${worst.toFixed(1)} x at least`,
            moto === null ? null : worst >= timesWanted,
          ),
          claim(
            `importing a document of 500 paths below ${importMsMax / 1000} s`,
            `${long.importMs.toFixed(0)} ms`,
            long.importMs < importMsMax,
          ),
          claim(
            `deploying 300 methods below ${deployMsMax} ms, adopted by the data plane`,
            `${long.deployMs.toFixed(0)} ms`,
            long.deployMs < deployMsMax,
          ),
        ],
        notes: [
          `load: ${closedLoopTool}; Sluice verifies signatures, decides by policy, audits, and fsyncs each write; moto does none of it`,
        ],
        figures: { worstRatio: worst, ...long },
      };
    } finally {
      await Promise.all([sluice.child.stop(), moto?.child.stop()]);
    }
  },
};

const ratioOf = (a: number | undefined, b: number | undefined): number | null =>
  a === undefined || b === undefined ? null : a / b;

/** Sluice's and moto's; empty where moto is not here. */
const cells = (figures: readonly number[]): string[] =>
  [0, 1].map((i) => (figures[i] === undefined ? '' : thousands(figures[i])));

const timesText = (ratio: number | null): string => (ratio === null ? '' : `${ratio.toFixed(1)} x`);

async function startManagement(bench: Bench): Promise<Server> {
  const dataDir = bench.folder('management');
  const args = ['start', '--data-dir', dataDir, '--processes', '1'];
  const ports = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--management-port', '0'];
  const child = await startChild(path.join(root, 'bin/sluice'), [...args, ...ports], {
    ready: /Management API: http:\/\/[^:]+:(\d+)[\s\S]*--profile sluice\n.*--profile sluice\n/,
    core: bench.cores.server,
    readyMsMax: 30_000,
  });
  const port = Number(child.ready[1]);
  const credentials = JSON.parse(readFileSync(path.join(dataDir, 'admin-credentials.json'), 'utf8'));
  const host = `127.0.0.1:${port}`;
  return {
    name: 'Sluice',
    child,
    address: { port, host: null },
    // One signature for a round: it holds for five minutes.
    prepare: (request) => {
      const [pathname = '', query = ''] = request.path.split('?');
      const parts = { method: request.method, path: pathname, query, headers: ['host', host] };
      const context = { region: 'us-east-1', service: 'apigateway', nowMs: Date.now() };
      const added = signRequest(parts, request.body ?? '', credentials, context);
      const headers: Record<string, string> = { ...request.headers };
      for (let i = 0; i < added.length; i += 2) headers[added[i]!] = added[i + 1]!;
      return { ...request, headers };
    },
  };
}

async function startMoto(bench: Bench): Promise<Server> {
  const port = await freePort();
  const child = await startChild(motoServer, ['-H', '127.0.0.1', '-p', String(port)], {
    ready: port,
    core: bench.cores.server,
    readyMsMax: 60_000,
  });
  // It finds the service by the credential's scope; the signature itself is not looked at.
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/apigateway/aws4_request, SignedHeaders=host, Signature=0';
  return {
    name: 'moto_server',
    child,
    address: { port, host: null },
    prepare: (request) => ({ ...request, headers: { ...request.headers, authorization } }),
  };
}

async function send(
  server: Server,
  method: string,
  path: string,
  body: unknown,
): Promise<Record<string, never>> {
  const answer = await ask(server.address, server.prepare(jsonRequest(method, path, body)));
  if (answer.status >= 300)
    throw new Error(
      `${server.name} answered ${answer.status} to ${method} ${path}: ${answer.body.slice(0, 300)}`,
    );
  return answer.body === '' ? {} : JSON.parse(answer.body);
}

const jsonRequest = (method: string, path: string, body: unknown): WireRequest => ({
  method,
  path,
  headers: body === null ? {} : { 'content-type': 'application/json' },
  body: body === null ? null : typeof body === 'string' ? body : JSON.stringify(body),
});

/** An API of 25 resources with a mock each, deployed. @returns its id */
async function fill(server: Server): Promise<string> {
  const { id, rootResourceId } = await send(server, 'POST', '/restapis', { name: 'measured' });
  for (let i = 0; i < 24; i++) {
    const parent = `/restapis/${id}/resources/${rootResourceId ?? (await rootOf(server, id!))}`;
    const resource = await send(server, 'POST', parent, { pathPart: `r${i}` });
    const method = `/restapis/${id}/resources/${resource.id}/methods/GET`;
    await send(server, 'PUT', method, { authorizationType: 'NONE' });
    const mock = { type: 'MOCK', requestTemplates: { 'application/json': '{"statusCode": 200}' } };
    await send(server, 'PUT', `${method}/integration`, mock);
  }
  await send(server, 'POST', `/restapis/${id}/deployments`, { stageName: 'prod' });
  return id!;
}

async function rootOf(server: Server, id: string): Promise<string> {
  const { item } = (await send(server, 'GET', `/restapis/${id}/resources`, null)) as {
    item?: { id: string }[];
  };
  return item![0]!.id;
}

async function compare(bench: Bench, servers: readonly Server[]) {
  const filled: { server: Server; id: string }[] = [];
  for (const server of servers) filled.push({ server, id: await fill(server) });
  const rows: { name: string; rps: number[]; cpuUs: number[]; ratio: number | null }[] = [];
  for (const work of works) {
    const measured = servers.map(() => ({ rps: [] as number[], cpuUs: [] as number[] }));
    for (let round = 0; round <= (bench.quick ? 1 : 7); round++) {
      for (const [i, { server, id }] of filled.entries()) {
        bench.progress(`${work.name}: round ${round}: ${server.name}`);
        const request = server.prepare(jsonRequest(work.method, work.path(id), work.body));
        const before = cpuTimeUs(server.child.pid);
        const report = await runClosedLoop({
          address: server.address,
          request,
          connections,
          seconds: bench.quick ? 1 : round === 0 ? 4 : 2,
          core: bench.cores.load,
        });
        if (report.errorStatuses > 0 || report.requests === 0)
          throw new Error(`${server.name} answered wrongly under load: ${JSON.stringify(report)}`);
        if (round === 0) continue;
        measured[i]!.rps.push(report.requests / report.seconds);
        measured[i]!.cpuUs.push((cpuTimeUs(server.child.pid) - before) / report.requests);
      }
    }
    const rps = measured.map((figures) => summarize(figures.rps).median);
    const cpuUs = measured.map((figures) => summarize(figures.cpuUs).median);
    // Of neighbours in time: a machine that is slower for a while is so for both.
    const ratios = servers.length === 2 ? measured[0]!.rps.map((one, i) => one / measured[1]!.rps[i]!) : [];
    rows.push({ name: work.name, rps, cpuUs, ratio: ratios.length === 0 ? null : summarize(ratios).median });
  }
  return rows;
}

/** Medians, in milliseconds, from the request to the answer. */
async function importAndDeploy(
  bench: Bench,
  server: Server,
): Promise<{ importMs: number; deployMs: number }> {
  const imports: number[] = [];
  const deployments: number[] = [];
  for (let round = 0; round < (bench.quick ? 2 : 5); round++) {
    bench.progress(`import and deployment ${round + 1}`);
    imports.push(await timed(() => send(server, 'POST', '/restapis?mode=import', documentOf(500))));
    const { id } = await send(server, 'POST', '/restapis?mode=import', documentOf(300));
    const deployment = { stageName: 'prod' };
    deployments.push(await timed(() => send(server, 'POST', `/restapis/${id}/deployments`, deployment)));
  }
  return { importMs: summarize(imports).median, deployMs: summarize(deployments).median };
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}

/** A document of mocks with templates. */
function documentOf(paths: number): string {
  const { resources } = manyMethods('measured01', paths, 'word');
  const entries = resources.flatMap(({ path, resourceMethods = {} }) =>
    Object.values(resourceMethods).map(({ methodIntegration: integration }) => {
      const template = integration!.integrationResponses!['200']!.responseTemplates!;
      const extension = {
        type: 'mock',
        requestTemplates: integration!.requestTemplates,
        responses: { default: { statusCode: '200', responseTemplates: template } },
      };
      const responses = { 200: { description: 'ok' } };
      return [path, { get: { responses, 'x-amazon-apigateway-integration': extension } }] as const;
    }),
  );
  const info = { title: 'measured', version: '1' };
  return JSON.stringify({ openapi: '3.0.1', info, paths: Object.fromEntries(entries) });
}
