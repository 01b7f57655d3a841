// What a rule has done: counts for metrics, and samples of requests for whoever wants to see why.

import type { Exchange } from '../exchange/exchange.ts';
import type { FirewallVerdict, SampledRequest, VisibilityConfig } from '../resources/index.ts';

const samplesMax = 100;
/** Between two samples: what comes meanwhile is only counted. */
const sampleNs = 100e6;

export class RuleCounts {
  readonly metricName: string;
  readonly ruleName: string;
  readonly groupName: string | null;
  readonly #samples: SampledRequest[] = [];
  /** Whether metrics tell of it. */
  readonly isMeasured: boolean;
  readonly #isSampled: boolean;
  readonly #counts = { ALLOW: 0, BLOCK: 0, COUNT: 0 };
  #next = 0;
  #unsampled = 0;
  #sampledNs = -Infinity;

  constructor(visibility: VisibilityConfig, ruleName: string, groupName: string | null) {
    this.metricName = visibility.MetricName;
    this.ruleName = ruleName;
    this.groupName = groupName;
    this.isMeasured = visibility.CloudWatchMetricsEnabled;
    this.#isSampled = visibility.SampledRequestsEnabled;
  }

  /** @param sample - called for the few requests that are kept */
  add(action: FirewallVerdict, nowNs: number, sample: (weight: number) => SampledRequest): void {
    this.#counts[action]++;
    if (!this.#isSampled) return;
    this.#unsampled++;
    if (nowNs - this.#sampledNs < sampleNs) return;
    this.#sampledNs = nowNs;
    this.#samples[this.#next] = sample(this.#unsampled);
    this.#next = (this.#next + 1) % samplesMax;
    this.#unsampled = 0;
  }

  samples(): readonly SampledRequest[] {
    return this.#samples;
  }

  counts(): readonly (readonly [FirewallVerdict, number])[] {
    return Object.entries(this.#counts).filter(([, count]) => count > 0) as [FirewallVerdict, number][];
  }

  /** A rule that was changed goes on counting. */
  take(other: RuleCounts): void {
    for (const action of Object.keys(this.#counts) as FirewallVerdict[])
      this.#counts[action] += other.#counts[action];
    this.#samples.push(...other.#samples);
    this.#next = this.#samples.length % samplesMax;
  }
}

/** Fields whose values are secrets. */
const secret: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-api-key',
  'x-amz-security-token',
]);

const headersMax = 40;
const valueCharactersMax = 256;

/** Header fields as a sample keeps them. */
export function sampledHeaders({ headers }: Exchange): string[] {
  return headers.slice(0, 2 * headersMax).map((text, i, all) => {
    if (i % 2 === 0) return text;
    return secret.has(all[i - 1]!) ? 'REDACTED' : text.slice(0, valueCharactersMax);
  });
}
