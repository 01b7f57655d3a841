// Closed-loop load: as many requests as the server answers, from a fixed number of connections. wrk where it is
// installed, since it leaves the machine to the server; autocannon elsewhere, and wherever latencies are asked for.

import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import autocannon from 'autocannon';
import { pinned } from '../harness/child.ts';
import type { Address, WireRequest } from '../harness/wire.ts';

export interface ClosedLoopPlan {
  readonly address: Address;
  readonly request: WireRequest;
  readonly connections: number;
  readonly seconds: number;
  /** Core for the generator; null = any. */
  readonly core: number | null;
}

export interface ClosedLoopReport {
  readonly requests: number;
  /** Answers with a status of 400 and above. */
  readonly errorStatuses: number;
  readonly socketErrors: number;
  readonly seconds: number;
}

export const hasWrk = spawnSync('wrk', ['--version']).error === undefined;
export const closedLoopTool = hasWrk ? 'wrk' : 'autocannon';

export function runClosedLoop(plan: ClosedLoopPlan): Promise<ClosedLoopReport> {
  return hasWrk ? runWrk(plan) : runAutocannon(plan).then(({ report }) => report);
}

// wrk says what it did in words; this makes it say it in numbers.
const wrkDone = `
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("\\nREPORT %d %d %d %d\\n", summary.requests, e.status,
    e.connect + e.read + e.write + e.timeout, summary.duration))
end
`;

async function runWrk(plan: ClosedLoopPlan): Promise<ClosedLoopReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-wrk-'));
  try {
    const { address, request } = plan;
    const lua = (text: string): string => JSON.stringify(text).replaceAll(/\\u([0-9a-f]{4})/g, '\\u{$1}');
    const script = [`wrk.method = ${lua(request.method)}`, `wrk.path = ${lua(request.path)}`];
    if (address.host !== null) script.push(`wrk.headers["Host"] = ${lua(address.host)}`);
    for (const [name, value] of Object.entries(request.headers))
      script.push(`wrk.headers[${lua(name)}] = ${lua(value)}`);
    if (request.body !== null) script.push(`wrk.body = ${lua(request.body)}`);
    const file = path.join(folder, 'request.lua');
    writeFileSync(file, script.join('\n') + wrkDone);
    const url = `http://127.0.0.1:${address.port}${request.path}`;
    const [command, args] = pinned(
      'wrk',
      ['-t1', `-c${plan.connections}`, `-d${Math.max(1, Math.round(plan.seconds))}s`, '-s', file, url],
      plan.core,
    );
    const { stdout } = await promisify(execFile)(command, args);
    const match = /REPORT (\d+) (\d+) (\d+) (\d+)/.exec(stdout);
    if (match === null) throw new Error(`wrk gave no report: ${stdout}`);
    const [requests, errorStatuses, socketErrors, us] = match.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    return { requests, errorStatuses, socketErrors, seconds: us / 1e6 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Also tells latencies, in milliseconds. */
export async function runAutocannon(
  plan: ClosedLoopPlan,
): Promise<{ report: ClosedLoopReport; p50Ms: number; p99Ms: number }> {
  const { address, request } = plan;
  const result = await autocannon({
    url: `http://127.0.0.1:${address.port}${request.path}`,
    method: request.method as 'GET',
    headers: { ...(address.host === null ? {} : { host: address.host }), ...request.headers },
    ...(request.body === null ? {} : { body: request.body }),
    connections: plan.connections,
    duration: plan.seconds,
  });
  return {
    report: {
      requests: result['2xx'] + result.non2xx,
      errorStatuses: result['4xx'] + result['5xx'],
      socketErrors: result.errors + result.timeouts,
      seconds: result.duration,
    },
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}
