// The exchange behind the API: takes orders over HTTP, matches them, publishes the book and the trades; and serves the page.
// Run it with TRADING_URL (the WebSocket URL of the stage), ENDPOINT (the same for HTTP), ACCESS_KEY_ID, SECRET_ACCESS_KEY
// and AWS_REGION.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { MarketMakers } from './market-makers.ts';
import { OrderBook, type Side } from './matching.ts';
import { Topics } from './topics.ts';

const { TRADING_URL, ENDPOINT, ACCESS_KEY_ID, SECRET_ACCESS_KEY, AWS_REGION = 'us-east-1' } = process.env;
const { PORT = '8084', EVERY_MS = '200' } = process.env;
if (!TRADING_URL || !ENDPOINT || !ACCESS_KEY_ID || !SECRET_ACCESS_KEY)
  throw new Error('Set TRADING_URL, ENDPOINT, ACCESS_KEY_ID and SECRET_ACCESS_KEY');

const topics = new Topics({
  endpoint: ENDPOINT,
  accessKeyId: ACCESS_KEY_ID,
  secretAccessKey: SECRET_ACCESS_KEY,
  region: AWS_REGION,
});
const book = new OrderBook();
let sequence = 0;
let tradedCents = 10_000;
/** Trades that the next look at the market tells. */
let trades: { cents: number; quantity: number; side: Side }[] = [];

function place(owner: string, side: Side, cents: number, quantity: number) {
  const placed = book.place(owner, side, cents, quantity);
  for (const { cents: at, quantity: traded, side: taker, maker } of placed.trades) {
    tradedCents = at;
    trades.push({ cents: at, quantity: traded, side: taker });
    tell(maker.owner, { type: 'filled', id: maker.id, cents: at, quantity: traded, left: maker.quantity });
  }
  return placed;
}

/** Only connections can be told. */
function tell(owner: string, message: unknown): void {
  if (owner !== 'market') topics.post(owner, message).catch(report);
}

const makers = new MarketMakers(book, place);
let isPublishing = false;

/** The book is what it is now: a reader who is slow gets the newest, and a newcomer the last one at once. */
async function publish(): Promise<void> {
  if (isPublishing) return; // the gateway is slower than the market: skip a look
  isPublishing = true;
  const told = trades;
  trades = [];
  const depth = { bids: book.levels('buy', 40), asks: book.levels('sell', 40) };
  try {
    await topics.publish('book', { type: 'book', sequence: ++sequence, last: tradedCents, ...depth }, true);
    if (told.length > 0) await topics.publish('trades', { type: 'trades', at: Date.now(), trades: told });
    failedSince = 0;
  } catch (error) {
    report(error);
  } finally {
    isPublishing = false;
  }
}

let reported = '';
let failedSince = 0;

/** Once for each reason; and a gateway that starts anew, or ends with us, is given its time. */
function report(error: unknown): void {
  failedSince ||= Date.now();
  const text = error instanceof Error ? error.message : String(error);
  if (text === reported || Date.now() - failedSince < 5_000) return;
  console.error(text);
  reported = text;
}

setInterval(() => {
  makers.step();
  void publish();
}, Number(EVERY_MS)).unref();

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
};
const files = new Map(
  ['index.html', 'trading.css', 'trading.js', 'depth-chart.js'].map((name) => {
    const text = readFileSync(fileURLToPath(new URL(`page/${name}`, import.meta.url)));
    return [name === 'index.html' ? '/' : `/${name}`, { text, type: types[name.split('.')[1]!]! }];
  }),
);

type Message = Readonly<Record<string, unknown>>;

/** What the routes of the API call. The connection is named by a field that the API's mapping makes. */
const calls: Readonly<Record<string, (owner: string, message: Message) => [status: number, body: unknown]>> =
  {
    '/orders': (owner, { side, price, quantity }) => {
      const cents = Math.round(Number(price) * 100);
      const best = book.best(side === 'buy' ? 'sell' : 'buy') ?? tradedCents;
      if (Math.abs(cents - best) > best / 2)
        return [422, { reason: `A price of ${(cents / 100).toFixed(2)} is too far away from the market` }];
      const { order, trades: made } = place(owner, side as Side, cents, Number(quantity));
      const filled = made.reduce((sum, one) => sum + one.quantity, 0);
      const { id, quantity: left } = order;
      return [201, { id, side, price: cents / 100, quantity: Number(quantity), filled, left }];
    },
    '/cancel': (owner, { id }) => [200, { type: 'cancelled', id, done: book.cancel(owner, Number(id)) }],
    '/gone': (owner) => {
      book.cancelAll(owner);
      return [200, {}];
    },
  };

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    answer(response, 400, 'application/json', JSON.stringify({ reason: String(error) }));
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://service');
  const file = files.get(pathname);
  if (file !== undefined) return answer(response, 200, file.type, file.text);
  if (pathname === '/url') return answer(response, 200, 'text/plain', TRADING_URL!);
  const call = Object.hasOwn(calls, pathname) && request.method === 'POST' ? calls[pathname]! : null;
  const owner = request.headers['x-connection-id'];
  if (call === null || typeof owner !== 'string') return answer(response, 404, 'text/plain', 'Not found');
  const [status, body] = call(owner, await readJson(request));
  answer(response, status, 'application/json', JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<Message> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(body);
}

server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`exchange ready on 127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});
