// The page of the exchange: the book and the trades come over topics, orders go out by their action. What comes is kept;
// what is seen is drawn once for each frame of the screen, however fast it comes.

import { drawDepth, drawPrices } from './depth-chart.js';

const $ = (id) => document.getElementById(id);
const price = (cents) => (cents / 100).toFixed(2);
const ladderRows = 11;
const tapeRows = 14;
const spanMs = 60_000;

let socket = null;
let book = null;
let tape = [];
const points = [];
const mine = new Map();
let arrivals = [];
let isDrawing = false;
let retries = 0;

function open(url) {
  socket = new WebSocket(url);
  socket.addEventListener('open', () => {
    retries = 0;
    state('open', 'live');
    mine.clear();
    drawMine();
    for (const topic of ['book', 'trades']) send({ action: 'watch', topic });
  });
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    const handle = handlers[message.type];
    if (handle === undefined) answer(message.message ?? 'The gateway said something unknown', true);
    else handle(message);
  });
  socket.addEventListener('close', () => {
    state('closed', 'gone, trying again');
    setTimeout(() => open(url), Math.min(10_000, 500 * 2 ** retries++));
  });
}

const send = (message) => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
};

function state(kind, text) {
  $('state').className = `state ${kind}`;
  $('state').textContent = text;
}

function answer(text, isBad = false) {
  $('answer').textContent = text;
  $('answer').className = isBad ? 'bad' : '';
}

const handlers = {
  book: (message) => {
    book = message;
    const now = performance.now();
    arrivals = [...arrivals.filter((at) => at > now - 5_000), now];
    points.push({ at: now, cents: message.last });
    while (points.length > 2 && points[1].at < now - spanMs) points.shift();
    if ($('price').value === '' && message.asks.length > 0) $('price').value = price(message.asks[0][0]);
    draw();
  },
  trades: ({ at, trades }) => {
    tape = [...trades.map((trade) => ({ at, ...trade })).reverse(), ...tape].slice(0, tapeRows);
    draw();
  },
  accepted: ({ order }) => {
    if (order.left > 0) mine.set(order.id, order);
    const done = order.filled > 0 ? `${order.filled} traded at once, ` : '';
    answer(
      `Order ${order.id}: ${done}${order.left > 0 ? `${order.left} wait at ${order.price.toFixed(2)}` : 'nothing left'}.`,
    );
    drawMine();
  },
  /** For everybody: sluice ws publish trading live book '{"type":"note","text":"..."}' */
  note: ({ text }) => answer(text),
  refused: ({ reason }) => answer(reason, true),
  filled: ({ id, cents, quantity, left }) => {
    const order = mine.get(id);
    answer(`Order ${id}: ${quantity} traded at ${price(cents)}.`);
    if (left === 0) mine.delete(id);
    else if (order !== undefined) order.left = left;
    drawMine();
  },
  cancelled: ({ id }) => {
    mine.delete(id);
    answer(`Order ${id} is cancelled.`);
    drawMine();
  },
};

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    if (book !== null) drawBook();
    drawTape();
  });
}

function drawBook() {
  const { bids, asks, last } = book;
  $('last').textContent = price(last);
  $('bid').textContent = bids.length > 0 ? price(bids[0][0]) : '–';
  $('ask').textContent = asks.length > 0 ? price(asks[0][0]) : '–';
  $('spread').textContent = bids.length > 0 && asks.length > 0 ? price(asks[0][0] - bids[0][0]) : '–';
  const seconds = Math.min(5, (performance.now() - arrivals[0]) / 1000);
  $('rate').textContent = arrivals.length > 2 ? (arrivals.length / seconds).toFixed(1) : '–';
  $('mid').textContent = price(last);
  drawLadder($('asks'), asks, true);
  drawLadder($('bids'), bids, false);
  drawDepth($('depth'), book);
  drawPrices($('prices'), points);
}

function drawLadder(body, levels, isUpward) {
  let total = 0;
  const rows = levels.slice(0, ladderRows).map(([cents, quantity]) => {
    total += quantity;
    return { cents, quantity, total };
  });
  const most = total || 1;
  if (isUpward) rows.reverse();
  body.replaceChildren(
    ...rows.map(({ cents, quantity, total: sum }) => {
      const row = document.createElement('tr');
      row.style.setProperty('--share', `${(sum / most) * 100}%`);
      row.append(
        ...[price(cents), quantity, sum].map((text) =>
          Object.assign(document.createElement('td'), { textContent: text }),
        ),
      );
      row.lastChild.className = 'soft';
      row.addEventListener('mousedown', () => {
        $('price').value = price(cents);
        $('order').elements.side.value = isUpward ? 'buy' : 'sell';
      });
      return row;
    }),
  );
}

function drawTape() {
  $('trades').replaceChildren(
    ...tape.map(({ at, cents, quantity, side }) => {
      const row = document.createElement('tr');
      const texts = [new Date(at).toLocaleTimeString([], { hour12: false }), price(cents), quantity];
      row.append(...texts.map((text) => Object.assign(document.createElement('td'), { textContent: text })));
      row.children[0].className = 'soft';
      row.children[1].className = side;
      return row;
    }),
  );
}

function drawMine() {
  if (mine.size === 0) {
    $('mine').replaceChildren(
      Object.assign(document.createElement('li'), { className: 'none', textContent: 'No orders yet' }),
    );
    return;
  }
  $('mine').replaceChildren(
    ...[...mine.values()].map(({ id, side, price: at, left }) => {
      const item = document.createElement('li');
      const word = Object.assign(document.createElement('b'), {
        className: side,
        textContent: side === 'buy' ? 'Buy' : 'Sell',
      });
      const cancel = Object.assign(document.createElement('button'), {
        type: 'button',
        textContent: 'cancel',
      });
      cancel.addEventListener('click', () => send({ action: 'cancel', id }));
      item.append(word, `${left} at ${at.toFixed(2)}`, cancel);
      return item;
    }),
  );
}

$('order').addEventListener('submit', (event) => {
  event.preventDefault();
  const { side } = $('order').elements;
  send({
    action: 'order',
    side: side.value,
    price: $('price').valueAsNumber,
    quantity: $('quantity').valueAsNumber,
  });
});
addEventListener('resize', draw);

open(await (await fetch('url')).text());
