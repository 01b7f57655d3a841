// The web ACLs of a process, as the published state has them: replaced at each publish, while the plans that ask stay.

import type { Phase } from '../exchange/phase.ts';
import type {
  FirewallRuleCount,
  PublishedFirewall,
  PublishedState,
  SampledRequest,
  SampleQuery,
  WebAcl,
} from '../resources/index.ts';
import type { FirewallTools, References } from './compile-context.ts';
import { type CompiledWebAcl, compileWebAcl } from './compile-web-acl.ts';
import { countriesPath, countriesStamp, loadCountries } from './countries.ts';
import { type FirewallPhaseTools, judge, refuseUnevaluated } from './firewall.ts';
import { loadInjection } from './injection.ts';
import { type Counters, RateBudget } from './rate-keys.ts';
import type { RuleCounts } from './rule-counts.ts';

const nothing: PublishedFirewall = { webAcls: [], ruleGroups: [], ipSets: [], regexPatternSets: [] };

export interface FirewallOptions {
  readonly dataDir: string;
  readonly counters: Counters;
  readonly processes: number;
  /** Told of a web ACL that cannot be compiled. */
  readonly report: (line: string) => void;
}

/** A web ACL by its ARN: the same for the life of the process, so that plans that stay see what it is now. */
interface Place {
  compiled: CompiledWebAcl | null;
  /** Equal for what compiles to the same. */
  identity: string;
  /** Why there is none, for the log. */
  reason: string;
}

export class Firewalls {
  readonly #tools: FirewallTools & { countriesStamp(): string };
  readonly #report: (line: string) => void;
  readonly #places = new Map<string, Place>();

  constructor({ dataDir, counters, processes, report }: FirewallOptions) {
    this.#report = report;
    this.#tools = { counters, budget: new RateBudget(processes), ...processTools(dataDir) };
  }

  /** From now on requests are judged by these. */
  adopt({ firewall = nothing }: Pick<PublishedState, 'firewall'>): void {
    const references = referencesIn(firewall);
    const seen = new Set<string>();
    for (const webAcl of firewall.webAcls) {
      seen.add(webAcl.ARN);
      const place = this.#placeOf(webAcl.ARN);
      const identity = this.#identityOf(webAcl, firewall);
      // What could not be compiled may have lacked something that is there now.
      if (place.compiled !== null && place.identity === identity) continue;
      const before = place.compiled;
      place.identity = identity;
      try {
        const compiled = compileWebAcl(webAcl, references, this.#tools);
        if (before !== null) goOnCounting(before, compiled);
        place.compiled = compiled;
      } catch (error) {
        place.compiled = null;
        place.reason = ` (${(error as Error).message})`;
        this.#report(`Web ACL "${webAcl.ARN}" cannot be evaluated: ${(error as Error).message}`);
      }
      before?.close();
    }
    for (const [arn, place] of this.#places) {
      if (seen.has(arn)) continue;
      place.compiled?.close();
      Object.assign(place, unknown());
    }
  }

  /** Judges the requests of a stage. @param arn - of its web ACL, which may come later */
  phaseOf(arn: string, tools: FirewallPhaseTools): Phase {
    const place = this.#placeOf(arn);
    return (exchange) =>
      place.compiled === null
        ? refuseUnevaluated(exchange, arn, place.reason, tools)
        : judge(exchange, place.compiled, tools);
  }

  stats(): FirewallRuleCount[] {
    return [...this.#places.values()].flatMap(({ compiled }) =>
      compiled === null
        ? []
        : countsOf(compiled)
            .filter(({ isMeasured }) => isMeasured)
            .flatMap((counts) =>
              counts.counts().map(([action, count]) => ({
                webAcl: compiled.name,
                rule: counts.metricName,
                ruleGroup: counts.groupName,
                action,
                count,
              })),
            ),
    );
  }

  samples({ webAclArn, metricName, fromMs, toMs }: SampleQuery): SampledRequest[] {
    const compiled = this.#places.get(webAclArn)?.compiled;
    if (compiled === null || compiled === undefined) return [];
    return countsOf(compiled)
      .filter((counts) => counts.metricName === metricName)
      .flatMap((counts) => counts.samples())
      .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  }

  /** Equal for what compiles to the same. */
  #identityOf(webAcl: WebAcl, firewall: PublishedFirewall): string {
    const text = JSON.stringify([webAcl, ...namedBy(webAcl.Rules, firewall)]);
    return text.includes('"GeoMatchStatement"') ? `${this.#tools.countriesStamp()} ${text}` : text;
  }

  #placeOf(arn: string): Place {
    const known = this.#places.get(arn);
    if (known !== undefined) return known;
    const place = unknown();
    this.#places.set(arn, place);
    return place;
  }
}

const unknown = (): Place => ({ compiled: null, identity: '', reason: '' });

const countsOf = ({ steps, defaultCounts }: CompiledWebAcl): RuleCounts[] => [
  ...steps.map(({ counts }) => counts),
  defaultCounts,
];

/** A counter of a rule that was changed does not go back. */
function goOnCounting(before: CompiledWebAcl, after: CompiledWebAcl): void {
  const keyOf = ({ groupName, ruleName, metricName }: RuleCounts) =>
    JSON.stringify([groupName, ruleName, metricName]);
  const known = new Map(countsOf(before).map((counts) => [keyOf(counts), counts]));
  for (const counts of countsOf(after)) {
    const earlier = known.get(keyOf(counts));
    if (earlier !== undefined) counts.take(earlier);
  }
}

/** What the process has, looked for when a rule first needs it. */
export function processTools(
  dataDir: string,
): Pick<FirewallTools, 'injection' | 'countries'> & { countriesStamp(): string } {
  const file = countriesPath(dataDir);
  return {
    countriesStamp: () => {
      try {
        return countriesStamp(file);
      } catch {
        return '';
      }
    },
    injection: () => {
      const loaded = loadInjection();
      return 'injection' in loaded ? loaded.injection : loaded.absent;
    },
    countries: () => {
      try {
        return loadCountries(file);
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
}

function referencesIn(firewall: PublishedFirewall): References {
  const byArn = <T extends { readonly ARN: string }>(list: readonly T[]) => {
    const map = new Map(list.map((one) => [one.ARN, one]));
    return (arn: string): T | null => map.get(arn) ?? null;
  };
  return {
    ipSet: byArn(firewall.ipSets),
    regexPatternSet: byArn(firewall.regexPatternSets),
    ruleGroup: byArn(firewall.ruleGroups),
  };
}

/** Everything that rules name, and what that names. */
function namedBy(rules: unknown, firewall: PublishedFirewall): { readonly ARN: string }[] {
  const all = [...firewall.ipSets, ...firewall.regexPatternSets, ...firewall.ruleGroups];
  const arns = new Set(arnsIn(rules));
  for (const group of firewall.ruleGroups)
    if (arns.has(group.ARN)) for (const arn of arnsIn(group.Rules)) arns.add(arn);
  return all.filter(({ ARN }) => arns.has(ARN));
}

/** What rules name. */
export const arnsIn = (rules: unknown): string[] => textsNamed('ARN', rules);

/** Texts that are the value of a member with that name, at any depth. */
export function textsNamed(wanted: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    name === wanted && typeof one === 'string' ? [one] : textsNamed(wanted, one),
  );
}
