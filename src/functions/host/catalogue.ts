// The functions that are served, by all the names they may be called.

import type { Policy } from '../../policy/index.ts';
import type { FunctionEventInvokeConfig, PublishedFunction } from '../../resources/index.ts';
import type { Fleet } from './fleet.ts';
import { parseFunctionName } from './function-name.ts';
import { FunctionState } from './function-state.ts';
import type { HostedFunctions } from './index.ts';
import { PolicyCache } from './permission.ts';
import { VersionPool } from './pool.ts';
import { accessDenied, functionNotFound, otherRegion, type Refusal } from './refusal.ts';

/** Of an alias that shares out: up to which random number which version. */
interface Share {
  readonly below: number;
  readonly pool: VersionPool;
}

/** What a name and a qualifier stand for. */
export class Target {
  readonly state: FunctionState;
  readonly functionArn: string;
  /** As it was called: with its qualifier, if it was called with one. */
  readonly invokedArn: string;
  /** '' of the unqualified function. */
  readonly qualifier: string;
  /** null: nobody gave a service leave. */
  readonly policy: Policy | null;
  /** What statements of the policy name. */
  readonly policyArn: string;
  readonly eventInvokeConfig: FunctionEventInvokeConfig | null;
  readonly #pool: VersionPool;
  readonly #shares: readonly Share[];

  constructor(hosted: HostedFunction, qualifier: string, pool: VersionPool, shares: readonly Share[]) {
    const { published } = hosted;
    this.state = hosted.state;
    this.functionArn = published.functionArn;
    this.qualifier = qualifier;
    this.invokedArn = qualifier === '' ? published.functionArn : `${published.functionArn}:${qualifier}`;
    // $LATEST has no policy of its own: AddPermission refuses it as a qualifier.
    const isUnqualified = qualifier === '' || (qualifier === '$LATEST' && !hosted.policies.has('$LATEST'));
    this.policy = hosted.policies.get(isUnqualified ? '' : qualifier) ?? null;
    this.policyArn = isUnqualified ? published.functionArn : this.invokedArn;
    this.eventInvokeConfig = hosted.eventInvokeConfigs.get(qualifier === '' ? '$LATEST' : qualifier) ?? null;
    this.#pool = pool;
    this.#shares = shares;
  }

  pick(random: () => number): VersionPool {
    if (this.#shares.length === 0) return this.#pool;
    const drawn = random();
    for (const { below, pool } of this.#shares) if (drawn < below) return pool;
    return this.#pool;
  }
}

interface HostedFunction {
  readonly published: PublishedFunction;
  readonly state: FunctionState;
  readonly pools: ReadonlyMap<string, VersionPool>;
  readonly aliases: ReadonlyMap<string, PublishedFunction['aliases'][number]>;
  readonly policies: ReadonlyMap<string, Policy | null>;
  readonly eventInvokeConfigs: ReadonlyMap<string, FunctionEventInvokeConfig>;
}

/** Names come from callers: those remembered are bounded. */
const namesMax = 10_000;

export class Catalogue {
  readonly #fleet: Fleet;
  readonly #policyCache = new PolicyCache();
  #functions: ReadonlyMap<string, HostedFunction> = new Map();
  /** Of functions served, and of gone ones that still run. */
  #states = new Map<string, FunctionState>();
  #names = new Map<string, Target | Refusal>();
  #accountId = '';
  #region = '';
  #partition = 'aws';

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  get states(): Iterable<FunctionState> {
    return this.#states.values();
  }

  /** Of the functions served. */
  *hosted(): Iterable<{ readonly state: FunctionState; readonly pools: Iterable<VersionPool> }> {
    for (const { state, pools } of this.#functions.values()) yield { state, pools: pools.values() };
  }

  adopt(hosted: HostedFunctions): void {
    const earlier = this.#functions;
    this.#accountId = hosted.accountId;
    this.#region = hosted.region;
    this.#partition = hosted.partition ?? 'aws';
    const policyOf = this.#policyCache.adopt(
      hosted.functions.flatMap(({ policies }) => Object.values(policies)),
      (problem) =>
        this.#fleet.log(`Cannot read a resource policy of a function; it lets nobody in: ${problem}`),
    );
    const functions = new Map<string, HostedFunction>();
    for (const published of hosted.functions) {
      const known = earlier.get(published.functionName);
      functions.set(published.functionName, this.#hostedFunction(published, known, hosted, policyOf));
    }
    this.#functions = functions;
    this.#names = new Map();
    for (const { published, pools } of earlier.values()) {
      const now = functions.get(published.functionName)?.pools;
      for (const [version, pool] of pools) if (now?.get(version) !== pool) pool.retire();
    }
    for (const [name, state] of this.#states)
      if (!functions.has(name) && state.concurrent === 0 && state.eventsQueued === 0)
        this.#states.delete(name);
  }

  /** @param qualifier - where it stands beside the name */
  resolve(functionName: string, qualifier: string | null): Target | Refusal {
    const key = qualifier === null ? functionName : `${functionName}\n${qualifier}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const found = this.#find(functionName, qualifier);
    if (this.#names.size >= namesMax) this.#names.clear();
    this.#names.set(key, found);
    return found;
  }

  stateOf(name: string): FunctionState {
    let state = this.#states.get(name);
    if (state === undefined) {
      state = new FunctionState(name);
      this.#states.set(name, state);
    }
    return state;
  }

  #find(functionName: string, qualifier: string | null): Target | Refusal {
    const reference = parseFunctionName(functionName, qualifier);
    if ('status' in reference) return reference;
    const { name, region, accountId } = reference;
    const asked = reference.qualifier ?? '';
    const arn = `arn:${this.#partition}:lambda:${region ?? this.#region}:${accountId ?? this.#accountId}:function:${name}${asked === '' ? '' : `:${asked}`}`;
    if (region !== null && region !== this.#region) return otherRegion(region, this.#region);
    // What other accounts have cannot be known, nor may be.
    if (accountId !== null && accountId !== this.#accountId) return accessDenied('anonymous', arn, false);
    const hosted = this.#functions.get(name);
    return (hosted === undefined ? null : targetOf(hosted, asked)) ?? functionNotFound(arn);
  }

  #hostedFunction(
    published: PublishedFunction,
    known: HostedFunction | undefined,
    { accountId, region }: HostedFunctions,
    policyOf: (text: string) => Policy | null,
  ): HostedFunction {
    const state = this.stateOf(published.functionName);
    state.reservedConcurrency = published.reservedConcurrency;
    const pools = new Map<string, VersionPool>();
    for (const given of published.versions) {
      // An earlier gateway has published nothing of it, and what it published is served until the store is read.
      const version = { ...given, concurrencyPerEnvironment: given.concurrencyPerEnvironment ?? 1 };
      const { functionName, functionArn } = published;
      const spec = { functionName, functionArn, version, accountId, region };
      const old = known?.pools.get(version.version);
      const isSame =
        old !== undefined && old.state === state && JSON.stringify(old.spec) === JSON.stringify(spec);
      pools.set(version.version, isSame ? old : new VersionPool(spec, state, this.#fleet));
    }
    return {
      published,
      state,
      pools,
      aliases: new Map(published.aliases.map((alias) => [alias.name, alias])),
      policies: new Map(Object.entries(published.policies).map(([key, text]) => [key, policyOf(text)])),
      eventInvokeConfigs: new Map(Object.entries(published.eventInvokeConfigs)),
    };
  }
}

/** @returns null when the function has no such version or alias, or an alias of a version that is gone */
function targetOf(hosted: HostedFunction, qualifier: string): Target | null {
  const own = hosted.pools.get(qualifier === '' ? '$LATEST' : qualifier);
  if (own !== undefined) return new Target(hosted, qualifier, own, []);
  const alias = hosted.aliases.get(qualifier);
  const pool = alias === undefined ? undefined : hosted.pools.get(alias.functionVersion);
  if (alias === undefined || pool === undefined) return null;
  let below = 0;
  const shares: Share[] = [];
  for (const [version, weight] of Object.entries(alias.additionalVersionWeights)) {
    const other = hosted.pools.get(version);
    if (other === undefined || weight <= 0) continue;
    below += weight;
    shares.push({ below, pool: other });
  }
  return new Target(hosted, qualifier, pool, shares);
}
