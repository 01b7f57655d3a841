// An order book: orders meet the best price of the other side first, and of one price the oldest. Prices are whole cents.

export type Side = 'buy' | 'sell';

export interface Order {
  readonly id: number;
  readonly owner: string;
  readonly side: Side;
  readonly cents: number;
  /** What is left of it. */
  quantity: number;
}

export interface Trade {
  readonly cents: number;
  readonly quantity: number;
  /** Who came to the market last decides its name. */
  readonly side: Side;
  /** The order that waited, and whose it was. */
  readonly maker: Order;
}

/** Price in cents, quantity. */
export type Level = readonly [number, number];

export class OrderBook {
  /** Best price first; of one price the oldest first. */
  readonly #orders: Record<Side, Order[]> = { buy: [], sell: [] };
  #lastId = 0;

  get count(): number {
    return this.#orders.buy.length + this.#orders.sell.length;
  }

  /** The best price of a side; null when nobody is there. */
  best(side: Side): number | null {
    return this.#orders[side][0]?.cents ?? null;
  }

  /** Trades what it can and keeps what is left. */
  place(
    owner: string,
    side: Side,
    cents: number,
    quantity: number,
  ): { readonly order: Order; readonly trades: readonly Trade[] } {
    const order: Order = { id: ++this.#lastId, owner, side, cents, quantity };
    const others = this.#orders[side === 'buy' ? 'sell' : 'buy'];
    const trades: Trade[] = [];
    while (order.quantity > 0 && others.length > 0 && meets(order, others[0]!)) {
      const maker = others[0]!;
      const traded = Math.min(order.quantity, maker.quantity);
      order.quantity -= traded;
      maker.quantity -= traded;
      trades.push({ cents: maker.cents, quantity: traded, side, maker });
      if (maker.quantity === 0) others.shift();
    }
    if (order.quantity > 0) this.#keep(order);
    return { order, trades };
  }

  /** @returns false when there is no such order of that owner */
  cancel(owner: string, id: number): boolean {
    for (const orders of Object.values(this.#orders)) {
      const i = orders.findIndex((order) => order.id === id && order.owner === owner);
      if (i < 0) continue;
      orders.splice(i, 1);
      return true;
    }
    return false;
  }

  cancelAll(owner: string): void {
    for (const side of ['buy', 'sell'] as const)
      this.#orders[side] = this.#orders[side].filter((order) => order.owner !== owner);
  }

  /** The oldest order of an owner; null when there is none. */
  oldest(owner: string): Order | null {
    const own = Object.values(this.#orders)
      .flat()
      .filter((order) => order.owner === owner);
    return own.reduce<Order | null>((a, b) => (a === null || b.id < a.id ? b : a), null);
  }

  /** What waits, added up by price, best first. */
  levels(side: Side, max: number): Level[] {
    const byPrice = new Map<number, number>();
    for (const { cents, quantity } of this.#orders[side]) {
      if (!byPrice.has(cents) && byPrice.size === max) break;
      byPrice.set(cents, (byPrice.get(cents) ?? 0) + quantity);
    }
    return [...byPrice];
  }

  #keep(order: Order): void {
    const orders = this.#orders[order.side];
    const worse = orders.findIndex((other) =>
      order.side === 'buy' ? other.cents < order.cents : other.cents > order.cents,
    );
    orders.splice(worse < 0 ? orders.length : worse, 0, order);
  }
}

const meets = ({ side, cents }: Order, other: Order): boolean =>
  side === 'buy' ? other.cents <= cents : other.cents >= cents;
