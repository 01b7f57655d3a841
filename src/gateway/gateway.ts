// A data plane: sockets in, answers out. Wires the rooms of this folder together and swaps what is served.
//
// A request:  listener -> resolve host and stage -> match resource and verb -> run the plan's phases -> settle

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createSocketAuthorization, createVerifyManagementCall } from '../authorizers/index.ts';
import { createWallTime, systemClock } from '../base/clock.ts';
import type { DataPlaneSettings } from '../config/index.ts';
import { connectFunctions, type FunctionsClient } from '../functions/client/index.ts';
import { withRemoteFunctions } from '../integrations/index.ts';
import { createRecorder, mergeUpstreams, type RecorderStats } from '../observability/index.ts';
import {
  counterFile,
  type SampledRequest,
  type SampleQuery,
  type TestInvocation,
  type TestInvoked,
} from '../resources/index.ts';
import { createBackends, type FollowingBackends } from './backends/index.ts';
import { createDispatch } from './dispatch.ts';
import { Guard } from './guard/guard.ts';
import { type GuardedBy, type Listener, openListener } from './listener/listener.ts';
import { openPeers, type Peers } from './peers/peers.ts';
import type { PlanTools } from './pipeline/plan.ts';
import { createSettler } from './pipeline/settle.ts';
import { loadPublished, nothingPublished, type Published, release, warm } from './published.ts';
import { report } from './report.ts';
import { createTestInvoker } from './test-invoke/test-invoker.ts';
import { openThrottle } from './throttle/throttle.ts';
import { WayIn } from './tls/way-in.ts';
import { createUpstream } from './upstream/index.ts';
import { createHandshake } from './websocket/handshake.ts';
import { Hub } from './websocket/hub.ts';
import { createManagement, withManagement } from './websocket/management.ts';
import { NodeConnections } from './websocket/node-connections.ts';
import { switchSockets } from './websocket/published-sockets.ts';
import { LocalTopics } from './websocket/topics.ts';
import { createRenderPool, type RenderPool } from './workers/render-pool.ts';
import { createSignaturePool } from './workers/signature-pool.ts';
import { TurnWorkers } from './workers/turn-workers.ts';

export interface Gateway {
  readonly port: number;
  /** Re-reads the published state, compiles what changed, swaps with one assignment. */
  adopt(): Promise<{ revision: number; stages: number; tookMs: number }>;
  /** Stops accepting, lets exchanges in flight end, at most `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
  stats(): RecorderStats;
  reopenLogs(): Promise<void>;
  /** Requests that rules of a web ACL have matched. */
  sampledRequests(query: SampleQuery): readonly SampledRequest[];
  /** Runs one method of an API that need not be deployed. @throws (rejects) Error with one line: too many at once */
  testInvoke(invocation: TestInvocation): Promise<TestInvoked>;
}

/** Renders, and signatures, that may wait or be under way in this process; one more is refused with 503. */
const queueJobsMax = 10_000;
/** Between two looks at whether certificate files have changed. */
const certificatesLookMs = 5_000;
/** For `$disconnect` of connections that were cut at the deadline. */
const farewellMs = 500;
/** A template that takes longer has run away. */
const renderTimeoutMs = 2_000;

/** @throws Error whose message is one clear line: port taken, data folder unreadable, TLS files that do not fit */
export async function startGateway(settings: DataPlaneSettings): Promise<Gateway> {
  const peers = await openPeers({ dataDir: settings.dataDir, onBug: report });
  try {
    const gateway = new RunningGateway(settings, peers);
    await gateway.start();
    return gateway;
  } catch (error) {
    peers.close();
    throw error;
  }
}

class RunningGateway implements Gateway {
  readonly #settings: DataPlaneSettings;
  readonly #recorder;
  readonly #workers: TurnWorkers;
  readonly #renderer: RenderPool;
  readonly #upstream;
  readonly #backends: FollowingBackends;
  readonly #throttle;
  readonly #functions: FunctionsClient;
  readonly #settler = createSettler(systemClock);
  readonly #tools: PlanTools;
  readonly #testInvoker;
  readonly #hub: Hub;
  readonly #peers: Peers;
  readonly #connections: NodeConnections;
  readonly #lag = monitorEventLoopDelay({ resolution: 20 });
  readonly #startedMs = Date.now();
  #published: Published;
  #listener: Listener | null = null;
  readonly #wayIn: WayIn;
  #guard: Guard | null = null;
  #looking: NodeJS.Timeout | null = null;
  #adopting: Promise<unknown> = Promise.resolve();

  constructor(settings: DataPlaneSettings, peers: Peers) {
    this.#settings = settings;
    this.#peers = peers;
    this.#recorder = createRecorder({ logsDir: settings.logsDir, flushMs: settings.accessLogFlushMs });
    this.#workers = new TurnWorkers({
      offload: settings.offload,
      threads: settings.renderThreads,
      jobTimeoutMs: renderTimeoutMs,
      clock: systemClock,
    });
    this.#renderer = createRenderPool({ workers: this.#workers, queueJobsMax });
    const signatures = createSignaturePool({ workers: this.#workers, queueJobsMax });
    this.#upstream = createUpstream({
      connectionsMax: settings.upstream.connectionsMax,
      idleTimeoutMs: settings.upstream.idleMs,
      connectTimeoutMs: settings.upstream.connectTimeoutMs,
    });
    this.#backends = createBackends({
      upstream: this.#upstream,
      ownRole: (arn) => this.#published.credentials.signers.ownRole(arn, systemClock.nowMs()),
    });
    const { throttle, note } = openThrottle({
      file: counterFile(settings.dataDir),
      processes: settings.processes,
      prefer: settings.throttle === 'twin' ? 'twin' : 'native',
    });
    this.#throttle = throttle;
    if (settings.throttle === 'native' && throttle.kind !== 'native')
      throw new Error(`Cannot use native throttle counters: ${note}`);
    this.#functions = connectFunctions({ dataDir: settings.dataDir, onBug: report });
    const wallMs = createWallTime(systemClock);
    const topics = new LocalTopics({
      publish: (topic, message, isBinary) => this.#listener?.publish(topic, message, isBinary),
      wallMs: () => wallMs(systemClock.monotonicNs()),
    });
    this.#hub = new Hub({
      clock: systemClock,
      wallMs,
      throttle,
      topics,
      node: 0,
      process: peers.number,
      onBug: report,
    });
    this.#connections = new NodeConnections(this.#hub, peers);
    this.#published = nothingPublished(settings);
    this.#wayIn = new WayIn(settings.tls, `${settings.dataDir}/run/front-${peers.number}`, report);
    this.#tools = {
      clock: systemClock,
      upstream: this.#upstream,
      functions: withRemoteFunctions(
        this.#functions,
        { clock: systemClock, upstream: this.#upstream, backends: this.#backends },
        { region: settings.region, isLocal: (name) => this.#published.functionNames.has(name) },
      ),
      backends: this.#backends,
      renderer: this.#renderer,
      signatures,
      throttle,
      recorder: this.#recorder,
      sockets: this.#recorder,
      settle: this.#settler.settle,
      begin: this.#settler.begin,
      finish: this.#settler.finish,
    };
    const { accountId, region } = settings;
    this.#testInvoker = createTestInvoker({
      tools: this.#tools,
      settler: this.#settler,
      accountId,
      region,
      onBug: report,
    });
  }

  get port(): number {
    return this.#listener!.port;
  }

  /** The first requests are served before the last template is parsed: plans are compiled on demand and warmed after. */
  async start(): Promise<void> {
    this.#published = await loadPublished(this.#settings, this.#published, this.#tools);
    this.#backends.adopt(this.#published.backends);
    switchSockets(new Map(), this.#published.sockets, this.#hub);
    await this.#peers.serve(this.#connections);
    const { host, port, accountId, region } = this.#settings;
    const { credentials } = this.#published;
    const authorization = createSocketAuthorization({ ...this.#tools, credentials });
    const verify = createVerifyManagementCall({ clock: systemClock, credentials, accountId, region });
    const onRequest = createDispatch({
      clock: systemClock,
      settler: this.#settler,
      published: () => this.#published,
      handshake: withManagement(
        createHandshake({
          hub: this.#hub,
          authorization,
          planCounters: () => this.#published.planCounters,
        }),
        createManagement({ hub: this.#hub, connections: this.#connections, verify }),
      ),
      onUnlisted: () => this.#recorder.unlisted.finished(),
      onBug: report,
    });
    const way = this.#wayIn.first(this.#published.domainNames);
    const guard = this.#guardedBy();
    this.#listener = await openListener({ host, port, ...way, guard, onError: report }, onRequest);
    if (this.#settings.tls !== null)
      this.#looking = setInterval(() => void this.#inTurn(() => this.#follow()), certificatesLookMs).unref();
    this.#lag.enable();
    this.#adopting = warm(this.#published);
  }

  async adopt(): Promise<{ revision: number; stages: number; tookMs: number }> {
    const started = performance.now();
    // One at a time: the later call then sees what the earlier one served.
    await this.#inTurn(async () => {
      await this.#swap();
      await this.#follow();
    });
    const { revision, stageCount } = this.#published;
    return { revision, stages: stageCount, tookMs: performance.now() - started };
  }

  #guardedBy(): GuardedBy | null {
    const { guard: settings, processes } = this.#settings;
    if (settings === null) return null;
    this.#guard = new Guard({ settings, clock: systemClock });
    return { guard: this.#guard, connectionsPerAddress: settings.connectionsPerAddress, processes };
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const mine = this.#adopting.catch(() => {}).then(act);
    this.#adopting = mine;
    return mine;
  }

  /** What is asked of clients under a domain name is checked when it is served; only then can they show it. */
  async #follow(): Promise<void> {
    try {
      const way = this.#wayIn.next(this.#published.domainNames);
      if (way === null) return;
      await this.#listener?.reopen(way.tls, way.front);
      this.#wayIn.taken(way);
    } catch (error) {
      report(error);
    }
  }

  async #swap(): Promise<void> {
    const before = this.#published;
    const after = await loadPublished(this.#settings, before, this.#tools);
    if (after === before) return;
    await warm(after);
    this.#backends.adopt(after.backends);
    this.#published = after;
    switchSockets(before.sockets, after.sockets, this.#hub);
    release(before, after);
  }

  async drain(deadlineMs: number): Promise<void> {
    const endMs = performance.now() + deadlineMs;
    if (this.#looking !== null) clearInterval(this.#looking);
    const drained = this.#listener?.drain(deadlineMs);
    this.#hub.drain(deadlineMs);
    await drained;
    // The last connections have just gone: their `$disconnect` is under way.
    await this.#hub.settled(Math.max(endMs - performance.now(), Math.min(deadlineMs, farewellMs)));
    this.#hub.close();
    this.#peers.close();
    await this.#renderer.close();
    await this.#workers.close();
    this.#backends.close();
    this.#upstream.close();
    this.#functions.close();
    await this.#recorder.close();
    this.#throttle.close();
    this.#lag.disable();
  }

  stats(): RecorderStats {
    const listener = this.#listener?.stats;
    const lagMs = this.#lag.percentile(99) / 1e6;
    this.#lag.reset();
    const counted = this.#recorder.stats({
      process: String(this.#settings.slot),
      pid: process.pid,
      startedMs: this.#startedMs,
      exchangesInFlight: listener?.inFlightCount ?? 0,
      connections: listener?.connectionCount ?? 0,
      rssBytes: process.memoryUsage.rss(),
      eventLoopLagMs: lagMs,
      aborted: listener?.abortedCount ?? 0,
      refused: listener?.refusals ?? {},
      renderQueueLength: this.#renderer.stats().open,
      ...(this.#guard === null ? {} : { guard: this.#guard.figures }),
      ...(this.#settings.tls === null
        ? {}
        : { tls: { ...this.#wayIn.figures, front: listener?.front ?? null } }),
      throttleKind: this.#throttle.kind,
      snapshotRevision: this.#published.revision,
    });
    return {
      ...counted,
      upstreams: mergeUpstreams([...this.#upstream.stats(), ...this.#backends.stats()]),
      firewall: this.#published.firewalls?.stats() ?? [],
    };
  }

  async reopenLogs(): Promise<void> {
    await this.#recorder.reopen();
  }

  sampledRequests(query: SampleQuery): readonly SampledRequest[] {
    return this.#published.firewalls?.samples(query) ?? [];
  }

  async testInvoke(invocation: TestInvocation): Promise<TestInvoked> {
    return await this.#testInvoker.invoke(invocation);
  }
}
