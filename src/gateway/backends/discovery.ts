// The targets of a pool's text, looked up and looked up again: each address of a name is a target.

import type { PoolTarget } from '../../resources/index.ts';
import { parseTarget, type TargetText } from './address.ts';
import { byAddress, type FoundService, type NameResolver } from './resolver.ts';
import type { Scheduler } from './scheduler.ts';

/** One address to send calls to. */
export interface Found {
  /** Identity: the same address keeps its state. Also the label in metrics and logs. */
  readonly key: string;
  readonly place: { readonly host: string; readonly port: number | null } | { readonly path: string };
  /** The name that was looked up, for TLS health checks; null for an address. */
  readonly name: string | null;
  readonly weight: number;
  /** Of DNS SRV; 0 for all others. */
  readonly priority: number;
}

/** Between two looks at a name, unless its time to live says otherwise. */
const intervalMs = 10_000;
const ttlMsMin = 1_000;
const ttlMsMax = 60_000;
/** A lookup that failed is tried again after so long; what was found before stays. */
const retryMs = 2_000;
/** Nobody waits longer for the first answer; late ones count all the same. */
const firstMsMax = 5_000;
/** Of one pool, by all its names. Further ones are left out. */
const foundMax = 1_000;

/** Follows the targets of one pool. `onChange` is called with all of them whenever they may have changed. */
export class Discovery {
  readonly #resolver: NameResolver;
  readonly #scheduler: Scheduler;
  readonly #onChange: () => void;
  #sources = new Map<string, Source>();
  #isProxied = false;

  constructor(resolver: NameResolver, scheduler: Scheduler, onChange: () => void) {
    this.#resolver = resolver;
    this.#scheduler = scheduler;
    this.#onChange = onChange;
  }

  /**
   * Takes over another list; names that stay are not looked up anew.
   * @param isProxied - names are the proxy's to look up: often it alone can
   */
  follow(targets: readonly PoolTarget[], isProxied: boolean): void {
    if (isProxied !== this.#isProxied) this.close();
    const before = isProxied === this.#isProxied ? this.#sources : new Map<string, Source>();
    this.#isProxied = isProxied;
    this.#sources = new Map();
    for (const { address, weight } of targets) {
      const text = parseTarget(address);
      if (text === null) continue;
      const parsed: TargetText = isProxied && text.kind === 'name' ? { ...text, kind: 'address' } : text;
      const source =
        before.get(address) ??
        new Source(address, parsed, isProxied, this.#resolver, this.#scheduler, this.#onChange);
      before.delete(address);
      source.weight = weight;
      this.#sources.set(address, source);
    }
    for (const gone of before.values()) gone.close();
    this.#onChange();
    for (const source of this.#sources.values()) source.start();
  }

  /** A name has not been looked up yet, so that targets may be missing. */
  get isPending(): boolean {
    for (const source of this.#sources.values()) if (source.isPending) return true;
    return false;
  }

  found(): Found[] {
    const byKey = new Map<string, Found>();
    for (const source of this.#sources.values())
      for (const one of source.found())
        if (byKey.size < foundMax || byKey.has(one.key)) byKey.set(one.key, one);
    return [...byKey.values()];
  }

  /** Why there are no targets, for the log. */
  get problems(): string {
    return Array.from(this.#sources.values(), ({ problem }) => problem)
      .filter((problem) => problem !== '')
      .join(', ');
  }

  close(): void {
    for (const source of this.#sources.values()) source.close();
  }
}

interface Looked {
  readonly found: readonly Omit<Found, 'weight'>[];
  /** Shares of DNS SRV records, by key; others share alike. */
  readonly weights: ReadonlyMap<string, number>;
  readonly againMs: number;
}

/** One line of the pool's list. */
class Source {
  weight = 1;
  isPending: boolean;
  problem = '';
  readonly #address: string;
  readonly #text: TargetText;
  readonly #isProxied: boolean;
  readonly #resolver: NameResolver;
  readonly #scheduler: Scheduler;
  readonly #onChange: () => void;
  #looked: Looked | null = null;
  #isClosed = false;
  #isStarted = false;
  #cancel: () => void = () => {};

  constructor(
    address: string,
    text: TargetText,
    isProxied: boolean,
    resolver: NameResolver,
    scheduler: Scheduler,
    onChange: () => void,
  ) {
    this.#address = address;
    this.#text = text;
    this.#isProxied = isProxied;
    this.#resolver = resolver;
    this.#scheduler = scheduler;
    this.#onChange = onChange;
    this.isPending = text.kind === 'name' || text.kind === 'srv';
  }

  start(): void {
    if (!this.isPending || this.#isStarted) return;
    this.#isStarted = true;
    const giveUp = this.#scheduler.after(firstMsMax, () => this.#known());
    void this.#look().finally(giveUp);
  }

  found(): Found[] {
    const text = this.#text;
    if (text.kind === 'unix')
      return [
        { key: this.#address, place: { path: text.path }, name: null, weight: this.weight, priority: 0 },
      ];
    if (text.kind === 'address') {
      const { host, port } = text;
      return [{ key: this.#address, place: { host, port }, name: null, weight: this.weight, priority: 0 }];
    }
    const looked = this.#looked;
    if (looked === null) return [];
    return looked.found.map((one) => ({ ...one, weight: this.weight * (looked.weights.get(one.key) ?? 1) }));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    let againMs = retryMs;
    try {
      this.#looked = await this.#ask();
      this.problem = '';
      againMs = this.#looked.againMs;
    } catch (error) {
      this.problem = `cannot look up "${this.#address}": ${(error as Error).message}`;
    }
    if (this.#isClosed) return;
    this.#known();
    this.#cancel = this.#scheduler.after(againMs, () => void this.#look());
  }

  #known(): void {
    if (this.#isClosed) return;
    this.isPending = false;
    this.#onChange();
  }

  #ask(): Promise<Looked> {
    const text = this.#text;
    if (text.kind === 'srv') return this.#askServices(text.name);
    const { host, port } = text as Extract<TargetText, { kind: 'name' }>;
    return this.#askAddresses(host, port, 0);
  }

  async #askAddresses(host: string, port: number | null, priority: number): Promise<Looked> {
    const { addresses, ttlMs } = this.#isProxied
      ? { addresses: [host], ttlMs: null }
      : await this.#resolver.addresses(host);
    const found = [...addresses].sort(byAddress).map((address) => ({
      key: keyOf(address, port),
      place: { host: address, port },
      name: host,
      priority,
    }));
    const againMs = ttlMs === null ? intervalMs : Math.min(ttlMsMax, Math.max(ttlMsMin, ttlMs));
    return { found, weights: new Map(), againMs };
  }

  /** A record's share is divided among its addresses, so that one with two of them gets no more than its own. */
  async #askServices(name: string): Promise<Looked> {
    const services = (await this.#resolver.services(name)).slice(0, foundMax);
    const answers = await Promise.allSettled(
      services.map((one) => this.#askAddresses(one.name, one.port, one.priority)),
    );
    const found: Looked['found'][number][] = [];
    const weights = new Map<string, number>();
    let againMs = intervalMs;
    let failure: unknown = null;
    for (const [i, answer] of answers.entries()) {
      if (answer.status === 'rejected') failure = answer.reason;
      else {
        found.push(...answer.value.found);
        againMs = Math.min(againMs, answer.value.againMs);
        for (const { key } of answer.value.found)
          weights.set(key, shareOf(services[i]!) / answer.value.found.length);
      }
    }
    if (found.length === 0) throw failure ?? new Error(`"${name}" has no SRV records`);
    return { found, weights, againMs };
  }
}

/** Records of weight 0 are chosen rarely beside others, and evenly among themselves (RFC 2782). */
const shareOf = ({ weight }: FoundService): number => Math.max(weight, 0.01);

function keyOf(address: string, port: number | null): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === null ? host : `${host}:${port}`;
}
