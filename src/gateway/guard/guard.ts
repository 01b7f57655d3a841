// Protects the listener from those who ask too much of it: how fast and how often one address may connect, what its
// requests may cost, and what is turned away when the event loop is late. Knows addresses, never APIs or keys.
//
// A request costs a comparison: most are not looked at. Every 16th on average is charged for itself and those before it, and
// only while some address owes too much, or work is being turned away, are all of them looked at.

import type { Clock } from '../../base/clock.ts';
import { openFilesMax } from '../../base/open-files.ts';
import type { GuardSettings } from '../../config/index.ts';
import { compileIpRange, type IpRange } from '../../policy/index.ts';
import { type AddressKey, AddressTable, ipv4Inside, isMapped, keyOf } from './address-table.ts';
import { Overload } from './overload.ts';

/** Why a request is turned away. */
export type GuardRefusal = 'address-over-budget' | 'overloaded';
export type ConnectionRefusal = 'rate' | 'too-many-of-address' | 'too-many' | 'overloaded';

/** What is done last when not everything can be done: the lower it is, the longer it is served. */
export type Priority =
  | 'health' // always
  | 'administration' // within its address's budget
  | 'ordinary'
  | 'upgrade'; // work without an end

export interface GuardOptions {
  readonly settings: GuardSettings;
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
}

export interface GuardFigures {
  readonly refusedConnections: Readonly<Record<ConnectionRefusal, number>>;
  readonly refusedRequests: Readonly<Record<GuardRefusal, number>>;
  /** Addresses that owe something. */
  readonly addresses: number;
  /** Part of ordinary requests that is turned away now. */
  readonly shedShare: number;
}

/** What things cost, in requests of an ordinary kind. */
export const costs = {
  request: 1,
  /** Each 16 KiB of a body. */
  bodyPart: 1,
  /** A connection without TLS costs the kernel more than us. */
  connection: 2,
  /** One signature by the server's key, 0.1 to 1 ms. */
  handshake: 20,
  /** What the listener refused: malformed, too long. Nobody honest sends it often. */
  refusal: 8,
} as const;

const bodyPartBytes = 16_384;
/** Bodies above it are looked at one by one. */
export const bodyBytesUnseenMax = 65_536;
const sampleMax = 16;
/** However much an address has asked, it has its full rate again this long after it stopped. */
const debtMaxMs = 10_000;
const retryAfterMax = 10;
/** Sums of fractions of milliseconds are not exact. */
const roundingMs = 0.001;
/** What is left of the open files for connections when nobody says how many. */
const openFilesShare = 0.9;
const connectionsDefault = 1_000_000;

export class Guard {
  /** Requests are looked at one by one. */
  isAlert = false;
  /** Requests until the next that is charged. */
  untilCharge = 1;
  readonly #settings: GuardSettings;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #trusted: readonly IpRange[];
  readonly #table: AddressTable;
  readonly #overload: Overload;
  readonly #key: AddressKey = { high: 0, low: 0 };
  readonly #connectionsMax: number;
  readonly #connectMs: number;
  readonly #costMs: number;
  readonly #sample: number;
  readonly #refusedConnections = { rate: 0, 'too-many-of-address': 0, 'too-many': 0, overloaded: 0 };
  readonly #refusedRequests = { 'address-over-budget': 0, overloaded: 0 };
  /** Keys of addresses that have all the connections they may have; see `crowded`. */
  #crowded: ReadonlySet<string> = new Set();
  #nowMs: number;
  #chargedUntil = 0;
  /** Until then some address owes more than it may. */
  #alertUntilMs = 0;
  /** Since the last count: connections of addresses that are not trusted. */
  admittedCount = 0;

  constructor({ settings, clock, random = Math.random }: GuardOptions) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#trusted = settings.trusted.map((range) => compileIpRange(range)).filter((range) => range !== null);
    this.#table = new AddressTable(settings.addressesMax, Math.floor(random() * 2 ** 32));
    this.#nowMs = clock.monotonicNs() / 1e6;
    this.#overload = new Overload(settings.lagMs, this.#nowMs);
    this.#connectionsMax = settings.connectionsMax || connectionsOf(openFilesMax());
    this.#connectMs = 1_000 / settings.connectRps;
    this.#costMs = 1_000 / settings.costRps;
    // So that a small budget is kept to the request, and a large one to a hundredth.
    this.#sample = Math.max(1, Math.min(sampleMax, Math.floor(settings.costBurst / 200)));
    this.#drawSample();
  }

  /** Every `lookMs`. What is decided between two looks is decided as of the first. */
  look(): void {
    this.#nowMs = this.#clock.monotonicNs() / 1e6;
    this.#overload.look(this.#nowMs);
    this.isAlert = this.#overload.share > 0 || this.#nowMs < this.#alertUntilMs;
  }

  /**
   * Whether a new connection is let in.
   * @param address - four bytes or sixteen
   * @param openCount - connections of this process that are open, this one included
   * @param descriptorsEach - open files that a connection takes
   */
  admits(address: ArrayLike<number>, openCount: number, descriptorsEach = 1): boolean {
    if (this.isTrusted(address)) return true;
    const { connectBurst, connectionsMax } = this.#settings;
    const each = connectionsMax > 0 ? 1 : descriptorsEach;
    if (openCount * each > this.#connectionsMax) return this.#refuseConnection('too-many');
    // New work last of all: a connection is a handshake, and then requests.
    if (this.#random() < 2 * this.#overload.share - 1) return this.#refuseConnection('overloaded');
    keyOf(address, this.#key);
    if (this.#crowded.size > 0 && this.#crowded.has(keyText(this.#key)))
      return this.#refuseConnection('too-many-of-address');
    const place = this.#table.claim(this.#key);
    const full = Math.max(this.#table.connectionsFullAt[place]!, this.#nowMs) + this.#connectMs;
    if (full - this.#nowMs > connectBurst * this.#connectMs + roundingMs)
      return this.#refuseConnection('rate');
    this.#table.connectionsFullAt[place] = full;
    this.#charge(place, costs.connection);
    this.admittedCount++;
    return true;
  }

  /** Charges an address for something that is not a request. */
  charge(address: ArrayLike<number>, cost: number): void {
    if (this.isTrusted(address)) return;
    keyOf(address, this.#key);
    this.#charge(this.#table.claim(this.#key), cost);
  }

  /**
   * Looks at a request: charges its address if it is its turn, and tells whether it is to be turned away.
   * To be called when `isAlert`, when `untilCharge` has come to nothing, and for large bodies.
   * @param bodyBytes - 0 when it has none or they are not told
   */
  judge(address: ArrayLike<number>, priority: Priority, bodyBytes: number): GuardRefusal | null {
    let charge = bodyBytes >= bodyPartBytes ? Math.floor(bodyBytes / bodyPartBytes) * costs.bodyPart : 0;
    // While all are looked at each pays for itself, so that those which were turned away are paid by nobody.
    if (this.isAlert) {
      charge += costs.request;
      this.untilCharge = this.#chargedUntil;
    } else if (this.untilCharge <= 0) {
      charge += this.#chargedUntil * costs.request;
      this.#drawSample();
    }
    if (this.isTrusted(address)) return this.#shed(priority, false);
    keyOf(address, this.#key);
    const place = charge > 0 ? this.#table.claim(this.#key) : this.#table.find(this.#key);
    const owedMs = place < 0 ? 0 : this.#table.costFullAt[place]! - this.#nowMs;
    const allowedMs = this.#settings.costBurst * this.#costMs;
    if (owedMs > allowedMs && priority !== 'health') {
      this.#refusedRequests['address-over-budget']++;
      return 'address-over-budget';
    }
    if (charge > 0) this.#charge(place, charge);
    return this.#shed(priority, owedMs > allowedMs / 4);
  }

  /** Seconds after which it is worth to come again. */
  retryAfter(refusal: GuardRefusal, address: ArrayLike<number>): number {
    if (refusal === 'overloaded') return 1 + Math.floor(this.#random() * 4);
    keyOf(address, this.#key);
    const place = this.#table.find(this.#key);
    const owedMs = place < 0 ? 0 : this.#table.costFullAt[place]! - this.#nowMs;
    const seconds = Math.ceil((owedMs - this.#settings.costBurst * this.#costMs) / 1_000);
    return Math.max(1, Math.min(retryAfterMax, seconds));
  }

  isTrusted(address: ArrayLike<number>): boolean {
    if (this.#trusted.length === 0) return false;
    const bytes = isMapped(address) ? ipv4Inside(address) : (address as readonly number[]);
    for (const range of this.#trusted) if (range.contains(bytes)) return true;
    return false;
  }

  /** Takes over which addresses have as many connections as they may have. @param keys - see `keyText` */
  crowded(keys: ReadonlySet<string>): void {
    this.#crowded = keys;
    this.admittedCount = 0;
  }

  get figures(): GuardFigures {
    return {
      refusedConnections: { ...this.#refusedConnections },
      refusedRequests: { ...this.#refusedRequests },
      addresses: this.#table.countAt(this.#nowMs),
      shedShare: this.#overload.share,
    };
  }

  #shed(priority: Priority, isHeavy: boolean): GuardRefusal | null {
    const { share } = this.#overload;
    if (share === 0 || priority === 'health' || priority === 'administration') return null;
    // Who asks most waits first.
    const chance = isHeavy ? 2 * share : priority === 'upgrade' ? 1.5 * share : share;
    if (this.#random() >= chance) return null;
    this.#refusedRequests.overloaded++;
    return 'overloaded';
  }

  #charge(place: number, cost: number): void {
    const { costFullAt } = this.#table;
    const allowedMs = this.#settings.costBurst * this.#costMs;
    const most = this.#nowMs + allowedMs + debtMaxMs;
    const full = Math.min(most, Math.max(costFullAt[place]!, this.#nowMs) + cost * this.#costMs);
    costFullAt[place] = full;
    if (full - this.#nowMs <= allowedMs) return;
    this.isAlert = true;
    this.#alertUntilMs = Math.max(this.#alertUntilMs, full - allowedMs);
  }

  /** Between 1 and twice the mean, so that nobody knows which request is charged. */
  #drawSample(): void {
    this.#chargedUntil = this.#sample === 1 ? 1 : 1 + Math.floor(this.#random() * (2 * this.#sample - 1));
    this.untilCharge = this.#chargedUntil;
  }

  #refuseConnection(reason: ConnectionRefusal): false {
    this.#refusedConnections[reason]++;
    return false;
  }
}

const connectionsOf = (openFiles: number | null): number =>
  openFiles === null
    ? connectionsDefault
    : Math.min(connectionsDefault, Math.floor(openFiles * openFilesShare));

export const keyText = ({ high, low }: AddressKey): string => `${high}:${low}`;
