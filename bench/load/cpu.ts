// CPU time per request of a server that is kept busy, compared with its rivals in interleaved rounds: A B C A B C. All
// threads and child processes count, user and system time.

import { pidTree, statFields } from '../harness/child.ts';
import { type Summary, summarize } from '../harness/statistics.ts';
import { requestBytes } from '../harness/wire.ts';
import { type ClosedLoopPlan, type ClosedLoopReport, runClosedLoop } from './closed-loop.ts';
import { runOpenLoop } from './run-open-loop.ts';

/** One server under one kind of load. */
export interface Contestant {
  readonly name: string;
  /** Roots of its processes. */
  readonly pid: number | readonly number[];
  readonly plan: Omit<ClosedLoopPlan, 'seconds'>;
  /** Which statuses are right, for the check afterwards. */
  readonly isRight: (errorShare: number) => boolean;
  /** It may lose connections under load: what it answered counts. */
  readonly mayLoseConnections?: boolean;
}

export interface CpuResult {
  readonly name: string;
  /** CPU microseconds per request. */
  readonly cpuUs: Summary;
  readonly rps: Summary;
}

/** /proc counts in clock ticks of 10 ms (USER_HZ, fixed at 100 for user space on Linux). */
const tickUs = 10_000;

/**
 * The warm-up round is this much longer: V8 goes on optimising for some 6 s under load, and a path measured before
 * that costs up to twice what it costs for the rest of its life.
 */
const warmUpFactor = 4;

/** User and system time of processes and their descendants so far, in microseconds. */
export function cpuTimeUs(roots: number | readonly number[]): number {
  let ticks = 0;
  // utime and stime are the 14th and 15th field of the whole line; they cover all threads.
  for (const pid of [roots].flat().flatMap((root) => pidTree(root))) {
    const fields = statFields(pid);
    if (fields.length > 12) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * tickUs;
}

/** Resident memory of a process and its descendants, in bytes. */
export function residentBytes(rootPid: number): number {
  // rss is the 24th field, in pages.
  return pidTree(rootPid).reduce((sum, pid) => sum + Number(statFields(pid)[21] ?? 0) * 4096, 0);
}

export interface CompareOptions {
  readonly rounds: number;
  /** A first round that is not counted. */
  readonly hasWarmUp: boolean;
  /** Of that round; four times one that counts unless told otherwise. */
  readonly warmUpSeconds?: number;
  readonly secondsPerRound: number;
  /**
   * Requests a second that each gets; null (the default) = as many as it answers. Without a rate the slower server is
   * charged more for each answer: its client sleeps between them and is woken by the kernel in the server's own write,
   * where the client of a faster one is still busy with the answers before.
   */
  readonly rateRps?: number | null;
  readonly onRound: (text: string) => void;
}

/**
 * Measures all contestants in turn, `rounds` times; when asked, a first round warms up.
 * @throws (rejects) when a contestant answers wrongly under load
 */
export async function compareCpu(
  contestants: readonly Contestant[],
  options: CompareOptions,
): Promise<CpuResult[]> {
  const measured = contestants.map(() => ({ cpuUs: [] as number[], rps: [] as number[] }));
  for (let round = options.hasWarmUp ? 0 : 1; round <= options.rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      options.onRound(
        `${round === 0 ? 'warm-up' : `round ${round} of ${options.rounds}`}: ${contestant.name}`,
      );
      const before = cpuTimeUs(contestant.pid);
      const { secondsPerRound, warmUpSeconds = secondsPerRound * warmUpFactor } = options;
      const seconds = round === 0 ? warmUpSeconds : secondsPerRound;
      const plan = { ...contestant.plan, seconds };
      const { rateRps = null } = options;
      const report = rateRps === null ? await runClosedLoop(plan) : await runAtRate(plan, rateRps);
      const usedUs = cpuTimeUs(contestant.pid) - before;
      if (
        report.requests === 0 ||
        !contestant.isRight(report.errorStatuses / report.requests) ||
        (report.socketErrors > 0 && contestant.mayLoseConnections !== true)
      )
        throw new Error(`${contestant.name} answered wrongly under load: ${JSON.stringify(report)}`);
      if (round === 0) continue;
      measured[i]!.cpuUs.push(usedUs / report.requests);
      measured[i]!.rps.push(report.requests / report.seconds);
    }
  }
  return contestants.map(({ name }, i) => ({
    name,
    cpuUs: summarize(measured[i]!.cpuUs),
    rps: summarize(measured[i]!.rps),
  }));
}

async function runAtRate(plan: ClosedLoopPlan, rateRps: number): Promise<ClosedLoopReport> {
  const { answered, statuses, errors, elapsedMs } = await runOpenLoop(
    {
      port: plan.address.port,
      request: requestBytes(plan.address, plan.request),
      rateRps,
      durationMs: plan.seconds * 1000,
      burst: 0,
      connections: plan.connections,
      drainMs: 2_000,
    },
    plan.core,
  );
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const isError = ([status]: readonly [string, number]): boolean => Number(status) >= 400;
  return {
    requests: answered,
    errorStatuses: sum(
      Object.entries(statuses)
        .filter(isError)
        .map(([, count]) => count),
    ),
    socketErrors: sum(Object.values(errors)),
    seconds: elapsedMs / 1000,
  };
}
