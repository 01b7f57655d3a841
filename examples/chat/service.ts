// The server of the chat's page: its files, and a token for whoever says a name. A real one would ask for a password.
// Run it with CHAT_SECRET, and CHAT_URL: the WebSocket URL of the stage.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';

const { tokenFor } = (await import(new URL('function/token.mjs', import.meta.url).href)) as {
  tokenFor: (name: string, secret: string) => string;
};
const { CHAT_SECRET: secret, CHAT_URL: url, PORT: port = '8083' } = process.env;
if (secret === undefined || url === undefined) throw new Error('Set CHAT_SECRET and CHAT_URL');

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
};
const files = new Map(
  Object.entries({ '/': 'index.html', '/chat.css': 'chat.css', '/chat.js': 'chat.js' }).map(
    ([path, name]) => {
      const text = readFileSync(fileURLToPath(new URL(`page/${name}`, import.meta.url)));
      return [path, { text, type: types[name.split('.')[1]!]! }];
    },
  ),
);

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
  const file = files.get(pathname);
  if (file !== undefined) answer(response, 200, file.type, file.text);
  else if (pathname === '/token' && request.method === 'POST') giveToken(request, response, searchParams);
  else answer(response, 404, 'text/plain', 'Not found');
});

function giveToken(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
  request.resume();
  const name = (query.get('name') ?? '').trim();
  if (!/^[\p{L}\p{N} ._-]{1,24}$/u.test(name))
    answer(response, 400, 'text/plain', 'A name has 1 to 24 letters and digits');
  else answer(response, 200, 'application/json', JSON.stringify({ url, token: tokenFor(name, secret!) }));
}

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(body);
}

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  console.log(`chat page ready on 127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});
