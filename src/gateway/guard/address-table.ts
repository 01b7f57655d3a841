// What is known of addresses, in a table that never grows: eight places for each hash, and who comes when all are taken
// takes that of an address of which nothing is to be remembered, else that of the one which owes least. Pure.

/** An address, or for IPv6 the /64 that one customer has, as two words of 32 bits. */
export interface AddressKey {
  high: number;
  low: number;
}

const ways = 8;
/** Stands in front of IPv4 addresses; as IPv6 it would be multicast, which nobody calls from. */
const ipv4Mark = 0xffffffff;

/** @param address - four bytes or sixteen @param key - takes the result: no object is made for each connection */
export function keyOf(address: ArrayLike<number>, key: AddressKey): void {
  if (address.length === 16 && !isMapped(address)) {
    key.high = wordAt(address, 0);
    key.low = wordAt(address, 4);
  } else {
    key.high = ipv4Mark;
    key.low = address.length === 16 ? wordAt(address, 12) : address.length === 4 ? wordAt(address, 0) : 0;
  }
}

function wordAt(bytes: ArrayLike<number>, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** An IPv4 address inside an IPv6 one, as clients of a listener on `::` have it. */
export function isMapped(bytes: ArrayLike<number>): boolean {
  if (bytes.length !== 16) return false;
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

export const ipv4Inside = (bytes: ArrayLike<number>): number[] => [
  bytes[12]!,
  bytes[13]!,
  bytes[14]!,
  bytes[15]!,
];

/**
 * Each address has two buckets: of new connections, and of what its requests cost. A bucket is one number, the time at which
 * it will be full again (GCRA's theoretical arrival time); one in the past is a full bucket and need not be remembered.
 */
export class AddressTable {
  readonly capacity: number;
  /** Milliseconds: when each bucket is full again. */
  readonly connectionsFullAt: Float64Array;
  readonly costFullAt: Float64Array;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #setsMask: number;
  /** Unknown to those who choose addresses. */
  readonly #seed: number;

  /** @param capacity - rounded up to a power of two, at least 8 @param seed - of 32 bits */
  constructor(capacity: number, seed: number) {
    const sets = 2 ** Math.ceil(Math.log2(Math.max(1, capacity / ways)));
    this.capacity = sets * ways;
    this.#setsMask = sets - 1;
    this.#seed = seed;
    this.#high = new Uint32Array(this.capacity);
    this.#low = new Uint32Array(this.capacity);
    this.connectionsFullAt = new Float64Array(this.capacity);
    this.costFullAt = new Float64Array(this.capacity);
  }

  /** The place of an address, or -1 when nothing is known of it. */
  find({ high, low }: AddressKey): number {
    const start = this.#start(high, low);
    for (let i = start; i < start + ways; i++) if (this.#low[i] === low && this.#high[i] === high) return i;
    return -1;
  }

  /** The place of an address; another one's, forgotten, where it has none yet. */
  claim(key: AddressKey): number {
    const found = this.find(key);
    if (found >= 0) return found;
    const start = this.#start(key.high, key.low);
    let place = start;
    for (let i = start + 1; i < start + ways; i++) if (this.#owed(i) < this.#owed(place)) place = i;
    this.#high[place] = key.high;
    this.#low[place] = key.low;
    this.connectionsFullAt[place] = 0;
    this.costFullAt[place] = 0;
    return place;
  }

  /** Addresses of which there is something to remember. */
  countAt(nowMs: number): number {
    let count = 0;
    for (let i = 0; i < this.capacity; i++) if (this.#owed(i) > nowMs) count++;
    return count;
  }

  #owed(place: number): number {
    return Math.max(this.connectionsFullAt[place]!, this.costFullAt[place]!);
  }

  #start(high: number, low: number): number {
    let hash = Math.imul(high ^ this.#seed, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 13) ^ this.#seed, 0x27d4eb2f);
    return ((hash ^ (hash >>> 16)) & this.#setsMask) * ways;
  }
}
