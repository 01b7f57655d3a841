// Somebody to trade with: makers who keep the book full around a price that wanders, and takers who trade with them.

import type { OrderBook, Side } from './matching.ts';

const owner = 'market';
const levels = 28;
const ordersMax = 260;

export class MarketMakers {
  readonly #book: OrderBook;
  readonly #place: (owner: string, side: Side, cents: number, quantity: number) => void;
  #cents = 10_000;
  #drift = 0;

  /** @param place - as a client would */
  constructor(book: OrderBook, place: (owner: string, side: Side, cents: number, quantity: number) => void) {
    this.#book = book;
    this.#place = place;
    for (let i = 0; i < 180; i++) this.#make();
  }

  /** A moment of the market. */
  step(): void {
    this.#drift = this.#drift * 0.96 + (Math.random() - 0.5) * 3;
    this.#cents = Math.min(20_000, Math.max(5_000, this.#cents + this.#drift));
    for (let i = 0; i < 6; i++) this.#make();
    if (Math.random() < 0.45) this.#take();
    while (this.#book.count > ordersMax) {
      const oldest = this.#book.oldest(owner);
      if (oldest === null) return;
      this.#book.cancel(owner, oldest.id);
    }
  }

  #make(): void {
    const side: Side = Math.random() < 0.5 ? 'buy' : 'sell';
    // More orders near the price than far away, larger ones farther out.
    const away = 2 + Math.floor(Math.random() ** 1.6 * levels) * 5;
    const cents = Math.round((this.#cents + (side === 'buy' ? -away : away)) / 5) * 5;
    this.#place(owner, side, cents, 5 + Math.floor(Math.random() * (20 + away / 2)));
  }

  #take(): void {
    const side: Side = Math.random() < 0.5 + this.#drift / 40 ? 'buy' : 'sell';
    const best = this.#book.best(side === 'buy' ? 'sell' : 'buy');
    if (best !== null) this.#place(owner, side, best, 1 + Math.floor(Math.random() * 40));
  }
}
