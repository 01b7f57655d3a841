// A data plane: sockets in, answers out. Wires the rooms of this folder together and swaps what is served.
//
// A request:  listener -> resolve host and stage -> match resource and verb -> run the plan's phases -> settle

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { headerBlock } from '../base/header-field.ts';
import { newExtendedRequestId, newRequestId } from '../base/ids.ts';
import { createWallTime, systemClock } from '../base/clock.ts';
import type { DataPlaneSettings } from '../config/index.ts';
import type { IncomingRequest } from '../exchange/downstream.ts';
import { Exchange } from '../exchange/exchange.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Outcome } from '../exchange/phase.ts';
import { createRecorder, type RecorderStats } from '../observability/index.ts';
import { type Listener, openListener } from './listener/listener.ts';
import type { Plan, PlanTools } from './pipeline/plan.ts';
import { run } from './pipeline/run.ts';
import { createSettler } from './pipeline/settle.ts';
import { loadPublished, nothingPublished, type Published, release, warm } from './published.ts';
import { openThrottle } from './throttle/throttle.ts';
import { createUpstream } from './upstream/index.ts';
import { createRenderPool } from './workers/render-pool.ts';

export interface Gateway {
  readonly port: number;
  /** Re-reads the published state, compiles what changed, swaps with one assignment. */
  adopt(): Promise<{ revision: number; stages: number; tookMs: number }>;
  /** Stops accepting, lets exchanges in flight end, at most `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
  stats(): RecorderStats;
  reopenLogs(): Promise<void>;
}

/** Renders that may wait or be under way in this process; one more is refused with 503. */
const queueJobsMax = 10_000;
/** A template that takes longer has run away. */
const renderTimeoutMs = 2_000;
const noValues: readonly string[] = Object.freeze([]);

/** @throws Error whose message is one clear line: port taken, data folder unreadable, TLS files that do not fit */
export async function startGateway(settings: DataPlaneSettings): Promise<Gateway> {
  const gateway = new RunningGateway(settings);
  await gateway.start();
  return gateway;
}

class RunningGateway implements Gateway {
  readonly #settings: DataPlaneSettings;
  readonly #recorder;
  readonly #renderer;
  readonly #upstream;
  readonly #throttle;
  readonly #settler = createSettler(systemClock);
  readonly #tools: PlanTools;
  readonly #lag = monitorEventLoopDelay({ resolution: 20 });
  readonly #startedMs = Date.now();
  readonly #wallMs = createWallTime(systemClock);
  #published: Published;
  #listener: Listener | null = null;
  #adopting: Promise<unknown> = Promise.resolve();

  constructor(settings: DataPlaneSettings) {
    this.#settings = settings;
    this.#recorder = createRecorder({ logsDir: settings.logsDir, flushMs: settings.accessLogFlushMs });
    this.#renderer = createRenderPool({
      offload: settings.offload,
      threads: settings.renderThreads,
      queueJobsMax,
      renderTimeoutMs,
      clock: systemClock,
    });
    this.#upstream = createUpstream({
      connectionsMax: settings.upstream.connectionsMax,
      idleTimeoutMs: settings.upstream.idleMs,
      connectTimeoutMs: settings.upstream.connectTimeoutMs,
    });
    const { throttle, note } = openThrottle({
      file: `${settings.dataDir}/run/throttle.counters`,
      processes: settings.processes,
      prefer: settings.throttle === 'twin' ? 'twin' : 'native',
    });
    this.#throttle = throttle;
    if (settings.throttle === 'native' && throttle.kind !== 'native')
      throw new Error(`Cannot use native throttle counters: ${note}`);
    this.#published = nothingPublished(settings);
    this.#tools = {
      clock: systemClock,
      upstream: this.#upstream,
      renderer: this.#renderer,
      throttle,
      recorder: this.#recorder,
      settle: this.#settler.settle,
      begin: this.#settler.begin,
      finish: this.#settler.finish,
    };
  }

  get port(): number {
    return this.#listener!.port;
  }

  /** The first requests are served before the last template is parsed: plans are compiled on demand and warmed after. */
  async start(): Promise<void> {
    this.#published = await loadPublished(this.#settings, this.#published, this.#tools);
    const { host, port, tls } = this.#settings;
    this.#listener = await openListener({ host, port, tls, onError: report }, (request) => this.#onRequest(request));
    this.#lag.enable();
    this.#adopting = warm(this.#published, report);
  }

  async adopt(): Promise<{ revision: number; stages: number; tookMs: number }> {
    const started = performance.now();
    // One at a time: the later call then sees what the earlier one served.
    const mine = this.#adopting.catch(() => {}).then(() => this.#swap());
    this.#adopting = mine;
    await mine;
    const { revision, stages } = this.#published;
    return { revision, stages: stages.size, tookMs: performance.now() - started };
  }

  async #swap(): Promise<void> {
    const before = this.#published;
    const after = await loadPublished(this.#settings, before, this.#tools);
    if (after === before) return;
    await warm(after, report);
    this.#published = after;
    release(before, after);
  }

  async drain(deadlineMs: number): Promise<void> {
    await this.#listener?.drain(deadlineMs);
    await this.#renderer.close();
    this.#upstream.close();
    await this.#recorder.close();
    this.#throttle.close();
    this.#lag.disable();
  }

  stats(): RecorderStats {
    const listener = this.#listener?.stats;
    const lagMs = this.#lag.percentile(99) / 1e6;
    this.#lag.reset();
    return this.#recorder.stats({
      process: String(this.#settings.slot),
      pid: process.pid,
      startedMs: this.#startedMs,
      exchangesInFlight: listener?.inFlightCount ?? 0,
      connections: listener?.connectionCount ?? 0,
      rssBytes: process.memoryUsage.rss(),
      eventLoopLagMs: lagMs,
      aborted: 0,
      refused: listener?.refusals ?? {},
      renderQueueLength: this.#renderer.stats().open,
      throttleKind: this.#throttle.kind,
      snapshotRevision: this.#published.revision,
    });
  }

  async reopenLogs(): Promise<void> {
    await this.#recorder.reopen();
  }

  #onRequest(request: IncomingRequest): void {
    const stage = this.#published.hosts.resolve(hostOf(request.headers), request.path);
    if (stage === null) {
      answerWithoutApi(request);
      return;
    }
    const method = verbOf(request);
    const found = stage.value.router.match(method, stage.path.slice(stage.resourceStart));
    const plan = found === null ? stage.value.unmatched : found.value.plan;
    const startedNs = systemClock.monotonicNs();
    const exchange = new Exchange(
      plan.route,
      request,
      method,
      stage.path,
      found === null ? noValues : found.pathValues,
      stage.domainName,
      this.#wallMs(startedNs),
      startedNs,
    );
    this.#walk(exchange, plan);
  }

  /** The outermost frame: what a phase throws is a bug of ours. */
  #walk(exchange: Exchange, plan: Plan): void {
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = run(exchange, plan.phases);
    } catch (error) {
      this.#bug(exchange, error);
      return;
    }
    if (outcome instanceof Promise)
      outcome.then((late) => this.#settler.settle(exchange, late)).catch((error) => this.#bug(exchange, error));
    else this.#settler.settle(exchange, outcome);
  }

  #bug(exchange: Exchange, error: unknown): void {
    report(error, exchange.requestId);
    exchange.log?.error('Execution failed due to an internal error');
    if (exchange.endedNs === 0) this.#settler.settle(exchange, failures.internal);
    else exchange.downstream.destroy();
  }
}

function hostOf(headers: readonly string[]): string {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'host') return headers[i + 1]!;
  return '';
}

/** `X-HTTP-Method-Override` replaces the verb for look-up (data-plane reference, section 3). */
function verbOf(request: IncomingRequest): string {
  const { headers } = request;
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'x-http-method-override') return headers[i + 1]!;
  return request.method;
}

/**
 * Unknown host, API or stage: 403, which no API can customise. The roots `/ping` and `/sping` are AWS's service
 * health checks.
 * @see data-plane reference, section 1
 */
function answerWithoutApi(request: IncomingRequest): void {
  const isPing = request.path === '/ping' || request.path === '/sping';
  const fields = ['Content-Type', isPing ? 'text/plain' : 'application/json'];
  if (!isPing) fields.push('x-amzn-ErrorType', failures.wafFiltered.errorType);
  fields.push('x-amzn-RequestId', newRequestId(), 'x-amz-apigw-id', newExtendedRequestId());
  request.downstream.send(isPing ? 200 : 403, headerBlock(fields), isPing ? 'healthy' : '{"message":"Forbidden"}');
}

function report(error: unknown, requestId?: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${new Date().toISOString()} ${requestId === undefined ? '' : `(${requestId}) `}${text}\n`);
}
