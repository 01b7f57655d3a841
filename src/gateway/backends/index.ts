// Backends that the published state names, as integrations find them: the pools behind VPC links, services, roles.

import { type Clock, systemClock } from '../../base/clock.ts';
import type { Backends } from '../../exchange/backends.ts';
import type { UpstreamHandler, UpstreamRequest, UpstreamTarget } from '../../exchange/upstream.ts';
import type { UpstreamTargetStats } from '../../observability/stats.ts';
import { noBackends, type PublishedBackends } from '../../resources/index.ts';
import { createUpstream, type UpstreamClient } from '../upstream/index.ts';
import { poolNameOf } from './address.ts';
import { askOverTheWire } from './ask-health.ts';
import { BalancedCall } from './balanced-call.ts';
import { Cluster, type ClusterTools } from './cluster.ts';
import { type NameResolver, systemResolver } from './resolver.ts';
import { type Scheduler, systemScheduler } from './scheduler.ts';
import { connectionsOf, wayOf } from './way.ts';

export interface BackendsOptions {
  /** Makes the connections. Default: an upstream of its own. */
  readonly upstream?: UpstreamClient;
  /** Roles of the account, where the configuration says nothing of them. Default: there are none. */
  readonly ownRole?: Backends['role'];
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  readonly resolver?: NameResolver;
  /** 0 up to, not including, 1. */
  readonly random?: () => number;
  /** In place of the wire, for simulations. */
  readonly connect?: ClusterTools['connect'];
  readonly askHealth?: ClusterTools['askHealth'];
}

export interface FollowingBackends extends Backends {
  /** Takes over what is published now: targets that stay keep their state, others come and go. */
  adopt(published: PublishedBackends): void;
  /** What was counted for each target. */
  stats(): UpstreamTargetStats[];
  /** Ends health checks and lookups; calls under way go on, new ones fail. */
  close(): void;
}

/** Makes the backends of one data plane, empty until the first `adopt`. */
export function createBackends(options: BackendsOptions = {}): FollowingBackends {
  const upstream = options.upstream ?? createUpstream();
  const tools: ClusterTools = {
    clock: options.clock ?? systemClock,
    scheduler: options.scheduler ?? systemScheduler,
    resolver: options.resolver ?? systemResolver(),
    random: options.random ?? Math.random,
    connect: options.connect ?? ((pool, member, way) => connectionsOf(upstream, pool, member, way)),
    askHealth: options.askHealth ?? ((pool, check) => askOverTheWire(upstream, pool, check)),
  };
  const clusters = new Map<string, Cluster>();
  /** By VPC link: its pool, or what is missing. */
  let links = new Map<string, Cluster | string>();
  let current: PublishedBackends = noBackends;

  function adopt(published: PublishedBackends): void {
    current = published;
    const gone = new Map(clusters);
    for (const pool of published.pools) {
      const cluster = clusters.get(pool.name);
      gone.delete(pool.name);
      if (cluster === undefined) clusters.set(pool.name, new Cluster(pool, tools));
      else cluster.adopt(pool);
    }
    for (const [name, cluster] of gone) {
      clusters.delete(name);
      cluster.close();
    }
    links = new Map(published.vpcLinks.map(({ id, targetArns }) => [id, behind(id, targetArns, clusters)]));
  }

  return {
    adopt,
    linked(connectionId, origin, targetOptions): UpstreamTarget {
      const way = wayOf(origin, targetOptions);
      return {
        send(request: UpstreamRequest, handler: UpstreamHandler) {
          const found = links.get(connectionId) ?? `there is no VPC link "${connectionId}"`;
          return typeof found === 'string'
            ? refusal(handler, found)
            : new BalancedCall(found, way, request, handler);
        },
      };
    },
    service: (name) => current.services.find(({ service }) => service === name) ?? null,
    role: (roleArn) =>
      current.roles.find((role) => role.roleArn === roleArn) ?? options.ownRole?.(roleArn) ?? null,
    introspection: (name) => current.introspection?.find((one) => one.name === name) ?? null,
    stats: () => Array.from(clusters.values(), (cluster) => cluster.stats()).flat(),
    close(): void {
      for (const cluster of clusters.values()) cluster.close();
      clusters.clear();
      links = new Map(current.vpcLinks.map(({ id }) => [id, 'the gateway is closing']));
    },
  };
}

/** A VPC link leads to the first of its targets that is a pool. */
function behind(
  linkId: string,
  targetArns: readonly string[],
  clusters: ReadonlyMap<string, Cluster>,
): Cluster | string {
  for (const arn of targetArns) {
    const cluster = clusters.get(poolNameOf(arn));
    if (cluster !== undefined) return cluster;
  }
  const names = targetArns.map((arn) => `"${poolNameOf(arn)}"`).join(', ');
  return `the VPC link "${linkId}" leads nowhere: there is no pool ${names === '' ? 'among its targets' : names}`;
}

function refusal(handler: UpstreamHandler, detail: string) {
  let isOver = false;
  process.nextTick(() => {
    if (!isOver) handler.onError({ kind: 'connect', source: 'ourselves', detail, retrySafe: true });
  });
  const abort = (): void => {
    isOver = true;
  };
  return { abort, pause: () => {}, resume: () => {} };
}
