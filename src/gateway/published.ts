// What the data plane serves: the published state, compiled, in one immutable value that is swapped whole.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { Credentials, Issuers } from '../authorizers/index.ts';
import type { TlsSettings } from '../config/index.ts';
import { Firewalls } from '../firewall/index.ts';
import { noBackends, type PublishedBackends, type PublishedDomainName } from '../resources/index.ts';
import { readPublishedState, readSnapshot, readV2Snapshot } from '../resources/snapshot-file.ts';
import { PlanCounters } from './pipeline/method-request/plan-counters.ts';
import { compileStage, type PlanTools, type StagePlan } from './pipeline/plan.ts';
import { identityOf, type PlanSource, sourcesOf } from './pipeline/plan-source.ts';
import { report } from './report.ts';
import { HostRouter } from './router/host-router.ts';
import { gateOf } from './tls/domain-tls.ts';
import type { StageHandle } from './websocket/hub.ts';
import {
  keyOf,
  type PublishedSocketStage,
  type PublishedSockets,
  releaseSockets,
  socketStage,
} from './websocket/published-sockets.ts';

/**
 * Milliseconds of compiling between two looks at the sockets. A proxied request needs some four looks, so that a
 * deployment of 300 methods delays it by as many slices.
 */
const sliceMs = 1;

/** What serves the requests of one stage. */
export interface ServedRestStage {
  readonly kind: 'rest';
  readonly plan: StagePlan;
  /** null on a stage without one. */
  readonly canary: {
    readonly plan: StagePlan;
    /** 0 to 1. */
    readonly share: number;
  } | null;
}

export interface ServedSocketStage {
  readonly kind: 'websocket';
  readonly home: StageHandle;
}

export type ServedStage = ServedRestStage | ServedSocketStage;

/** One compiled published state. A request sees one of these from first byte to last. */
export interface Published {
  readonly revision: number;
  readonly hosts: HostRouter<ServedStage>;
  /** Stages; a canary counts with its stage. */
  readonly stageCount: number;
  readonly backends: PublishedBackends;
  readonly domainNames: readonly PublishedDomainName[];
  /** Of this machine. */
  readonly functionNames: ReadonlySet<string>;
  /** Identity -> plan, so that the next state takes over what did not change. */
  readonly plans: ReadonlyMap<string, StagePlan>;
  readonly sockets: PublishedSockets;
  /** Keys and identities: one for the life of the process, so that plans that stay see the new ones. */
  readonly credentials: Credentials;
  /** null before anything was loaded. */
  readonly issuers: Issuers | null;
  /** Likewise. */
  readonly firewalls: Firewalls | null;
  /** null before anything was loaded. */
  readonly planCounters: PlanCounters | null;
}

export interface PublishedOptions {
  readonly dataDir: string;
  readonly processes: number;
  readonly region: string;
  readonly hostSuffix: string;
  /** null, or absent: requests come without TLS. */
  readonly tls?: TlsSettings | null;
}

/** What is served before anything was published. */
export function nothingPublished(options: PublishedOptions): Published {
  return {
    revision: 0,
    hosts: new HostRouter(options.region, options.hostSuffix),
    stageCount: 0,
    backends: noBackends,
    domainNames: [],
    functionNames: new Set(),
    plans: new Map(),
    sockets: new Map(),
    credentials: new Credentials(),
    issuers: null,
    firewalls: null,
    planCounters: null,
  };
}

/**
 * Reads the published state and compiles what changed. Stages that are the same as in `before` keep their plans.
 * @throws Error with one line when a file cannot be read; nothing has changed then
 */
export async function loadPublished(
  options: PublishedOptions,
  before: Published,
  tools: PlanTools,
): Promise<Published> {
  const state = readPublishedState(options.dataDir);
  if (state === null || state.revision === before.revision) return before;
  const hosts = new HostRouter<ServedStage>(state.region, options.hostSuffix);
  const plans = new Map<string, StagePlan>();
  const slice = new Slice();
  const { credentials } = before;
  const issuers = before.issuers ?? new Issuers(tools.upstream, tools.backends, tools.clock, report);
  const planCounters = before.planCounters ?? new PlanCounters(tools.throttle, report);
  const { dataDir, processes } = options;
  const firewalls =
    before.firewalls ?? new Firewalls({ dataDir, counters: tools.throttle, processes, report });
  const planOf = async (source: PlanSource): Promise<StagePlan> => {
    const identity = identityOf(source);
    const plan =
      before.plans.get(identity) ??
      compileStage(source, readSnapshot(options.dataDir, source.deploymentHash), {
        ...tools,
        credentials,
        issuers,
        firewalls,
        planCounters,
      });
    plans.set(identity, plan);
    await slice.rest();
    return plan;
  };
  for (const published of state.stages) {
    const sources = sourcesOf(published, state);
    const plan = await planOf(sources.production);
    const share = (published.canary?.percentTraffic ?? 0) / 100;
    const canary = sources.canary === null ? null : { plan: await planOf(sources.canary), share };
    const { apiId, stage } = published;
    hosts.add(apiId, stage.stageName, { kind: 'rest', plan, canary }, !plan.isDefaultEndpointDisabled);
  }
  const sockets = new Map<string, PublishedSocketStage>();
  for (const published of state.v2Stages ?? []) {
    if (published.protocolType !== 'WEBSOCKET') continue;
    const read = (hash: string) => readV2Snapshot(options.dataDir, hash);
    const served = socketStage(published, state, before.sockets, read, tools);
    sockets.set(keyOf(published), served);
    const { handle, stage } = served;
    const value: ServedSocketStage = { kind: 'websocket', home: handle };
    hosts.add(handle.apiId, handle.stageName, value, !stage.isDefaultEndpointDisabled);
    await slice.rest();
  }
  const { domainNames = [] } = state;
  for (const domain of domainNames) {
    const gate = isRestricted(domain) ? 'shut' : gateOf(options.tls ?? null, domain);
    // One that is shut leads nowhere: without it a wildcard beside it would stand in for it.
    if (gate === 'shut') hosts.addDomain(domain.domainName, []);
    else hosts.addDomain(domain.domainName, domain.mappings, gate);
  }
  // Last, when nothing can fail any more.
  credentials.adopt(state);
  issuers.adopt(state);
  firewalls.adopt(state);
  planCounters.keep((member) => credentials.planMembers.has(member));
  const { revision, stages, backends = noBackends, functions = [] } = state;
  const functionNames = new Set(functions.map(({ functionName }) => functionName));
  const stageCount = stages.length + sockets.size;
  return {
    revision,
    hosts,
    stageCount,
    backends,
    domainNames,
    functionNames,
    plans,
    sockets,
    credentials,
    issuers,
    firewalls,
    planCounters,
  };
}

/**
 * A domain name that lets in only some clients, by a check that this release cannot make, is not served at all: its
 * requests are answered 403 Forbidden, as those of an unknown host.
 */
function isRestricted(domain: PublishedDomainName): boolean {
  return domain.endpointType === 'PRIVATE' || (domain.policy ?? '') !== '';
}

/** Compiles every plan that is not compiled yet, a slice at a time. A plan that fails is told and served as a 500. */
export async function warm(published: Published): Promise<void> {
  const slice = new Slice();
  for (const stage of published.plans.values()) {
    for (const lazy of stage.plans) {
      try {
        lazy.warm();
      } catch (error) {
        report(error);
      }
      await slice.rest();
    }
  }
}

/** Gives back to the throttle what the plans of `before` held and those of `after` do not. */
export function release(before: Published, after: Published): void {
  for (const [identity, plan] of before.plans) if (!after.plans.has(identity)) plan.close();
  releaseSockets(before.sockets, after.sockets);
}

/** Yields to the event loop when a slice of work is used up. */
class Slice {
  #startedMs = performance.now();

  async rest(): Promise<void> {
    if (performance.now() - this.#startedMs < sliceMs) return;
    await nextTurn();
    this.#startedMs = performance.now();
  }
}
