// Clients that mean no good, in a process of their own: they hold as many connections as they are told, and make each anew
// when it is cut. A quarter says nothing, a quarter writes a letter a second, a quarter asks and does not read the answer,
// a quarter sends what is no HTTP. On a real network their CPU time is other people's, so whoever measures beside them starts
// them with `turn: 'last'`. Usage: hostile-clients.ts PORT COUNT TARGET HOST

import { connect, type Socket } from 'node:net';

const [port, count, target, host] = [
  Number(process.argv[2]),
  Number(process.argv[3]),
  process.argv[4]!,
  process.argv[5]!,
];
/** Each has so many connections: less than any limit of one address. */
const perAddress = 40;
/** Connections that are begun at once. */
const openingMax = 200;
const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

let open = 0;
let opened = 0;
let opening = 0;
let cut = 0;
const waiting = Array.from({ length: count }, (_, i) => i);
const drips = new Set<Socket>();

const acts: readonly ((socket: Socket) => void)[] = [
  () => {},
  (socket) => {
    drips.add(socket);
    socket.once('close', () => drips.delete(socket));
  },
  (socket) => {
    socket.pause();
    socket.write(request);
  },
  (socket) => void socket.write(`\x16\x03${'x'.repeat(200)}\r\n\r\n`),
];

function begin(i: number): void {
  opening++;
  const address = Math.floor(i / perAddress);
  const localAddress = `127.0.${1 + Math.floor(address / 250)}.${1 + (address % 250)}`;
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  let isOpen = false;
  socket.on('error', () => {});
  socket.once('connect', () => {
    isOpen = true;
    open++;
    opened++;
    opening--;
    acts[i % acts.length]!(socket);
    fill();
  });
  socket.once('close', () => {
    if (isOpen) open--;
    else opening--;
    cut++;
    waiting.push(i);
    setTimeout(fill, 100);
  });
}

function fill(): void {
  while (opening < openingMax && waiting.length > 0) begin(waiting.shift()!);
}

fill();
setInterval(() => {
  for (const socket of drips) socket.write('x');
}, 1_000);
setInterval(() => console.log(JSON.stringify({ open, opened, cut })), 500);
setTimeout(() => console.log('READY 1'), 100);
