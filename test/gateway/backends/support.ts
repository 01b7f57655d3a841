// Pools for tests: settings with defaults, and backends that follow them.

import type { TestContext } from 'node:test';
import type { UpstreamTarget } from '../../../src/exchange/upstream.ts';
import {
  type BackendsOptions,
  createBackends,
  type FollowingBackends,
} from '../../../src/gateway/backends/index.ts';
import { createUpstream, type UpstreamOptions } from '../../../src/gateway/upstream/index.ts';
import { noBackends, type PublishedBackends, type TargetPool } from '../../../src/resources/index.ts';

export const verified = { insecureSkipVerification: false };

/** A pool named `app`; targets are addresses of weight 1, or address and weight. */
export function poolOf(
  targets: readonly (string | readonly [string, number])[],
  settings: Partial<TargetPool> = {},
): TargetPool {
  return {
    name: 'app',
    targets: targets.map((target) =>
      typeof target === 'string' ? { address: target, weight: 1 } : { address: target[0], weight: target[1] },
    ),
    balance: 'roundRobin',
    healthCheck: null,
    outlierDetection: {
      consecutiveFailures: 3,
      baseEjectionMs: 60_000,
      maxEjectionMs: 300_000,
      maxEjectedPercent: 50,
    },
    slowStartMs: 0,
    connectionsMax: 100,
    queuedMax: 100,
    drainMs: 5_000,
    retryBudgetPercent: 20,
    ca: null,
    proxy: null,
    ...settings,
  };
}

/** What is published when the VPC link `link1` leads to the pools. */
export function publishedOf(...pools: readonly TargetPool[]): PublishedBackends {
  const arn = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/app/50dc6c495c0c9188';
  return { ...noBackends, pools, vpcLinks: [{ id: 'link1', targetArns: [arn] }] };
}

export function backendsOf(
  t: TestContext,
  pool: TargetPool,
  options: BackendsOptions & { limits?: UpstreamOptions } = {},
): FollowingBackends {
  const upstream = createUpstream(options.limits);
  const backends = createBackends({ upstream, ...options });
  backends.adopt(publishedOf(pool));
  t.after(() => {
    backends.close();
    upstream.close();
  });
  return backends;
}

/** Through `link1`, to `http://app.internal` unless told otherwise. */
export function linkedOf(
  t: TestContext,
  pool: TargetPool,
  options: BackendsOptions & { limits?: UpstreamOptions } = {},
  origin = 'http://app.internal',
): UpstreamTarget {
  return backendsOf(t, pool, options).linked('link1', origin, verified);
}

/** `127.0.0.1:1234` of `http://127.0.0.1:1234`. */
export const addressOf = (origin: string): string => new URL(origin).host;

/** Time that a test moves. */
export function handClock() {
  let ms = 1_000;
  return {
    clock: { nowMs: () => ms, monotonicNs: () => ms * 1e6 },
    pass: (by: number) => {
      ms += by;
    },
  };
}
