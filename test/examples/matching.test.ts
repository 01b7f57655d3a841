import assert from 'node:assert/strict';
import test from 'node:test';
import { OrderBook, type Side } from '../../examples/trading/matching.ts';
import fc from '../support/properties.ts';

test('order book: an order meets the best price first, of one price the oldest, at the price of who waited', () => {
  const book = new OrderBook();
  book.place('a', 'sell', 101, 5);
  book.place('b', 'sell', 100, 5);
  book.place('c', 'sell', 100, 5);
  const { order, trades } = book.place('d', 'buy', 101, 12);
  assert.deepEqual(
    trades.map(({ maker, cents, quantity }) => [maker.owner, cents, quantity]),
    [
      ['b', 100, 5],
      ['c', 100, 5],
      ['a', 101, 2],
    ],
  );
  assert.equal(order.quantity, 0);
  assert.deepEqual(book.levels('sell', 9), [[101, 3]]);
  assert.deepEqual(book.levels('buy', 9), []);
});

test('order book: what is left waits, and is cancelled by its owner alone', () => {
  const book = new OrderBook();
  const { order } = book.place('a', 'buy', 99, 4);
  assert.equal(book.cancel('b', order.id), false);
  assert.deepEqual(book.levels('buy', 9), [[99, 4]]);
  assert.equal(book.cancel('a', order.id), true);
  assert.equal(book.cancel('a', order.id), false);
  book.place('a', 'buy', 99, 4);
  book.place('a', 'sell', 105, 4);
  book.cancelAll('a');
  assert.equal(book.count, 0);
});

test('order book: it is never crossed, its levels are sorted, and no quantity appears or is lost', () => {
  const orders = fc.array(
    fc.record({
      side: fc.constantFrom<Side>('buy', 'sell'),
      cents: fc.integer({ min: 90, max: 110 }),
      quantity: fc.integer({ min: 1, max: 50 }),
    }),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(orders, (list) => {
      const book = new OrderBook();
      let [placed, traded] = [0, 0];
      for (const { side, cents, quantity } of list) {
        placed += quantity;
        for (const trade of book.place('x', side, cents, quantity).trades) traded += trade.quantity;
        const [bid, ask] = [book.best('buy'), book.best('sell')];
        assert.ok(bid === null || ask === null || bid < ask, `${bid} meets ${ask}`);
      }
      const [bids, asks] = [book.levels('buy', 99), book.levels('sell', 99)];
      assert.deepEqual(
        bids,
        bids.toSorted(([a], [b]) => b - a),
      );
      assert.deepEqual(
        asks,
        asks.toSorted(([a], [b]) => a - b),
      );
      const waiting = [...bids, ...asks].reduce((sum, [, quantity]) => sum + quantity, 0);
      assert.equal(placed, waiting + 2 * traded);
    }),
  );
});
