// Backends in the metrics: several processes are one, and there is a maximum.

import assert from 'node:assert/strict';
import test from 'node:test';
import { prometheusText } from '../../src/observability/prometheus.ts';
import { emptyStats, mergeStats, retiredStats } from '../../src/observability/stats.ts';
import {
  mergeUpstreams,
  type UpstreamTargetStats,
  upstreamTargetsMax,
} from '../../src/observability/upstream-stats.ts';

const one: UpstreamTargetStats = {
  pool: 'app',
  target: '10.0.0.1:80',
  requests: 5,
  failures: { connect: 2 },
  retries: 1,
  ejections: 1,
  breakerOpened: 1,
  breakerOpen: 1,
  healthy: 1,
  outstanding: 3,
  connections: 4,
};

test('upstream stats: what several processes say of one target is added', () => {
  const other = { ...one, failures: { connect: 1, timeout: 1 }, healthy: 0 };
  const elsewhere = { ...one, pool: null };
  assert.deepEqual(mergeUpstreams([one, elsewhere, other]), [
    {
      pool: 'app',
      target: '10.0.0.1:80',
      requests: 10,
      failures: { connect: 3, timeout: 1 },
      retries: 2,
      ejections: 2,
      breakerOpened: 2,
      breakerOpen: 2,
      healthy: 1,
      outstanding: 6,
      connections: 8,
    },
    elsewhere,
  ]);
});

test('upstream stats: beyond the maximum the idlest are one, and no count is lost', () => {
  const many = Array.from({ length: upstreamTargetsMax + 50 }, (_, i) => ({
    ...one,
    target: `t${i}`,
    requests: i,
  }));
  const merged = mergeUpstreams(many);
  assert.equal(merged.length, upstreamTargetsMax);
  assert.deepEqual([merged[0]!.target, merged.at(-1)!.target], [`t${many.length - 1}`, 'other']);
  const sum = (list: readonly UpstreamTargetStats[]): number =>
    list.reduce((total, { requests }) => total + requests, 0);
  assert.equal(sum(merged), sum(many));
});

test('upstream stats: a retired process leaves its counts and takes its state away', () => {
  const stats = { ...emptyStats, upstreams: [one] };
  const [merged] = mergeStats([retiredStats(stats), stats]).upstreams!;
  assert.deepEqual(
    [merged!.requests, merged!.healthy, merged!.outstanding, merged!.connections],
    [10, 1, 3, 4],
  );
});

test('upstream stats: Prometheus is told of each target, and of its failures by kind', () => {
  const lines = prometheusText({ ...emptyStats, upstreams: [one] }).split('\n');
  for (const line of [
    'sluice_upstream_requests_total{pool="app",target="10.0.0.1:80"} 5',
    'sluice_upstream_retries_total{pool="app",target="10.0.0.1:80"} 1',
    'sluice_upstream_ejections_total{pool="app",target="10.0.0.1:80"} 1',
    'sluice_upstream_breaker_opened_total{pool="app",target="10.0.0.1:80"} 1',
    'sluice_upstream_breaker_open{pool="app",target="10.0.0.1:80"} 1',
    'sluice_upstream_healthy{pool="app",target="10.0.0.1:80"} 1',
    'sluice_upstream_outstanding{pool="app",target="10.0.0.1:80"} 3',
    'sluice_upstream_connections{pool="app",target="10.0.0.1:80"} 4',
    'sluice_upstream_failures_total{pool="app",target="10.0.0.1:80",kind="connect"} 2',
  ])
    assert.ok(lines.includes(line), line);
});
