// Open-loop load: requests are due at a constant rate whatever the server does, and a request's latency counts from the
// moment it was due, so that a stall is seen by all who would have come during it. A process of its own:
//   node bench/load/open-loop.ts '{"port":...}'      prints progress lines, then one line with the report
// native/src/open_loop.rs does the same with less of the machine; this one serves where that is not built.

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';
import { dueAfterMs, latencyHistogram, latencySummary, sharedNowMs } from './open-loop-latency.ts';
import type { FirstAndLast, OpenLoopPlan, OpenLoopProgress, OpenLoopReport } from './open-loop-types.ts';

const plan = JSON.parse(process.argv[2]!) as OpenLoopPlan;
const each = plan.eachFile === undefined ? null : readFileSync(plan.eachFile, 'latin1').split('\n');
const bytes = Buffer.from(plan.request, 'latin1');
/** @param i - index of the request */
const bytesOf = (i: number): Buffer | string =>
  each === null ? bytes : plan.request.replace('{each}', each[i % each.length]!);
const due = plan.burst + Math.floor((plan.rateRps * plan.durationMs) / 1000);
const histogram = latencyHistogram();
/** By index of the request; made beforehand, so that the load does not wait for memory. */
const latenciesUs = plan.keepsTimes === true ? new Float64Array(due).fill(-1) : null;
const perSecond = new Map<number, number[]>();
const firstAndLast: Record<string, { -readonly [K in keyof FirstAndLast]: FirstAndLast[K] }> = {};
const errors: Record<string, number> = {};

let startMs = 0;
let lastAnswerMs = 0;
let sent = 0;
let answered = 0;
let ended = false;

/** One keep-alive connection; `dueMs` is when its request was due, or -1 when it has none, `sentMs` when it was sent. */
interface Line {
  socket: Socket;
  reader: AnswerReader;
  /** Which request it is. */
  index: number;
  dueMs: number;
  sentMs: number;
}
const idle: Line[] = [];

const countError = (kind: string, count = 1): void => {
  errors[kind] = (errors[kind] ?? 0) + count;
};

function open(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true });
    const line: Line = { socket, reader: new AnswerReader(), index: 0, dueMs: -1, sentMs: 0 };
    socket.on('connect', () => {
      idle.push(line);
      resolve();
    });
    socket.on('data', (chunk) => onData(line, chunk));
    socket.on('error', (error) => {
      // Before the load there is no load without it.
      if (startMs === 0 && !idle.includes(line)) throw error;
    });
    socket.on('close', () => onClose(line));
  });
}

function onClose(line: Line): void {
  if (ended) return;
  if (line.dueMs >= 0) countError('connection closed in mid-request');
  else if (idle.includes(line)) idle.splice(idle.indexOf(line), 1);
  line.dueMs = -1;
  // A pause, so that a server that is gone is not hammered.
  setTimeout(() => void open(), 50);
}

function onData(line: Line, chunk: Buffer): void {
  const status = line.reader.push(chunk);
  if (status === 0) return;
  if (status < 0 || line.dueMs < 0) {
    countError('not an answer');
    line.socket.destroy();
    return;
  }
  lastAnswerMs = performance.now();
  const latencyUs = Math.max(1, Math.round((lastAnswerMs - line.dueMs) * 1000));
  histogram.recordValue(latencyUs);
  if (latenciesUs !== null) latenciesUs[line.index] = latencyUs;
  firstAndLast[status] ??= { firstAnswerMs: lastAnswerMs - startMs, answeredBefore: answered, lastSentMs: 0 };
  firstAndLast[status].lastSentMs = line.sentMs - startMs;
  count(status, lastAnswerMs);
  line.dueMs = -1;
  idle.push(line);
  pump(lastAnswerMs);
}

function count(status: number, nowMs: number): void {
  answered++;
  let seconds = perSecond.get(status);
  if (seconds === undefined) {
    seconds = new Array(Math.ceil((plan.durationMs + plan.drainMs) / 1000) + 2).fill(0) as number[];
    perSecond.set(status, seconds);
  }
  const second = Math.floor((nowMs - startMs) / 1000);
  seconds[second] = (seconds[second] ?? 0) + 1;
}

/** Sends what is due, as far as there are idle connections. */
function pump(nowMs: number): void {
  while (sent < due && startMs + dueAfterMs(plan, sent) <= nowMs) {
    const line = idle.pop();
    if (line === undefined) return;
    line.index = sent;
    line.dueMs = startMs + dueAfterMs(plan, sent);
    line.sentMs = nowMs;
    line.socket.write(bytesOf(sent), 'latin1');
    sent++;
  }
}

function tick(): void {
  const nowMs = performance.now();
  pump(nowMs);
  const overdueMs = nowMs - startMs - plan.durationMs;
  const allAnswered = sent === due && answered + (errors['connection closed in mid-request'] ?? 0) >= due;
  if (overdueMs > plan.drainMs || (overdueMs > 0 && allAnswered)) finish();
  else setTimeout(tick, 1);
}

function finish(): void {
  ended = true;
  const cpu = process.cpuUsage(cpuBefore);
  const cut = errors['connection closed in mid-request'] ?? 0;
  if (sent < due) countError('never sent', due - sent);
  if (sent - answered - cut > 0) countError('never answered', sent - answered - cut);
  const statuses = Object.fromEntries(
    [...perSecond].map(([status, counts]) => [status, counts.reduce((a, b) => a + b, 0)]),
  );
  const report: OpenLoopReport = {
    due,
    sent,
    answered,
    statuses,
    perSecond: Object.fromEntries(perSecond),
    firstAndLast,
    errors,
    offeredMs: plan.durationMs,
    elapsedMs: Math.max(0, lastAnswerMs - startMs),
    latencyUs: latencySummary(histogram, answered),
    generatorCpu: (cpu.user + cpu.system) / 1000 / (performance.now() - startMs),
    times:
      latenciesUs === null
        ? null
        : { startMs: sharedNowMs() - performance.now() + startMs, latenciesUs: [...latenciesUs] },
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

await Promise.all(Array.from({ length: plan.connections }, open));
startMs = performance.now();
const cpuBefore = process.cpuUsage();
setInterval(() => {
  const progress: OpenLoopProgress = {
    secondsPast: Math.round((performance.now() - startMs) / 1000),
    answered,
  };
  process.stdout.write(`${JSON.stringify(progress)}\n`);
}, 1000).unref();
tick();
